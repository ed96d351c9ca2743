"""CREMA-D (Cao et al. 2014): names of files to utterances. It has no surprise."""

import re
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import FURTHER, SECOND, Folder, absent, preferred
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Utterance

EMOTIONS = {
    "ANG": Emotion.ANGER,
    "DIS": Emotion.DISGUST,
    "FEA": Emotion.FEAR,
    "HAP": Emotion.HAPPINESS,
    "NEU": Emotion.NEUTRAL,
    "SAD": Emotion.SADNESS,
}

COUNTS = dict.fromkeys(EMOTIONS.values(), 1271) | {Emotion.NEUTRAL: 1087}
"""Published utterances per emotion (7,442 of 91 actors)."""

SENTENCES = {
    "DFA": "Don't forget a jacket.",
    "IEO": "It's eleven o'clock.",
    "IOM": "I'm on my way to the meeting.",
    "ITH": "I think I have a doctor's appointment.",
    "ITS": "I think I've seen this before.",
    "IWL": "I would like a new alarm clock.",
    "IWW": "I wonder what this is about.",
    "MTI": "Maybe tomorrow it will be cold.",
    "TAI": "The airplane is almost full.",
    "TIE": "That is exactly what happened.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}
"""What is said in all of it, by the code in a file's name."""

# actor _ sentence _ emotion _ intensity (one published name ends in a single X)
_NAME = re.compile(
    r"(([0-9]{4})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX?))\.(wav|mp3|flv|mp4)", re.I | re.A
)

# Of several files of one utterance the first named is used. AudioMP3 holds what AudioWAV holds.
_SOUND = ("wav", "mp3", "flv", "mp4")

_PICTURE = ("flv", "mp4")


def read_cremad(folder: Path) -> Listing:
    """Find CREMA-D's utterances below a folder: ``AudioWAV/1001_DFA_ANG_XX.wav`` and ``VideoFlash/....flv``.

    The copies of a recording are one utterance; its id is their common name. A sentence is one of the
    twelve sentence codes.

    Raises:
        CorpusError: no such folder, or no utterance in it.
    """
    files = Folder(folder, "cremad")
    found: dict[str, dict[str, PurePosixPath]] = {}
    for path in files.paths:
        match = _NAME.fullmatch(path.name)
        if match is None:
            files.leave_out(path, "not named like CREMA-D's")
        elif (kind := match[5].lower()) in (copies := found.setdefault(match[1].upper(), {})):
            files.leave_out(path, SECOND)
        else:
            copies[kind] = path
    if not found:
        raise files.refuse("no CREMA-D file here; expected for example AudioWAV/1001_DFA_ANG_XX.wav")
    utterances = []
    for id_, copies in sorted(found.items()):
        speaker, sentence, emotion, _ = id_.split("_")
        audio, video = preferred(copies, _SOUND), preferred(copies, _PICTURE)
        text = SENTENCES.get(sentence, "")
        utterances.append(Utterance(id_, speaker, EMOTIONS[emotion], audio, video, text=text))
    sentences = {u.id: u.id.split("_")[1] for u in utterances}
    return files.listing(utterances, absent(utterances), sentences, rest=FURTHER)

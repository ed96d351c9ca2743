"""CREMA-D (Cao et al. 2014): names of files to utterances. It has no surprise."""

import re
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import count_strangers, count_unused, preferred, walk
from fdan.data.emotions import CorpusError, Emotion
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
_NAME = re.compile(r"(([0-9]{4})_([A-Z]{3})_(ANG|DIS|FEA|HAP|NEU|SAD)_(?:LO|MD|HI|XX?))\.(wav|mp3|flv|mp4)", re.I)

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
    notes: list[str] = []
    found: dict[str, dict[str, PurePosixPath]] = {}
    strangers, second = [], 0
    for path in walk(folder, notes, "cremad"):
        match = _NAME.fullmatch(path.name)
        if match is None:
            strangers.append(path)
        elif (kind := match[5].lower()) in (files := found.setdefault(match[1].upper(), {})):
            second += 1
        else:
            files[kind] = path
    if not found:
        raise CorpusError(f"{folder}: no CREMA-D file here; expected for example AudioWAV/1001_DFA_ANG_XX.wav")
    utterances = []
    for id_, files in sorted(found.items()):
        speaker, sentence, emotion, _ = id_.split("_")
        audio, video = preferred(files, _SOUND), preferred(files, _PICTURE)
        text = SENTENCES.get(sentence, "")
        utterances.append(Utterance(id_, speaker, EMOTIONS[emotion], audio, video, text=text))
    if second:
        notes.append(f"{second} files that are there a second time, the first is used")
    notes += count_unused(found, (path for u in utterances for path in (u.audio, u.video)))
    notes += count_strangers(strangers, "not named like CREMA-D's")
    notes += [f"{u.id}: no clip" for u in utterances if not u.video]
    return Listing(tuple(utterances), tuple(notes), {u.id: u.id.split("_")[1] for u in utterances})

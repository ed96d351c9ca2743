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
        speaker, _, emotion, _ = id_.split("_")
        utterances.append(
            Utterance(id_, speaker, EMOTIONS[emotion], preferred(copies, _SOUND), preferred(copies, _PICTURE))
        )
    sentences = {u.id: u.id.split("_")[1] for u in utterances}
    return files.listing(utterances, absent(utterances), sentences, rest=FURTHER)

"""SAVEE (Haq, Jackson & Edge 2009): names of files to utterances."""

import re
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SECOND, Folder, absent, preferred
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Utterance

COUNTS = dict.fromkeys(Emotion, 60) | {Emotion.NEUTRAL: 120}
"""Published utterances per emotion (480: four speakers, 15 each, 30 neutral)."""

SPEAKERS = ("DC", "JE", "JK", "KL")

PREFIXES = {
    "a": Emotion.ANGER,
    "d": Emotion.DISGUST,
    "f": Emotion.FEAR,
    "h": Emotion.HAPPINESS,
    "n": Emotion.NEUTRAL,
    "sa": Emotion.SADNESS,
    "su": Emotion.SURPRISE,
}

# Two letters first, or "sa01" would be an unknown emotion "s".
_NAME = re.compile(r"(?:(DC|JE|JK|KL)_)?(sa|su|a|d|f|h|n)0*([0-9]{1,3})\.(wav|avi)", re.I | re.A)


def read_savee(folder: Path) -> Listing:
    """Find SAVEE's utterances below a folder.

    Reads both namings in use, ``AudioData/DC/a01.wav`` with ``AudioVisualClip/DC/a1.avi`` (folders
    may be nested deeper) and ``DC_a01.wav``; sound and clip are joined on speaker, emotion, number.
    All speakers say the same sentence under the same emotion and number.

    Raises:
        CorpusError: no such folder, or no utterance in it.
    """
    files = Folder(folder, "savee")
    found: dict[tuple[str, str, int], dict[str, PurePosixPath]] = {}
    for path in files.paths:
        match = _NAME.fullmatch(path.name)
        speaker = _speaker(match[1] if match else None, path)
        if match is None or speaker is None:
            continue  # among others notes of the authors and pictures of the markers
        copies = found.setdefault((speaker, match[2].lower(), int(match[3])), {})
        kind = match[4].lower()
        if kind in copies:
            files.leave_out(path, SECOND)
        else:
            copies[kind] = path
    if not found:
        raise files.refuse("no SAVEE file here; expected for example AudioData/DC/a01.wav")
    utterances, sentences = [], {}
    for (speaker, prefix, number), copies in sorted(found.items()):
        id_ = f"{speaker}_{prefix}{number:02d}"
        utterances.append(
            Utterance(id_, speaker, PREFIXES[prefix], preferred(copies, ["wav"]), preferred(copies, ["avi"]))
        )
        sentences[id_] = f"{prefix}{number:02d}"
    return files.listing(utterances, absent(utterances), sentences, rest="not named like a SAVEE file")


def _speaker(named: str | None, path: PurePosixPath) -> str | None:
    if named:
        return named.upper()
    for part in reversed(path.parts[:-1]):
        if part.upper() in SPEAKERS:
            return part.upper()
    return None

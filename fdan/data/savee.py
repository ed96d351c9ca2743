"""SAVEE (Haq, Jackson & Edge 2009): names of files to utterances."""

import re
from pathlib import Path

from fdan.data.utterance import CorpusError, Emotion, Utterance

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
_NAME = re.compile(r"(?:(DC|JE|JK|KL)_)?(sa|su|a|d|f|h|n)0*(\d+)\.(wav|avi)", re.IGNORECASE)


def read_savee(folder: Path) -> tuple[list[Utterance], list[str]]:
    """Find SAVEE's utterances below a folder.

    Reads both namings in use, ``AudioData/DC/a01.wav`` with ``AudioVisualClip/DC/a1.avi`` (folders
    may be nested deeper) and ``DC_a01.wav``; sound and clip are joined on speaker, emotion, number.

    Returns:
        The utterances, sorted by id, and notes on what was left out or is missing.

    Raises:
        CorpusError: no such folder, no utterance in it, or two files for the same sound or clip.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder; raw.savee in params.yaml must be SAVEE's own folder")
    found: dict[tuple[str, str, int], dict[str, Path]] = {}
    strangers = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in {".wav", ".avi"}:
            continue
        match = _NAME.fullmatch(path.name)
        speaker = _speaker(match[1] if match else None, path.relative_to(folder))
        if match is None or speaker is None:
            strangers.append(path.relative_to(folder).as_posix())
            continue
        files = found.setdefault((speaker, match[2].lower(), int(match[3])), {})
        kind = match[4].lower()
        if kind in files:
            raise CorpusError(f"{path}: the same utterance as {files[kind]}; keep one of the two")
        files[kind] = path
    if not found:
        raise CorpusError(f"{folder}: no SAVEE file here; expected for example AudioData/DC/a01.wav")
    utterances = []
    for (speaker, prefix, number), files in found.items():
        audio, video = (files[k].relative_to(folder).as_posix() if k in files else "" for k in ("wav", "avi"))
        utterances.append(Utterance(f"{speaker}_{prefix}{number:02d}", speaker, PREFIXES[prefix], audio, video))
    utterances.sort(key=lambda u: u.id)
    notes = [f"{u.id}: no wav file" for u in utterances if not u.audio]
    notes += [f"{u.id}: no avi file" for u in utterances if not u.video]
    notes += [f"{name}: not named like a SAVEE file, left out" for name in strangers]
    return utterances, notes


def _speaker(named: str | None, path: Path) -> str | None:
    if named:
        return named.upper()
    for part in reversed(path.parts[:-1]):
        if part.upper() in SPEAKERS:
            return part.upper()
    return None

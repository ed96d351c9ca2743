"""MELD (Poria et al. 2019): three csv files and three folders of clips to utterances."""

import csv
import re
from pathlib import Path

from fdan.data.utterance import CorpusError, Emotion, Utterance, parse_emotion

COUNTS = {
    Emotion.ANGER: 1607,
    Emotion.DISGUST: 361,
    Emotion.FEAR: 358,
    Emotion.HAPPINESS: 2308,
    Emotion.NEUTRAL: 6436,
    Emotion.SADNESS: 1002,
    Emotion.SURPRISE: 1636,
}
"""Published utterances per emotion, all three parts (13,708)."""

PARTS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
"""The folder of each part's clips."""

_CLIP = re.compile(r"dia(\d+)_utt(\d+)\.mp4")


def read_meld(folder: Path) -> tuple[list[Utterance], list[str]]:
    """Find MELD's utterances below a folder.

    The csv files say which utterances there are; a labelled utterance without a clip stays, without
    sound and video. The three parts' ids repeat, so an id here begins with its part.

    Returns:
        The utterances, sorted by id, and notes on what is missing, left out or stated twice.

    Raises:
        CorpusError: a csv file is missing or not MELD's, or a label is unknown.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder}: no such folder; raw.meld in params.yaml must be MELD's own folder")
    utterances: dict[str, Utterance] = {}
    notes: list[str] = []
    for part, clips in PARTS.items():
        files = _clips(folder, clips, notes)
        for line, row in enumerate(_rows(folder, f"{part}_sent_emo.csv"), start=2):
            where = f"{part}_sent_emo.csv, line {line}"
            try:
                key = (int(row["Dialogue_ID"]), int(row["Utterance_ID"]))
            except ValueError:
                ids = f"{row['Dialogue_ID']!r}, {row['Utterance_ID']!r}"
                raise CorpusError(f"{where}: Dialogue_ID, Utterance_ID are {ids}; expected whole numbers") from None
            label = row["Emotion"].strip().lower()
            emotion = Emotion.HAPPINESS if label == "joy" else parse_emotion(label, where)
            id_ = f"{part}_dia{key[0]}_utt{key[1]}"
            if id_ in utterances:
                notes.append(f"{id_}: stated twice, the first is used")
                continue
            path = files.pop(key, None)
            if path is None:
                notes.append(f"{id_}: no clip {clips}/dia{key[0]}_utt{key[1]}.mp4")
            clip = path.relative_to(folder).as_posix() if path else ""
            utterances[id_] = Utterance(id_, row["Speaker"].strip(), emotion, clip, clip, part)
        if files:
            notes.append(f"{clips}: {len(files)} clips without a label, left out")
    return sorted(utterances.values(), key=lambda u: u.id), notes


def _clips(folder: Path, name: str, notes: list[str]) -> dict[tuple[int, int], Path]:
    """The clips of one part; its folder may be nested in others (``train/train_splits``)."""
    found: dict[tuple[int, int], Path] = {}
    for path in sorted(folder.rglob("*.mp4")):
        match = _CLIP.fullmatch(path.name)
        if match and path.parent.name == name:
            key = (int(match[1]), int(match[2]))
            if key in found:
                notes.append(f"{path.relative_to(folder)}: a second {path.name} of its part, the first is used")
            else:
                found[key] = path
    return found


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    paths = sorted(folder.rglob(name))
    if len(paths) > 1:
        raise CorpusError(f"{paths[1]}: a second {name} beside {paths[0]}; keep one of the two")
    if not paths:
        raise CorpusError(f"{folder}: no {name} in it; it comes with MELD's annotations")
    needed = {"Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"}
    try:
        with paths[0].open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise CorpusError(f"{paths[0]}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    missing = sorted(needed - set(reader.fieldnames or ()))
    if missing:
        raise CorpusError(f"{paths[0]}: no column {', '.join(missing)}")
    for line, row in enumerate(rows, start=2):
        if any(row[key] is None for key in needed):
            raise CorpusError(f"{paths[0]}: line {line} is cut short")
    return rows

"""MELD (Poria et al. 2019): three csv files and three folders of clips to utterances."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import walk
from fdan.data.emotions import CorpusError, Emotion, parse_emotion, shown
from fdan.data.manifest import Listing, Utterance, one_line
from fdan.data.records import Row, read_table

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

_CLIP = re.compile(r"dia([0-9]{1,6})_utt([0-9]{1,6})\.mp4")

_NUMBER = re.compile(r"[0-9]{1,6}")


def read_meld(folder: Path) -> Listing:
    """Find MELD's utterances below a folder.

    The csv files say which utterances there are; a labelled utterance without a clip stays, without
    sound and video. The three parts' ids repeat, so an id here, of an utterance and of a dialogue, begins
    with its part. A sentence is the text of the csv file, letters and digits alone.

    Raises:
        CorpusError: a csv file is missing, there in two versions, or not MELD's, or a label is unknown.
    """
    notes: list[str] = []
    paths = walk(folder, notes, "meld")
    utterances: dict[str, Utterance] = {}
    sentences: dict[str, str] = {}
    for part, clips in PARTS.items():
        files = _clips(paths, clips, notes)
        for row in _rows(folder, paths, f"{part}_sent_emo.csv"):
            where = f"{part}_sent_emo.csv, line {row.line}"
            ids = row["Dialogue_ID"].strip(), row["Utterance_ID"].strip()
            if not all(_NUMBER.fullmatch(id_) for id_ in ids):
                raise CorpusError(
                    f"{where}: Dialogue_ID, Utterance_ID are {ids[0]!r}, {ids[1]!r}; expected whole numbers"
                )
            key = int(ids[0]), int(ids[1])
            label = row["Emotion"].strip().lower()
            emotion = Emotion.HAPPINESS if label == "joy" else parse_emotion(label, where)
            id_ = f"{part}_dia{key[0]}_utt{key[1]}"
            if id_ in utterances:
                notes.append(f"{id_}: stated twice, the first is used")
                continue
            path = files.pop(key, None)
            if path is None:
                notes.append(f"{id_}: no clip {clips}/dia{key[0]}_utt{key[1]}.mp4")
            clip = path.as_posix() if path else ""
            text = one_line(row.cells.get("Utterance", ""))
            utterances[id_] = Utterance(
                id_, row["Speaker"].strip(), emotion, clip, clip, part, text, f"{part}_dia{key[0]}", key[1]
            )
            said = "".join(c if c.isalnum() else " " for c in text.casefold())
            if said.strip():
                sentences[id_] = " ".join(said.split())
        if files:
            notes.append(f"{clips}: {len(files)} clips without a label, left out")
    return Listing(tuple(sorted(utterances.values(), key=lambda u: u.id)), tuple(notes), sentences)


def _clips(paths: Sequence[PurePosixPath], name: str, notes: list[str]) -> dict[tuple[int, int], PurePosixPath]:
    """The clips of one part; its folder may be nested in others (``train/train_splits``)."""
    found: dict[tuple[int, int], PurePosixPath] = {}
    strangers = 0
    for path in paths:
        if path.parent.name != name:
            continue
        match = _CLIP.fullmatch(path.name)
        if match is None:
            strangers += 1
        elif (key := (int(match[1]), int(match[2]))) in found:
            notes.append(f"{shown(str(path))}: a second {path.name} of its part, the first is used")
        else:
            found[key] = path
    if strangers:
        # For one, the test part's final_videos_test*.mp4, which repeat other clips.
        notes.append(f"{name}: {strangers} files that are not named dia<D>_utt<U>.mp4, left out")
    return found


def _rows(folder: Path, paths: Sequence[PurePosixPath], name: str) -> list[Row]:
    copies = [folder / path for path in paths if path.name == name]
    if not copies:
        raise CorpusError(f"{folder}: no {name} in it; it comes with MELD's annotations")
    for other in copies[1:]:
        if other.read_bytes() != copies[0].read_bytes():
            raise CorpusError(f"{other}: a second {name}, other than {copies[0]}; keep one of the two")
    columns, rows = read_table(copies[0])
    missing = sorted({"Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"} - set(columns))
    if missing:
        raise CorpusError(f"{copies[0]}: no column {', '.join(missing)}; found {shown(', '.join(columns))}")
    return rows

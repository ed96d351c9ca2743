"""MELD (Poria et al. 2019): three csv files and three folders of clips to utterances."""

import re
from collections import Counter
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import FURTHER, SECOND, Folder, absent, grouped, preferred
from fdan.corpora.labels import NO_LABEL, TWO_LABELS, disputed, label_of, labelled, unknown_labels
from fdan.corpora.table import text_of
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
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

_CLIP = re.compile(r"dia([0-9]{1,6})_utt([0-9]{1,6})\.(?:mp4|wav|flac|mp3|m4a|ogg|opus)", re.I | re.A)

_NUMBER = re.compile(r"([0-9]{1,6})(?:\.0)?")  # tables that pandas has written anew hold 3.0

_NEEDED = ("Speaker", "Emotion", "Dialogue_ID", "Utterance_ID")

_TEXT = "Utterance"  # a column that the authors' tables have, and their mirrors may not


def read_meld(folder: Path) -> Listing:
    """Find MELD's utterances below a folder.

    The csv files say which utterances there are; a labelled utterance without a clip stays, without sound and
    video, and one of which the sound alone is there (``dia0_utt0.wav``) without video. A part without its csv file is
    left out. Left out as well, and findings, are utterances of another emotion and those that two rows label
    differently. The three parts' ids repeat, so an id here, of an utterance and of a dialogue, begins with its part.
    A sentence is the text of the csv file, letters and digits alone.

    Raises:
        CorpusError: there is no csv file at all, one is there in two versions, or not MELD's.
    """
    files = Folder(folder, "meld")
    notes: list[str] = []
    twice: list[str] = []
    twofold: dict[str, str] = {}
    others: Counter[str] = Counter()
    utterances: dict[str, Utterance] = {}
    sentences: dict[str, str] = {}
    tables = {part: _rows(files, f"{part}_sent_emo.csv") for part in PARTS}
    if all(rows is None for rows in tables.values()):
        raise files.refuse("no train_sent_emo.csv in it, or dev's or test's; they come with MELD's annotations")
    for part, rows in tables.items():
        clips = _clips(files, PARTS[part])
        if rows is None:
            notes.append(f"no {part}_sent_emo.csv: the part {part} is left out")
        stated: dict[tuple[int, int], list[Row]] = {}
        for row in rows or ():
            where = f"{part}_sent_emo.csv, line {row.line}"
            key = _number(row, "Dialogue_ID", where), _number(row, "Utterance_ID", where)
            stated.setdefault(key, []).append(row)
        for key, same in stated.items():
            id_, row = f"{part}_dia{key[0]}_utt{key[1]}", same[0]
            copies = clips.pop(key, {})
            labels = [label_of(one["Emotion"]) for one in same]
            emotion = emotion_of(labels[0])
            if len(set(labels)) > 1:
                twofold[id_] = labelled(labels)
            elif not emotion:
                others[labels[0]] += 1
            if id_ in twofold or not emotion:
                for path in copies.values():
                    files.leave_out(path, TWO_LABELS if id_ in twofold else NO_LABEL)
                continue
            twice += [id_] * (len(same) - 1)
            clip, audio = preferred(copies, [".mp4"]), preferred(copies, [".mp4", *copies])
            for path in copies.values():
                if path.as_posix() not in (audio, clip):
                    files.leave_out(path, FURTHER)
            text = text_of(row.cells.get(_TEXT, ""), f"{part}_sent_emo.csv, line {row.line}")
            utterances[id_] = Utterance(
                id_, one_line(row["Speaker"]), emotion, audio, clip, part, text, f"{part}_dia{key[0]}", key[1]
            )
            said = "".join(c if c.isalnum() else " " for c in text.casefold())
            if said.strip():
                sentences[id_] = " ".join(said.split())
        for path in (path for copies in clips.values() for path in copies.values()):
            files.leave_out(path, f"a clip of {part} without a label")
    findings = [*disputed(twofold, "utterances"), *unknown_labels(others)]
    if not utterances:
        found = "; ".join(findings) or "no row below the header of its tables"
        raise files.refuse(f"{found}; expected an utterance in each row, with one of {', '.join(Emotion)}")
    notes += grouped(twice, "utterances", "stated twice, the first is used")
    notes += absent(list(utterances.values()))
    return files.listing(
        utterances.values(), notes, sentences, findings, rest=f"in no folder of a part ({', '.join(PARTS.values())})"
    )


def _clips(files: Folder, name: str) -> dict[tuple[int, int], dict[str, PurePosixPath]]:
    """The files of each utterance of a part, by suffix; its folder may be nested in others (``train/train_splits``)."""
    found: dict[tuple[int, int], dict[str, PurePosixPath]] = {}
    for path in files.paths:
        if path.parent.name != name:
            continue
        match = _CLIP.fullmatch(path.name)
        if match is None:
            # For one, the test part's final_videos_test*.mp4, which repeat other clips.
            files.leave_out(path, "not named dia<D>_utt<U>.mp4")
        elif (suffix := path.suffix.lower()) in (copies := found.setdefault((int(match[1]), int(match[2])), {})):
            files.leave_out(path, SECOND)
        else:
            copies[suffix] = path
    return found


def _number(row: Row, column: str, where: str) -> int:
    match = _NUMBER.fullmatch(row[column])
    if match is None:
        raise CorpusError(f"{where}: {column} is '{shown(row[column])}'; expected a whole number")
    return int(match[1])


def _rows(files: Folder, name: str) -> tuple[Row, ...] | None:
    copies = [files.table(path) for path in files.paths if path.name == name]
    for other in copies[1:]:
        if other.read_bytes() != copies[0].read_bytes():
            raise CorpusError(f"{other}: a second {name}, other than {copies[0]}; keep one of the two")
    return read_table(copies[0], _NEEDED, [_TEXT]).rows if copies else None

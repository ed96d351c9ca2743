"""Any corpus, from one csv file that names its utterances."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SHOWN, Folder
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
from fdan.data.manifest import MAX_TEXT, Listing, Utterance, id_problem, leaves, one_line, path_problem
from fdan.data.records import Row, Table, read_table

FILE = "utterances.csv"
"""Lies in the corpus folder, beside or above the recordings, so that one folder is the whole corpus."""

COLUMNS = ("utterance", "speaker", "emotion", "audio", "video")

TEXT = "text"
"""A sixth column, which may be there: what is said."""


def read_csv(folder: Path) -> Listing:
    """Read ``utterances.csv``: one row per utterance, with paths relative to the folder.

    ``speaker`` may be empty, and so may ``audio`` or ``video``, not both. A clip with sound stands in
    both. A column ``text`` may follow: what is said, empty where nobody wrote it down. A file that is not
    there is noted, and fails when it is to be read. Rows of another emotion are left out, counted; a row
    that is there twice counts once.

    Raises:
        CorpusError: the file is missing or no csv table, lacks a column or has ragged rows; an id is no
            file name or stands for two different rows; no emotion is one of the seven; a path is absolute,
            holds ``..``, leads out of the folder through a link, or is no file.
    """
    files = Folder(folder, "csv")
    path = files.table(PurePosixPath(FILE))
    if leaves(folder, path):
        raise CorpusError(f"{path}: a link that leaves the corpus folder")
    table = read_table(path, COLUMNS, [TEXT])
    if not table.rows:
        raise CorpusError(f"{path}: no row below the header; expected one per utterance")
    first: dict[str, Row] = {}
    notes = unread(table, (*COLUMNS, TEXT))
    absent: list[str] = []
    twice = 0
    unknown: Counter[str] = Counter()
    utterances = []
    for row in table.rows:
        where = f"{path}: line {row.line}"
        id_ = unicodedata.normalize("NFC", row["utterance"])
        if problem := id_problem(id_):
            raise CorpusError(f"{where}: utterance '{shown(id_)}': {problem}")
        if id_ in first:
            if any(row[column] != first[id_][column] for column in COLUMNS[1:]):
                raise CorpusError(
                    f"{where}: utterance '{shown(id_)}' is stated in line {first[id_].line} already, otherwise; "
                    "expected each once"
                )
            twice += 1
            continue
        first[id_] = row
        if not row["audio"] and not row["video"]:
            raise CorpusError(f"{where}: {id_}: audio and video are both empty; expected a file in one of them")
        audio, video = (_cell(files, folder, row, column, where) for column in ("audio", "video"))
        absent += [f"{id_}: no {shown(p)}" for p in dict.fromkeys((audio, video)) if p and not files.find(p)]
        if emotion := emotion_of(row["emotion"]):
            text = text_of(row.cells.get(TEXT, ""), f"{where}: {id_}")
            utterances.append(Utterance(id_, one_line(row["speaker"]), emotion, audio, video, text=text))
            continue
        unknown[row["emotion"]] += 1
        for name in filter(None, (audio, video)):
            files.leave_out(PurePosixPath(name), "labelled with none of the seven emotions")
    if not utterances:
        raise CorpusError(f"{path}: {'; '.join(others(unknown))}; expected one of {', '.join(Emotion)}")
    many = [f"{len(absent)} files are stated and not there; the first is {absent[0]}"] if absent else []
    notes += many if len(absent) > SHOWN else absent
    notes += [f"{twice} rows are there a second time, the first is used"] if twice else []
    return files.listing(utterances, notes, findings=others(unknown))


def unread(table: Table, known: Sequence[str]) -> list[str]:
    """A line on each column that nothing is read from."""
    return [f"column '{shown(column)}' is not read" for column in table.columns if column not in known]


def others(labels: Counter[str]) -> list[str]:
    """What is to be said of labels that are none of the seven emotions."""
    return [f"{n} labelled '{shown(label)}', none of the seven emotions: left out" for label, n in labels.most_common()]


def text_of(cell: str, where: str) -> str:
    """What is said, on one line; raises `CorpusError` where it has no end."""
    text = one_line(cell)
    if len(text) > MAX_TEXT:
        raise CorpusError(f"{where}: text of {len(text)} characters; at most {MAX_TEXT} are read")
    return text


def _cell(files: Folder, folder: Path, row: Row, column: str, where: str) -> str:
    """A path of a row as it is on the disk; a file that is not there yet keeps its path, and is counted later."""
    path = row[column]
    if not path:
        return ""
    if problem := path_problem(path):
        raise CorpusError(f"{where}: {column} '{shown(path)}': {problem}")
    if found := files.find(path):
        return found.as_posix()
    file = folder / path
    try:
        there, out = file.exists(), leaves(folder, file)
    except (OSError, RuntimeError) as error:  # a name longer than names may be, a circle of links
        raise CorpusError(
            f"{where}: {column} '{shown(path)}': {getattr(error, 'strerror', None) or error}; expected a file's path"
        ) from None
    if out:
        raise CorpusError(f"{where}: {column} '{shown(path)}': a link that leaves the corpus folder")
    if there and not file.is_file():
        raise CorpusError(f"{where}: {column} '{shown(path)}': expected a file")
    return path

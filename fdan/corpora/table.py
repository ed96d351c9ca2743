"""Any corpus, from one csv file that names its utterances."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SHOWN, Folder, grouped
from fdan.corpora.labels import (
    NO_LABEL,
    TWO_LABELS,
    disputed,
    enumerated,
    label_of,
    labelled,
    repeated,
    unknown_labels,
)
from fdan.corpora.unreadable import ANNEX, ELSEWHERE
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
from fdan.data.manifest import (
    MAX_ID,
    MAX_TEXT,
    Listing,
    Utterance,
    fitting_id,
    id_problem,
    leaves,
    one_line,
    path_problem,
)
from fdan.data.records import Row, Table, read_table

FILE = "utterances.csv"
"""Lies in the corpus folder, beside or above the recordings, so that one folder is the whole corpus."""

COLUMNS = ("utterance", "speaker", "emotion", "audio", "video")

FILES = ("audio", "video")
"""The columns that hold a file's path, or nothing."""

TEXT = "text"
"""A sixth column, which may be there: what is said."""


@dataclass(frozen=True)
class _Stated:
    """What a row says of its utterance: words of one meaning, spaces and writings of a path are the same."""

    speaker: str
    emotion: str
    audio: str
    video: str
    text: str

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(path for path in dict.fromkeys((self.audio, self.video)) if path)


def read_csv(folder: Path) -> Listing:
    """Read ``utterances.csv``: one row per utterance, with paths relative to the folder.

    ``speaker`` may be empty, and so may ``audio`` or ``video``, not both. A clip with sound stands in
    both. A column ``text`` may follow: what is said, empty where nobody wrote it down. A file that is not
    there is noted, and fails when it is to be read. Rows of another emotion are left out, counted; a row
    that is there twice counts once. Two rows that state one utterance in two ways are left out, and so is a file that
    stands under two emotions: each is a finding.

    Raises:
        CorpusError: the file is missing or no csv table, lacks a column or has ragged rows; an id is no
            file name; no emotion is one of the seven; a path is absolute, holds ``..``, leads out of the
            folder through a link, or is no file.
    """
    files = Folder(folder, "csv")
    path = files.table(PurePosixPath(FILE))
    if why := files.why_not(FILE):
        raise CorpusError(f"{path}: {why}")
    table = read_table(path, COLUMNS, [TEXT], may_end=FILES)
    if not table.rows:
        raise CorpusError(f"{path}: no row below the header; expected one per utterance")
    stated: dict[str, list[_Stated]] = {}
    long: list[str] = []
    for row in table.rows:
        where = f"{path}: line {row.line}"
        id_ = unicodedata.normalize("NFC", row["utterance"])
        if problem := id_problem(fitting_id(id_)):
            raise CorpusError(f"{where}: utterance '{shown(id_)}': {problem}")
        if id_ != fitting_id(id_):
            long.append(id_)
        stated.setdefault(fitting_id(id_), []).append(_stated(files, folder, row, where))

    once = {id_: rows[0] for id_, rows in stated.items() if len(set(rows)) == 1}
    twofold = _twofold(stated, once)
    utterances, others = [], Counter[str]()
    for id_, one in once.items():
        kept = replace(one, **{column: "" for column in FILES if getattr(one, column) in twofold})
        if not (emotion := emotion_of(one.emotion)):
            others[one.emotion] += 1
        elif kept.files:
            utterances.append(Utterance(id_, one.speaker, emotion, kept.audio, kept.video, text=one.text))
    for id_, rows in stated.items():
        for file in (file for one in rows for file in one.files if files.find(file)):
            files.leave_out(PurePosixPath(file), TWO_LABELS if file in twofold or id_ not in once else NO_LABEL)
    findings = [
        *disputed({id_: _difference(rows) for id_, rows in stated.items() if id_ not in once}, "utterances"),
        *disputed(twofold, "files"),
        *unknown_labels(others),
    ]
    if not utterances:
        raise CorpusError(f"{path}: {'; '.join(findings)}; expected one of {', '.join(Emotion)}")
    notes = [
        *unread(table, (*COLUMNS, TEXT)),
        *grouped(long, "ids", f"longer than {MAX_ID} bytes: cut, with a hash at the end"),
        *_absent(files, utterances),
        *repeated(sum(len(rows) - len(set(rows)) for rows in stated.values())),
    ]
    return files.listing(utterances, notes, findings=findings)


def _stated(files: Folder, folder: Path, row: Row, where: str) -> _Stated:
    name = f"{where}: {shown(row['utterance'])}"
    if not row["audio"] and not row["video"]:
        raise CorpusError(f"{name}: audio and video are both empty; expected a file in one of them")
    audio, video = (_cell(files, folder, row, column, where) for column in FILES)
    text = text_of(row.cells.get(TEXT, ""), name)
    return _Stated(one_line(row["speaker"]), label_of(row["emotion"]), audio, video, text)


def _twofold(stated: Mapping[str, Sequence[_Stated]], once: Collection[str]) -> dict[str, str]:
    """Files that stand under two ids with two emotions, and what is stated of each."""
    labels: dict[str, dict[str, str]] = {}
    for id_, rows in stated.items():
        for one in rows:
            for file in one.files:
                labels.setdefault(file, {}).setdefault(one.emotion, id_)
    return {
        file: f"{labelled(said)}, under {enumerated([said[label] for label in sorted(said)])}"
        for file, said in labels.items()
        if len(said) > 1 and any(id_ in once for id_ in said.values())
    }


def _difference(rows: Sequence[_Stated]) -> str:
    """In what the rows of one utterance differ."""
    if len(labels := {one.emotion for one in rows}) > 1:
        return labelled(labels)
    columns = (field.name for field in fields(_Stated) if len({getattr(one, field.name) for one in rows}) > 1)
    return f"stated twice, with another {enumerated(list(columns))}"


def _absent(files: Folder, utterances: Sequence[Utterance]) -> list[str]:
    """Files that are stated and not there, by the reason that the folder knows."""
    by_reason: dict[str, list[str]] = {}
    for u in utterances:
        for path in dict.fromkeys((u.audio, u.video)):
            if path and not files.holds(path):
                why = files.why_not(path)
                by_reason.setdefault(f": {why}" if why else "", []).append(f"{shown(u.id)}: no {shown(path)}")
    notes = []
    for why, lines in by_reason.items():
        few = [f"{line}{why}" for line in lines]
        many = [f"{len(lines)} files are stated and not there{why}; the first is {lines[0]}"]
        notes += few if len(lines) <= SHOWN else many
    return notes


def unread(table: Table, known: Sequence[str]) -> list[str]:
    """A line on each column that nothing is read from."""
    return [f"column '{shown(column)}' is not read" for column in table.columns if column not in known]


def text_of(cell: str, where: str) -> str:
    """What is said, on one line; raises `CorpusError` where it has no end."""
    text = one_line(cell)
    if len(text) > MAX_TEXT:
        raise CorpusError(f"{where}: text of {len(text)} characters; at most {MAX_TEXT} are read")
    return text


def _cell(files: Folder, folder: Path, row: Row, column: str, where: str) -> str:
    """A path of a row as it is on the disk; a file that is not there yet keeps its path, and is counted later.

    A file that lies where readers do not look of themselves (`is_junk`) is used where a row names it.
    """
    path = row[column]
    if not path:
        return ""
    stated = f"{where}: {column} '{shown(path)}'"
    if problem := path_problem(path):
        raise CorpusError(f"{stated}: {problem}")
    if found := files.find(path):
        return found.as_posix()
    if files.why_not(path) == ANNEX:
        return path
    file = folder / path
    try:
        there, out = file.exists(), leaves(folder, file)
    except (OSError, RuntimeError) as error:  # a name longer than names may be, a circle of links
        raise CorpusError(f"{stated}: {getattr(error, 'strerror', None) or error}; expected a file's path") from None
    if out:
        raise CorpusError(f"{stated}: {ELSEWHERE}")
    if there and not file.is_file():
        raise CorpusError(f"{stated}: expected a file")
    return path

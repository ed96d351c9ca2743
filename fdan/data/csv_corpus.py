"""Any corpus, from one csv file that names its utterances."""

from pathlib import Path

from fdan.data.utterance import (
    CorpusError,
    Listing,
    Row,
    Utterance,
    id_problem,
    locate,
    parse_emotion,
    path_problem,
    read_table,
    shown,
)

FILE = "utterances.csv"
"""Lies in the corpus folder, beside or above the recordings, so that one folder is the whole corpus."""

COLUMNS = ("utterance", "speaker", "emotion", "audio", "video")


def read_csv(folder: Path) -> Listing:
    """Read ``utterances.csv``: one row per utterance, with paths relative to the folder.

    ``speaker`` may be empty, and so may ``audio`` or ``video``, not both. A clip with sound stands in
    both. A file that is not there stays empty in the listing, and is noted.

    Raises:
        CorpusError: the file is missing or not UTF-8, has other columns or ragged rows; an id is no
            file name or stated twice; an emotion is unknown; a path is absolute, holds ``..``, leads
            out of the folder through a link, or is no file.
    """
    path = folder / FILE
    if not path.resolve().is_relative_to(folder.resolve()):
        raise CorpusError(f"{path}: a link that leaves the corpus folder")
    columns, rows = read_table(path)
    if columns != COLUMNS:
        raise CorpusError(f"{path}: columns are {shown(', '.join(columns))}; expected {', '.join(COLUMNS)}")
    if not rows:
        raise CorpusError(f"{path}: no row below the header; expected one per utterance")
    lines: dict[str, int] = {}
    notes: list[str] = []
    utterances = []
    for row in rows:
        where = f"{path}: line {row.line}"
        id_ = row["utterance"]
        if problem := id_problem(id_):
            raise CorpusError(f"{where}: utterance '{shown(id_)}': {problem}")
        if id_ in lines:
            raise CorpusError(
                f"{where}: utterance '{shown(id_)}' is stated in line {lines[id_]} already; expected each once"
            )
        lines[id_] = row.line
        emotion = parse_emotion(row["emotion"].strip().lower(), where)
        if not row["audio"] and not row["video"]:
            raise CorpusError(f"{where}: {id_}: audio and video are both empty; expected a file in one of them")
        audio, video = (_cell(folder, row, column, where, notes) for column in ("audio", "video"))
        utterances.append(Utterance(id_, row["speaker"].strip(), emotion, audio, video))
    return Listing(tuple(sorted(utterances, key=lambda u: u.id)), tuple(notes))


def _cell(folder: Path, row: Row, column: str, where: str, notes: list[str]) -> str:
    """A path of a row, or nothing where there is no such file."""
    path = row[column]
    if not path:
        return ""
    if problem := path_problem(path):
        raise CorpusError(f"{where}: {column} '{shown(path)}': {problem}")
    try:
        file = locate(folder, path)
        there = file.exists()
    except CorpusError:
        raise CorpusError(f"{where}: {column} '{shown(path)}': a link that leaves the corpus folder") from None
    except OSError as error:  # a name longer than names may be
        raise CorpusError(f"{where}: {column} '{shown(path)}': {error.strerror}; expected a file's path") from None
    if there and not file.is_file():
        raise CorpusError(f"{where}: {column} '{shown(path)}': expected a file")
    if not there:
        notes.append(f"{row['utterance']}: no {shown(path)}")
    return path if there else ""

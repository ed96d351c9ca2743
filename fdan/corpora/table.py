"""Any corpus, from one csv file that names its utterances."""

from pathlib import Path

from fdan.data.emotions import CorpusError, parse_emotion, shown
from fdan.data.manifest import MAX_TEXT, Listing, Utterance, id_problem, leaves, one_line, path_problem
from fdan.data.records import Row, read_table

FILE = "utterances.csv"
"""Lies in the corpus folder, beside or above the recordings, so that one folder is the whole corpus."""

COLUMNS = ("utterance", "speaker", "emotion", "audio", "video")

TEXT = "text"
"""A sixth column, which may be there: what is said."""


def read_csv(folder: Path) -> Listing:
    """Read ``utterances.csv``: one row per utterance, with paths relative to the folder.

    ``speaker`` may be empty, and so may ``audio`` or ``video``, not both. A clip with sound stands in
    both. A column ``text`` may follow: what is said, empty where nobody wrote it down. A file that is
    not there is noted, and fails when it is to be read.

    Raises:
        CorpusError: the file is missing or not UTF-8, has other columns or ragged rows; an id is no
            file name or stated twice; an emotion is unknown; a path is absolute, holds ``..``, leads
            out of the folder through a link, or is no file.
    """
    path = folder / FILE
    if leaves(folder, path):
        raise CorpusError(f"{path}: a link that leaves the corpus folder")
    columns, rows = read_table(path)
    if columns not in (COLUMNS, (*COLUMNS, TEXT)):
        raise CorpusError(
            f"{path}: columns are {shown(', '.join(columns))}; expected {', '.join(COLUMNS)}, and {TEXT} if you have it"
        )
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
        text = one_line(row.cells.get(TEXT, ""))
        if len(text) > MAX_TEXT:
            raise CorpusError(f"{where}: {id_}: text of {len(text)} characters; at most {MAX_TEXT} are read")
        utterances.append(Utterance(id_, row["speaker"].strip(), emotion, audio, video, text=text))
    return Listing(tuple(sorted(utterances, key=lambda u: u.id)), tuple(notes))


def _cell(folder: Path, row: Row, column: str, where: str, notes: list[str]) -> str:
    """A path of a row; a file that is not there yet keeps its path, and its utterance is counted later."""
    path = row[column]
    if not path:
        return ""
    if problem := path_problem(path):
        raise CorpusError(f"{where}: {column} '{shown(path)}': {problem}")
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
    if not there:
        notes.append(f"{row['utterance']}: no {shown(path)}")
    return path

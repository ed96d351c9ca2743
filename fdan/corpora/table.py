"""Any corpus, from one csv file that names its utterances."""

from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SHOWN, Folder
from fdan.corpora.labels import label_of
from fdan.corpora.stated import FILES, Stated, listing_of
from fdan.corpora.unreadable import ANNEX, ELSEWHERE
from fdan.data.emotions import CorpusError, shown
from fdan.data.manifest import MAX_TEXT, Listing, leaves, one_line, path_problem
from fdan.data.records import Row, Table, read_table

FILE = "utterances.csv"
"""Lies in the corpus folder, beside or above the recordings, so that one folder is the whole corpus."""

COLUMNS = ("utterance", "speaker", "emotion", "audio", "video")

TEXT = "text"
"""A sixth column, which may be there: what is said."""

STARTS = ("start", "begin", "onset", "offset", "start_time")
"""Columns of other people's tables that say where in a file an utterance begins."""


def read_csv(folder: Path) -> Listing:
    """Read ``utterances.csv``: one row per utterance, with paths relative to the folder.

    ``speaker`` may be empty, and so may ``audio`` or ``video``, not both. A clip with sound stands in
    both. A column ``text`` may follow: what is said, empty where nobody wrote it down. A file that is not
    there is noted, and fails when it is to be read. Of an id, what cannot be part of a file's name becomes ``_``.
    For rows that contradict each other and labels that are none of the seven see `listing_of`.

    Raises:
        CorpusError: the file is missing or no csv table, lacks a column or has ragged rows; an id is
            empty; no emotion is one of the seven; a path is absolute, holds ``..``, leads out of the
            folder through a link, or is no file.
    """
    files = Folder(folder, "csv")
    path = files.table(PurePosixPath(FILE))
    if why := files.why_not(FILE):
        raise CorpusError(f"{path}: {why}")
    if not path.exists():
        raise CorpusError(f"{path}: no such file; expected the line {','.join(COLUMNS)}, and a line for each recording")
    table = read_table(path, COLUMNS, [TEXT], may_end=FILES)
    if not table.rows:
        raise CorpusError(f"{path}: no row below the header; expected one per utterance")
    named = [(row["utterance"], _stated(files, folder, row, f"{path}: line {row.line}")) for row in table.rows]
    return listing_of(files, str(path), named, unread(table, (*COLUMNS, TEXT)), segments(table))


def _stated(files: Folder, folder: Path, row: Row, where: str) -> Stated:
    if not row["utterance"]:
        raise CorpusError(f"{where}: utterance is empty; expected a name of its own for each row")
    name = f"{where}: {shown(row['utterance'])}"
    if not row["audio"] and not row["video"]:
        raise CorpusError(f"{name}: audio and video are both empty; expected a file in one of them")
    audio, video = (path_of(files, folder, row[column], f"{where}: {column}") for column in FILES)
    text = text_of(row.cells.get(TEXT, ""), name)
    return Stated(one_line(row["speaker"]), label_of(row["emotion"]), audio, video, text)


def unread(table: Table, known: Collection[str]) -> list[str]:
    """A line on each column that nothing is read from."""
    return [f"column '{shown(column)}' is not read" for column in table.columns if column not in known]


def segments(table: Table) -> list[str]:
    """A finding where rows begin in the middle of their files, which are read from first to last."""
    columns = [column for column in table.columns if column.casefold() in STARTS]
    for column in columns:
        if n := sum(row[column].strip("0.:,") != "" for row in table.rows):
            return [
                f"{n} rows have a '{shown(column)}', and each is its whole file here: a recording that is cut into "
                "several utterances must be cut into files"
            ]
    return []


def misplaced_tables(files: Folder, known: Sequence[str]) -> list[str]:
    """A line on tables that are none of ours for their place or their writing alone."""
    ours = {name: f"expected {name} in the corpus' folder itself" for name in known}
    return [
        f"{shown(str(path))} is not read: {ours[path.name.lower()]}"
        for path in files.paths
        if path.name.lower() in ours
    ][:SHOWN]


def text_of(cell: str, where: str) -> str:
    """What is said, on one line; raises `CorpusError` where it has no end."""
    text = one_line(cell)
    if len(text) > MAX_TEXT:
        raise CorpusError(f"{where}: text of {len(text)} characters; at most {MAX_TEXT} are read")
    return text


def path_of(files: Folder, folder: Path, path: str, where: str) -> str:
    """A path of a row as it is on the disk; a file that is not there yet keeps its path, and is counted later.

    A file that lies where readers do not look of themselves (`is_junk`) is used where a row names it.

    Args:
        files: what lies below the corpus folder.
        folder: the corpus folder.
        path: as the row writes it; may be empty.
        where: the cell's place, which opens the error message.

    Raises:
        CorpusError: it is absolute, leads out of the folder, or is no file.
    """
    if not path:
        return ""
    stated = f"{where} '{shown(path)}'"
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

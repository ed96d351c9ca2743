"""What `fdan predict` is asked about: files, folders, and the rows of a csv list."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fdan.corpora.junk import is_junk
from fdan.data.records import read_table
from fdan.errors import UnusableError
from fdan.media.container import DEMUXERS
from fdan.media.sound import EVERYTHING
from fdan.prediction.spans import Spans
from fdan.runtime.process import report

FILE = "file"
"""The column of a list that names the recordings."""


@dataclass(frozen=True)
class Input:
    """One recording, or a part of one.

    Attributes:
        file: as it was named; bytes that are no UTF-8 are escaped.
        path: where it lies.
        kept: further cells of its row in a list.
        span: where the part begins and ends that is asked about, in seconds.
        problem: why it cannot be read, where its row in a list says; empty if it can.
    """

    file: str
    path: Path
    kept: dict[str, str] = field(default_factory=dict)
    span: tuple[float, float] = EVERYTHING
    problem: str = ""


def inputs_of(named: Sequence[Path], listed: Path | None) -> list[Input]:
    """All recordings, in the order they are named; those of a folder, and of its folders, sorted.

    Of a folder, files with a suffix that is read are taken; what else it holds is said on stderr.

    Args:
        named: files and folders. Of a folder, what is hidden or junk is not looked at (`is_junk`).
        listed: a csv file with a column ``file``, whose names are relative to the list's own folder, and perhaps
            columns that say which part of it is meant (`Spans`).

    Raises:
        UnusableError: there is no recording at all, or a column of the list has two readings.
        CorpusError: the list cannot be read.
    """
    found: list[Input] = []
    for place in named:
        if os.path.isdir(place):  # which never raises, as `Path.is_dir` does for a name that is too long
            found += [Input(printable(path), path) for path in _recordings(place)]
        else:
            found.append(Input(printable(place), place))
    if listed:
        table = read_table(listed, (FILE,))
        spans = Spans.of(table.columns, printable(listed))
        report(spans.notes)
        for row in table.rows:
            kept = {column: cell for column, cell in row.cells.items() if column != FILE}
            span, problem = spans.read(row.cells)
            found.append(Input(row[FILE], listed.parent / row[FILE], kept, span, problem))
    if not found:
        where = ", ".join(printable(place) for place in (*named, *([listed] if listed else [])))
        raise UnusableError(
            f"{where or 'nothing named'}: no recording; expected files ({' '.join(DEMUXERS)}), or --list"
        )
    return found


def printable(path: Path) -> str:
    """A path as text that any file and terminal takes: bytes that are no UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", errors="backslashreplace")


def _recordings(folder: Path) -> list[Path]:
    """The recordings in a folder and its folders, sorted; what is passed over is named on stderr, a line for a kind."""
    files: list[Path] = []
    closed: list[Path] = []
    linked: list[Path] = []
    odd: list[Path] = []

    def refuse(error: OSError) -> None:
        closed.append(Path(error.filename))

    for place, folders, names in os.walk(folder, onerror=refuse):
        here = Path(place)
        folders[:] = [name for name in folders if not is_junk(name)]
        linked += [here / name for name in folders if (here / name).is_symlink()]
        for path in (here / name for name in names if not is_junk(name)):
            (files if os.path.isfile(path) else odd).append(path)
    read = [path for path in files if path.suffix.lower() in DEMUXERS]
    others = Counter(path.suffix.lower() for path in files if path.suffix.lower() not in DEMUXERS)
    notes = []
    if others:
        listed = ", ".join(f"{count} {suffix or 'without a suffix'}" for suffix, count in sorted(others.items()))
        notes.append(f"{printable(folder)}: files that are not read: {listed}; read are {' '.join(DEMUXERS)}")
    for what, some in {
        "folders that cannot be opened": closed,
        "linked folders, which are not entered; name them to have them read": linked,
        "links to nothing, pipes or devices, which are not read": odd,
    }.items():
        if some:
            notes.append(f"{printable(folder)}: {len(some)} {what}: {_some(some)}")
    report(notes)
    return sorted(read)


def _some(paths: Sequence[Path]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"{', '.join(printable(path) for path in sorted(paths)[:3])}{more}"

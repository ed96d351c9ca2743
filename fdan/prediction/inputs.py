"""What `fdan predict` is asked about: files, folders, and the rows of a csv list."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fdan.corpora.junk import is_junk
from fdan.data.records import read_table
from fdan.errors import UnusableError
from fdan.media.container import DEMUXERS
from fdan.runtime.process import report

FILE = "file"
"""The column of a list that names the recordings."""


@dataclass(frozen=True)
class Input:
    """One recording.

    Attributes:
        file: as it was named.
        path: where it lies.
        kept: further cells of its row in a list.
    """

    file: str
    path: Path
    kept: dict[str, str] = field(default_factory=dict)


def inputs_of(named: Sequence[Path], listed: Path | None) -> list[Input]:
    """All recordings, in the order they are named; those of a folder, and of its folders, sorted.

    Of a folder, files with a suffix that is read are taken; how many others there are is said on stderr.

    Args:
        named: files and folders. Of a folder, what is hidden or junk is not looked at (`is_junk`).
        listed: a csv file with a column ``file``, whose names are relative to the list's own folder.

    Raises:
        UnusableError: there is no recording at all.
        CorpusError: the list cannot be read.
    """
    found: list[Input] = []
    for place in named:
        if place.is_dir():
            files = sorted(_files(place))
            found += [Input(str(path), path) for path in files if path.suffix.lower() in DEMUXERS]
            _report_others(place, Counter(path.suffix.lower() for path in files))
        else:
            found.append(Input(str(place), place))
    if listed:
        for row in read_table(listed, (FILE,)).rows:
            kept = {column: cell for column, cell in row.cells.items() if column != FILE}
            found.append(Input(row[FILE], listed.parent / row[FILE], kept))
    if not found:
        where = ", ".join(str(place) for place in (*named, *([listed] if listed else [])))
        raise UnusableError(
            f"{where or 'nothing named'}: no recording; expected files ({' '.join(DEMUXERS)}), or --list"
        )
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not any(map(is_junk, path.relative_to(folder).parts)):
            yield path


def _report_others(folder: Path, suffixes: Counter[str]) -> None:
    others = [(suffix, count) for suffix, count in sorted(suffixes.items()) if suffix not in DEMUXERS]
    if others:
        listed = ", ".join(f"{count} {suffix or 'without a suffix'}" for suffix, count in others)
        report([f"{folder}: files that are not read: {listed}; read are {' '.join(DEMUXERS)}"])

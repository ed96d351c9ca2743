"""What `fdan predict` is asked about: files, folders, and the rows of a csv list."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fdan.data.records import read_table
from fdan.media.container import DEMUXERS
from fdan.runtime.errors import UnusableError

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

    Args:
        named: files and folders. Of a folder, files with a known suffix are taken that are not hidden.
        listed: a csv file with a column ``file``, whose names are relative to the list's own folder.

    Raises:
        UnusableError: there is no recording at all.
        CorpusError: the list cannot be read.
    """
    found: list[Input] = []
    for place in named:
        if place.is_dir():
            found += [Input(str(path), path) for path in sorted(place.rglob("*")) if _is_recording(place, path)]
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


def _is_recording(folder: Path, path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in DEMUXERS and not hidden and path.is_file()

"""Tables as csv: what a stage writes for the next one, and what other people give us."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fdan.data.emotions import CorpusError, shown


def write_rows(path: Path, fields: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a csv table whose bytes depend on its values alone."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows)


MAX_TABLE = 2**28
"""Bytes of a csv file; MELD's largest has 1.1 million."""


@dataclass(frozen=True)
class Row:
    """One row of a csv file: the line it ends in, and its cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def read_table(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """Read a csv file with a header: its columns and its rows.

    Raises:
        CorpusError: there is no such file, it is not UTF-8, not csv, too large, states a column
            twice, or a row has more or fewer cells than the header.
    """
    if not path.is_file():
        raise CorpusError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    if path.stat().st_size > MAX_TABLE:
        raise CorpusError(f"{path}: {path.stat().st_size} bytes; expected a csv file of at most {MAX_TABLE}")
    rows: list[Row] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            columns = tuple(next(reader, ()))
            for cells in reader:
                if not cells:
                    continue  # an empty line
                if len(cells) != len(columns):
                    raise CorpusError(
                        f"{path}: line {reader.line_num} has {len(cells)} cells; expected {len(columns)} "
                        f"({shown(', '.join(columns))})"
                    )
                rows.append(Row(reader.line_num, dict(zip(columns, cells, strict=True))))
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except csv.Error as error:
        raise CorpusError(f"{path}: line {reader.line_num}: not csv ({error})") from None
    if len(set(columns)) < len(columns):
        raise CorpusError(f"{path}: columns are {shown(', '.join(columns))}; expected each once")
    return columns, rows


def read_rows(path: Path, fields: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a csv table of the pipeline that must have exactly these columns.

    Raises:
        CorpusError: the file is missing, is not UTF-8, or has other columns or ragged rows.
    """
    if not path.exists():
        raise CorpusError(f"{path}: no such file; it is made by an earlier stage (dvc repro)")
    found, rows = read_table(path)
    if found != fields:
        raise CorpusError(f"{path}: columns are {shown(', '.join(found))}; expected {', '.join(fields)}")
    return [row.cells for row in rows]

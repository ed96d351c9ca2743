"""Tables as csv: what a stage writes for the next one, and what other people give us."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from fdan.data.emotions import CorpusError, shown

T = TypeVar("T")


def write_records(path: Path, type_: type[T], records: Iterable[T], floats: str = "") -> None:
    """Write a csv table, a row per record and a column per field; its bytes depend on the values alone.

    Args:
        path: the file.
        type_: the records' frozen dataclass, of plain values. None is an empty cell.
        records: all of them.
        floats: how a float is written, such as ``.6g``; by default with the digits that give it back.
    """

    def cell(value: object) -> object:
        return "" if value is None else f"{value:{floats}}" if isinstance(value, float) else value

    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        columns = _columns(type_)
        writer.writerow(columns)
        writer.writerows([cell(getattr(record, column)) for column in columns] for record in records)


def read_records(path: Path, type_: type[T]) -> list[T]:
    """Read what `write_records` wrote.

    Raises:
        CorpusError: the file is missing, no csv table or has other columns; or a cell is not of its field's type,
            or a number not finite.
    """
    if not path.exists():
        raise CorpusError(f"{path}: no such file; it is made by an earlier stage (dvc repro)")
    columns, rows = read_table(path)
    if columns != _columns(type_):
        raise CorpusError(f"{path}: columns are {shown(', '.join(columns))}; expected {', '.join(_columns(type_))}")
    hints = get_type_hints(type_)
    optional = {column for column in columns if type(None) in get_args(hints[column])}
    cells = [{c: None if c in optional and not v else v for c, v in row.cells.items()} for row in rows]
    try:
        records: list[T] = TypeAdapter(list[type_]).validate_python(cells)  # type: ignore[valid-type]
    except ValidationError as error:
        wrong: Any = error.errors()[0]
        place, column = wrong["loc"][0], wrong["loc"][1]
        expected = wrong["msg"].removeprefix("Input should be ")
        raise CorpusError(
            f"{path}: line {rows[place].line}: {column} is '{shown(str(wrong['input']))}'; expected {expected}"
        ) from None
    for row, record in zip(rows, records, strict=True):
        for column in columns:
            if isinstance(value := getattr(record, column), float) and not math.isfinite(value):
                raise CorpusError(f"{path}: line {row.line}: {column} is '{row[column]}'; expected a finite number")
    return records


def _columns(type_: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(type_))


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

"""Tables as csv: what a stage writes for the next one, and what other people give us."""

import csv
import io
import math
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
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
    columns, lines = _columns(type_), _parse(path, read_text(path))
    if (found := tuple(next(lines, (0, []))[1])) != columns:
        raise CorpusError(f"{path}: columns are {shown(', '.join(found))}; expected {', '.join(columns)}")
    rows = [_row(path, line, cells, columns) for line, cells in lines if cells]
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


def read_columns(path: Path) -> tuple[str, ...]:
    """The columns of a table of ours; raises `CorpusError` as `read_records` does."""
    return tuple(next(_parse(path, read_text(path)), (0, []))[1])


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


@dataclass(frozen=True)
class Table:
    """A csv file: its columns, and its rows, of which each has a cell per column."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(path: Path, needed: Sequence[str], further: Sequence[str] = (), may_end: Collection[str] = ()) -> Table:
    """Read a csv file of other people, as spreadsheets write them.

    UTF-8 or, with its mark, UTF-16; cells apart by comma, semicolon or tab, as the header or a first line ``sep=;``
    says; spaces around cells, empty lines, and empty cells beyond the header count for nothing; nor does the case of
    the header's words. Empty cells at the end of a row need not be there, as Excel leaves them out.

    Args:
        path: the file.
        needed: columns that must be there, as the rows name them.
        further: columns that may be there. Others are kept under their own names.
        may_end: needed columns that may be empty, but not all in one row: so a row may end before some of them.

    Raises:
        CorpusError: there is no such file, it is of another encoding, not csv, too large, lacks a column or states
            one twice, or a row ends before a cell that is needed, or has more than the header that are not empty.
    """
    text, skipped, separator = read_text(path), 0, ""
    if match := re.match(r'"?sep=([,;\t|])"?[ ,;\t]*(?:\r\n|\r|\n)', text, re.IGNORECASE):
        text, skipped, separator = text[match.end() :], 1, match[1]
    header = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    separator = separator or max(",;\t", key=header.count)  # of equals the first
    known = {name.casefold(): name for name in (*needed, *further)}
    rows = []
    columns: tuple[str, ...] = ()
    for line, row in _parse(path, text, delimiter=separator, skipinitialspace=True):
        cells = [cell.strip() for cell in row]
        while cells and not cells[-1] and len(cells) > len(columns):
            cells.pop()  # a spreadsheet's columns that hold nothing
        if not any(cells):
            continue
        if not columns:
            columns = tuple(known.get(cell.casefold(), cell) for cell in cells)
            continue
        empty = columns[len(cells) :]
        if not {*empty} & ({*needed} - {*may_end}) and not (may_end and {*may_end} <= {*empty}):
            cells += [""] * len(empty)
        rows.append(_row(path, line + skipped, cells, columns))
    if len(set(columns)) < len(columns):
        raise CorpusError(f"{path}: columns are {shown(', '.join(columns))}; expected each once")
    if missing := [name for name in needed if name not in columns]:
        raise CorpusError(
            f"{path}: no column {', '.join(missing)}; columns are {shown(', '.join(columns)) or 'none'}; "
            f"expected {', '.join(needed)}"
        )
    return Table(columns, tuple(rows))


def _row(path: Path, line: int, cells: Sequence[str], columns: Sequence[str]) -> Row:
    if len(cells) != len(columns):
        raise CorpusError(
            f"{path}: line {line} has {len(cells)} cells; expected {len(columns)} ({shown(', '.join(columns))})"
        )
    return Row(line, dict(zip(columns, cells, strict=True)))


def _parse(path: Path, text: str, **dialect: Any) -> Iterator[tuple[int, list[str]]]:
    """The rows of a csv text and the line that each ends in."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, **dialect)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise CorpusError(f"{path}: line {reader.line_num}: not csv ({error})") from None


_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

_OTHERS = ((b"PK\x03\x04", "a spreadsheet"), (b"\xd0\xcf\x11\xe0", "a spreadsheet"))


def read_text(path: Path) -> str:
    """The text of a table: UTF-8 or, with its mark, UTF-16; raises `CorpusError` where it is none, or too large."""
    if not path.is_file():
        raise CorpusError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    try:
        if path.stat().st_size > MAX_TABLE:
            raise CorpusError(f"{path}: {path.stat().st_size} bytes; expected a csv file of at most {MAX_TABLE}")
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from None
    for magic, what in _OTHERS:
        if data.startswith(magic):
            raise CorpusError(f"{path}: {what}, not csv; save it as csv (UTF-8)")
    mark, encoding = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        at = error.start + len(mark)
        raise CorpusError(
            f"{path}: not {encoding.upper()} text ({error.reason} at byte {at}); save it as csv (UTF-8)"
        ) from None
    if "\0" in text:
        raise CorpusError(f"{path}: holds zero bytes (UTF-16 without its mark?); save it as csv (UTF-8)")
    return text

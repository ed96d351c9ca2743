"""Which part of a recording the row of a list means: its columns ``start`` and ``end``, and their other names."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fdan.data.emotions import shown
from fdan.errors import UnusableError
from fdan.media.sound import EVERYTHING

STARTS, ENDS = ("start", "begin", "onset"), ("end", "stop")
"""Names of columns that have one meaning. ``offset`` is the end beside ``onset``, and the start beside ``duration``."""

PARTS = ("split", "fold", "part")
"""Columns that say what trains and what is tested."""

_NUMBER = r"\d+(?:[.,]\d+)?(?:e[+-]?\d+)?"
_SECONDS = re.compile(rf"(?:(?:(\d+) days?,? )?(?:(\d+):)?(\d+):)?({_NUMBER}|[.,]\d+)", re.IGNORECASE)
_NOTHING = ("", "nat", "nan", "none", "null")


@dataclass(frozen=True)
class Spans:
    """The columns of a list that say which part of a recording is meant, in seconds, or as h:mm:ss or a timedelta.

    Attributes:
        start: the column's name; empty if there is none.
        end: likewise.
        duration: likewise, read where there is no end.
        notes: which columns are kept and not read.
    """

    start: str
    end: str
    duration: str
    notes: tuple[str, ...]

    @classmethod
    def of(cls, columns: Sequence[str], place: str) -> "Spans":
        """Find the columns, whatever their case.

        Args:
            columns: of the list.
            place: the list's name, which opens each message.

        Raises:
            UnusableError: two columns say the same, or one may be a start or an end.
        """
        named = {column.casefold(): column for column in columns}
        starts = [named[name] for name in STARTS if name in named]
        ends = [named[name] for name in ENDS if name in named]
        duration = named.get("duration", "")
        if offset := named.get("offset", ""):
            if "onset" in named:
                ends.append(offset)
            elif duration and not starts and not ends:
                starts.append(offset)
            else:
                raise UnusableError(
                    f"{place}: column {offset!r} may be a start or an end: expected onset and offset, or offset and "
                    "duration; name it start or end"
                )
        for some in (starts, ends):
            if len(some) > 1:
                raise UnusableError(
                    f"{place}: columns {', '.join(some)} say the same: expected one of them; rename the others"
                )
        start, end = "".join(starts), "".join(ends)
        unread = [named[name] for name in PARTS if name in named]
        notes = [f"{place}: columns that are kept and not used: {', '.join(unread)}"] if unread else []
        if duration and not start:
            notes.append(f"{place}: column {duration!r} without a start is not used: whole recordings are read")
        return cls(start, end, duration if start and not end else "", tuple(notes))

    def read(self, cells: Mapping[str, str]) -> tuple[tuple[float, float], str]:
        """The part that a row means, and what is wrong with it; empty if nothing is.

        An empty start is the recording's own, as is an empty end.
        """
        values: dict[str, float | None] = {}
        for column in filter(None, (self.start, self.end, self.duration)):
            cell = cells[column].strip()
            if cell.casefold() in _NOTHING:
                values[column] = None
            elif (seconds := _seconds(cell)) is None:
                return EVERYTHING, f"{column} is '{shown(cell)}'; expected seconds, such as 1.5, or 0:00:01.5"
            else:
                values[column] = seconds
        start = values.get(self.start) or 0.0
        end, duration = values.get(self.end), values.get(self.duration)
        if end is None:
            end = math.inf if duration is None else start + duration
        if end <= start:
            return EVERYTHING, f"from {start:g} to {end:g} s; expected an end after the start"
        return (start, end), ""


def _seconds(cell: str) -> float | None:
    if not (match := _SECONDS.fullmatch(cell)):
        return None
    days, hours, minutes, seconds = (float((group or "0").replace(",", ".")) for group in match.groups())
    return 86_400 * days + 3600 * hours + 60 * minutes + seconds

"""What may be wrong with a clip, a sound or a photograph."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """The first two leave nothing to use; the others flag what is used.

    Changed is what was read in another way than it stands there, so that it means what it was meant to.
    """

    MISSING = "missing"
    BROKEN = "broken"
    DAMAGED = "damaged"
    SHORT = "short"
    SILENT = "silent"
    CLIPPED = "clipped"
    CHANGED = "changed"


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file.

    Attributes:
        kind: what is counted.
        detail: what is read, such as ``23 of 50 frames decode``; the rest of a line that names the file.
    """

    kind: ProblemKind
    detail: str


def describe(problems: Sequence[Problem]) -> str:
    """All details in one line; empty if nothing is wrong."""
    return "; ".join(problem.detail for problem in problems)

"""Other readings of SAVEE's numbers than one run: means of equal runs, and one whole speaker; what chance explains."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fdan.audit.grim import Printed
from fdan.audit.means import least_runs, nearby_possible

RUNS = range(1, 51)
"""Numbers of equal runs that are tried."""


@dataclass(frozen=True)
class FewestRuns:
    """The fewest equal runs, or folds of equal classes, whose means can be printed as a row; None above 50.

    Attributes:
        war: for the WAR alone.
        uar: for the UAR alone.
        both: for both at once.
        chance: how many pairs at most one point away are possible with `both` runs or fewer, in percent.
    """

    war: int | None
    uar: int | None
    both: int | None
    chance: float | None


@dataclass(frozen=True)
class Reading:
    """How many rows one reading explains, and how many random rows near the published ones it would.

    Attributes:
        name: what is averaged or tested.
        size: utterances that the numbers count then.
        rows: the rows whose WAR and UAR are possible together.
        chance: of a random pair at most one point away from a published one, to be possible; percent, mean over rows.
        chance_of_as_many: of one random pair near each row, that as many as `rows` or more are possible; percent.
    """

    name: str
    size: int
    rows: tuple[str, ...]
    chance: float
    chance_of_as_many: float


def fewest_runs(war: Printed, uar: Printed, counts: Sequence[int]) -> FewestRuns:
    """Find the fewest equal runs for a row's WAR, its UAR, and both."""
    both = least_runs(war, uar, counts, RUNS)
    return FewestRuns(
        least_runs(war, None, counts, RUNS).runs,
        least_runs(None, uar, counts, RUNS).runs,
        both.runs,
        None if both.chance_up_to is None else 100 * both.chance_up_to,
    )


def reading(name: str, rows: Sequence[tuple[str, Printed, Printed]], counts: Sequence[int]) -> Reading:
    """Ask each row's WAR and UAR of one run on `counts`, and count which of the pairs near them are possible.

    Args:
        name: what is averaged or tested.
        rows: name, WAR and UAR of each row.
        counts: utterances of each class, whose nearby pairs are few enough to be counted.
    """
    fitting, shares = [], []
    for row, war, uar in rows:
        near = nearby_possible(war, uar, counts)
        assert near is not None
        shares.append(float(near.mean()))
        if least_runs(war, uar, counts, range(1, 2)).runs:
            fitting.append(row)
    return Reading(
        name, sum(counts), tuple(fitting), 100 * float(np.mean(shares)), 100 * at_least(len(fitting), shares)
    )


def at_least(wanted: int, chances: Sequence[float]) -> float:
    """The probability that at least `wanted` of independent events with these probabilities happen; exact."""
    happened = np.zeros(len(chances) + 1)
    happened[0] = 1.0
    for chance in chances:
        happened[1:] = happened[1:] * (1 - chance) + happened[:-1] * chance
        happened[0] *= 1 - chance
    return float(happened[wanted:].sum())

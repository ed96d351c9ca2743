"""Differences of scores: what could have been found, and intervals of those that were not measured as pairs."""

import numpy as np

from fdan.results.statistics import LEVEL, SIGNIFICANCE, Estimate, Interval

POWER = 0.8
"""With which probability the minimum detectable effect would be found."""


def detectable(found: Estimate, tests: int = 1) -> float:
    """Return the minimum detectable effect: the smallest true difference that is found with probability `POWER`.

    It is found where p is below `SIGNIFICANCE` after Holm's correction, whose strictest step divides by `tests`. The
    standard error is the one that the 95 % interval implies, so the answer is of the rule that decides.

    Args:
        found: the difference.
        tests: how many primary contrasts are corrected for.
    """
    from scipy.stats import t

    return implied_error(found) * float(
        t.ppf(1 - SIGNIFICANCE / (2 * tests), found.freedom) + t.ppf(POWER, found.freedom)
    )


def implied_error(found: Estimate) -> float:
    """Return the standard error, in points, that the 95 % interval of a difference implies."""
    from scipy.stats import t

    half = (found.war_interval.high - found.war_interval.low) / 2
    return half / float(t.ppf((1 + LEVEL) / 2, found.freedom))


def independent_difference(first: Estimate, second: Estimate) -> Interval:
    """Return the 95 % interval of first minus second WAR from the errors of both (Welch, Biometrika 34:28, 1947).

    Where they share utterances, as a part and the whole do, their errors are positively correlated, and this interval
    is too wide rather than too narrow.
    """
    from scipy.stats import t

    parts = [(row.war_error**2, row.freedom) for row in (first, second)]
    square = sum(part for part, _ in parts)
    freedom = square**2 / sum(part**2 / freedom for part, freedom in parts) if square else 1.0
    half = float(t.ppf((1 + LEVEL) / 2, freedom) * np.sqrt(square))
    return Interval(first.war - second.war - half, first.war - second.war + half)


def difference_of_published(first: float, second: float, size: int) -> Interval:
    """Return the 95 % interval of a difference of two published WARs, from the binomial errors of both.

    The two networks answered the same utterances, but which ones each had right is not published. Taken as independent
    their error is an upper bound: on the same utterances it is smaller.

    Args:
        first: in percent.
        second: likewise.
        size: test utterances.
    """
    half = _NORMAL * published_error(first, second, size)
    return Interval(first - second - half, first - second + half)


def published_error(first: float, second: float, size: int) -> float:
    """Return the standard error, in points, of the difference of two published WARs as independent proportions."""
    return float(np.sqrt(sum(value * (100 - value) / size for value in (first, second))))


_NORMAL = 1.959963984540054
"""Standard errors on either side of a 95 % interval of a normal variable."""

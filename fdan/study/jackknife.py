"""Intervals over actors, and the verdict that one allows."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from fdan.results.statistics import LEVEL, SIGNIFICANCE, StatisticsError

POWER = 0.8
"""Share of repetitions in which the minimum detectable effect is found."""


class Jackknifed(NamedTuple):
    """A statistic and the ends of its 95 % interval, in its own units."""

    estimate: float
    low: float
    high: float


# To be merged with the one of fdan/results/statistics.py, which has the same signature.
def jackknife(statistic: Callable[[Bool[np.ndarray, "n"]], float], groups: Sequence[str]) -> Jackknifed:
    """Return a statistic with its delete-one-group jackknife interval, by t of G - 1 degrees of freedom.

    The standard error is ``sqrt((G - 1) / G * sum_g (s_g - mean)^2)`` with ``s_g`` the statistic without group g
    (Tukey 1958; Efron & Tibshirani 1993, chapter 11).

    Args:
        statistic: from the utterances that count, a mask [n], to a number.
        groups: the group of each of the n utterances, such as its actor.

    Raises:
        StatisticsError: there are fewer than two groups.
    """
    from scipy.stats import t

    places = np.unique(np.asarray(groups), return_inverse=True)[1]
    count = int(places.max()) + 1
    if count < 2:
        raise StatisticsError(f"jackknife: found {count} group, expected at least two")
    without = np.array([statistic(places != group) for group in range(count)])
    error = float(np.sqrt((count - 1) / count * ((without - without.mean()) ** 2).sum()))
    estimate, half = statistic(np.ones(len(places), dtype=bool)), float(t.ppf((1 + LEVEL) / 2, count - 1)) * error
    return Jackknifed(estimate, estimate - half, estimate + half)


def p_of(found: Jackknifed, groups: int) -> float:
    """Return the two-sided p of the t test that the statistic is 0; the interval comes from so many groups."""
    from scipy.stats import t

    error = error_of(found, groups)
    return float(2 * t.sf(abs(found.estimate) / error, groups - 1)) if error else float(not found.estimate)


def detectable(found: Jackknifed, groups: int, tests: int) -> float:
    """Return the smallest true difference that a test finds four times out of five.

    Args:
        found: the difference and its interval.
        groups: of the jackknife.
        tests: of the family: Holm's correction compares the smallest p with 0.05 / tests.
    """
    from scipy.stats import t

    quantiles = t.ppf(1 - SIGNIFICANCE / (2 * tests), groups - 1) + t.ppf(POWER, groups - 1)
    return float(quantiles) * error_of(found, groups)


def error_of(found: Jackknifed, groups: int) -> float:
    """Return the standard error, from the interval's width."""
    from scipy.stats import t

    return (found.high - found.low) / 2 / float(t.ppf((1 + LEVEL) / 2, groups - 1))


# A local copy of `verdict` of fdan/results/effects.py, to be removed once that is merged.
def verdict(low: float, high: float, published: float, margin: float) -> str:
    """Return what the 95 % interval of a difference says, by the first rule that holds.

    Args:
        low: its lower end, in points.
        high: its upper end.
        published: the paper's own difference, above 0.
        margin: a difference within +- this is too small to matter.
    """
    if high < 0:
        return "reversed"
    if -margin < low and high < margin:
        return "negligible"
    if high < published:
        return "smaller than published"
    if low > 0:
        return "as published" if low <= published else "larger than published"
    return "inconclusive"


def verdict_unpublished(low: float, high: float, margin: float, p: float | None) -> str:
    """Return the same where the paper has no such difference.

    Args:
        low: as in `verdict`.
        high: likewise.
        margin: likewise.
        p: after Holm's correction: *confirmed* means that the interval lies above 0 and p is below 0.05. None for an
            exploratory difference, which is not tested.
    """
    found = verdict(low, high, math.inf, margin)
    if found != "smaller than published":
        return found
    return "confirmed" if low > 0 and p is not None and p < SIGNIFICANCE else "inconclusive"

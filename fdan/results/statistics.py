"""How sure a score is, and whether two systems differ: intervals and tests, all in percent of 100.

A score of one run on n utterances is uncertain because n is small (Wilson, bootstrap over utterances), because few
speakers speak them (bootstrap over speakers; Ferrer et al., arXiv 2412.03700), and because training is random (the
standard deviation over seeds). None of the three stands for another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64

from fdan.metrics.predictions import Predictions
from fdan.runtime.errors import FdanError

LEVEL = 0.95
"""Coverage of every interval."""

RESAMPLES = 4000

SEED = 0


class StatisticsError(FdanError):
    """Two systems that were not measured on the same utterances, or counts that cannot be."""


@dataclass(frozen=True)
class Interval:
    """Ends of an interval, in percent or percentage points."""

    low: float
    high: float

    def has(self, value: float) -> bool:
        """Whether `value` lies in it, the ends included."""
        return self.low <= value <= self.high


def wilson(correct: int, size: int) -> Interval:
    """The 95 % Wilson interval of `correct` of `size`, in percent, by SciPy (Wilson, JASA 22:209, 1927).

    Raises:
        StatisticsError: not 0 <= correct <= size with size >= 1.
    """
    from scipy.stats import binomtest  # a second, so only where it is used

    if not 0 <= correct <= size or size < 1:
        raise StatisticsError(f"{correct} correct of {size}: expected 0 to {size} of at least 1")
    found = binomtest(correct, size).proportion_ci(LEVEL, method="wilson")
    return Interval(100 * float(found.low), 100 * float(found.high))


@dataclass(frozen=True)
class McNemar:
    """The exact McNemar test of two systems on the same utterances (McNemar, Psychometrika 12:153, 1947).

    Attributes:
        only_first: utterances that the first alone has right.
        only_second: those that the second alone has right.
        p: two-sided, binomial; 1 where the systems are never right apart.
    """

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Bool[np.ndarray, "n"], second: Bool[np.ndarray, "m"]) -> McNemar:
    """Test whether two systems are right equally often; the arguments say on which utterances each is right."""
    from scipy.stats import binomtest

    if len(first) != len(second):
        raise StatisticsError(f"{len(first)} and {len(second)} utterances: expected the same for both systems")
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    apart = only_first + only_second
    return McNemar(only_first, only_second, float(binomtest(only_first, apart).pvalue) if apart else 1.0)


def holm(p: Sequence[float]) -> tuple[float, ...]:
    """P values corrected for their number, in their order (Holm, Scand. J. Statist. 6:65, 1979).

    The smallest counts m times, the next m - 1 times, and none less than the one before.
    """
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, place in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        worst = max(worst, min(1.0, (len(p) - rank) * p[place]))
        adjusted[place] = worst
    return tuple(adjusted)


@dataclass(frozen=True)
class Difference:
    """First minus second system in percentage points, with 95 % percentile bootstrap intervals."""

    war: float
    uar: float
    war_interval: Interval
    uar_interval: Interval


def paired_bootstrap(first: Predictions, second: Predictions, groups: Sequence[str] | None = None) -> Difference:
    """Resample the test part many times and score both systems on each sample.

    Args:
        first: a system.
        second: another, on the same utterances.
        groups: what is drawn as a whole, one name per utterance, for example its speaker; by default
            every utterance is drawn by itself.

    A class that a sample lacks has no recall there and counts in no mean. Draws are whole numbers from a
    fixed seed, so the interval is the same on every machine.

    Raises:
        StatisticsError: the systems were measured on different utterances.
    """
    if first.utterances != second.utterances or first.truth.tolist() != second.truth.tolist():
        raise StatisticsError("expected both systems on the same utterances in the same order")
    n = len(first.utterances)
    places = np.arange(n) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    if len(places) != n:
        raise StatisticsError(f"{len(places)} groups for {n} utterances")
    shape = (int(places.max()) + 1, len(first.classes))
    sizes, correct_first, correct_second = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(sizes, (places, first.truth), 1)
    np.add.at(correct_first, (places, first.truth), first.predicted == first.truth)
    np.add.at(correct_second, (places, first.truth), second.predicted == second.truth)

    rng = np.random.default_rng(SEED)
    samples = [_differences(np.ones((1, shape[0])), sizes, correct_first, correct_second)]
    for start in range(0, RESAMPLES, 500):  # in parts: 4,000 x 2,745 would be 90 MB
        rows = min(500, RESAMPLES - start)
        draws = rng.integers(0, shape[0], size=(rows, shape[0]))
        times = np.zeros((rows, shape[0]))
        np.add.at(times, (np.arange(rows)[:, None], draws), 1)
        samples.append(_differences(times, sizes, correct_first, correct_second))
    observed, resampled = samples[0][0], np.concatenate(samples[1:])
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(resampled, [tail, 100 - tail], axis=0)
    intervals = [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Difference(float(observed[0]), float(observed[1]), intervals[0], intervals[1])


def _differences(
    times: Float64[np.ndarray, "b g"],
    sizes: Float64[np.ndarray, "g c"],
    correct_first: Float64[np.ndarray, "g c"],
    correct_second: Float64[np.ndarray, "g c"],
) -> Float64[np.ndarray, "b 2"]:
    """WAR and UAR differences in points of samples that hold group g `times[b, g]` times; whole numbers until here."""
    drawn = times @ sizes
    difference = times @ correct_first - times @ correct_second
    war = difference.sum(axis=1) / drawn.sum(axis=1)
    recalls = np.divide(difference, drawn, out=np.zeros_like(difference), where=drawn > 0)
    uar = recalls.sum(axis=1) / (drawn > 0).sum(axis=1)
    return 100 * np.stack([war, uar], axis=1)


def correct(predictions: Predictions) -> Bool[np.ndarray, "n"]:
    """On which utterances a system is right."""
    return np.asarray(predictions.predicted == predictions.truth)


def correct_of(percentage: float, size: int) -> int:
    """The number of right answers nearest to a published percentage of `size` utterances."""
    return round(percentage * size / 100)


SIGNIFICANCE = 0.05
"""A corrected p below this tells two systems apart."""

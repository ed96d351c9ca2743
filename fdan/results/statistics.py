"""Intervals and tests of scores and of their differences, in percent and percentage points.

A score on n utterances is uncertain because n is small (Wilson interval, bootstrap over utterances), because few
speakers spoke them (jackknife.py), and because training is random (bootstrap over seeds). docs/statistics.md explains
which interval stands where.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from fdan.errors import FdanError
from fdan.metrics.predictions import Predictions

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


def holm(p: Sequence[float], family: int = 0) -> tuple[float, ...]:
    """P values corrected for the number m of a family's tests, in their order (Holm, Scand. J. Statist. 6:65, 1979).

    The smallest counts m times, the next m - 1 times, and none less than the one before.

    Args:
        p: of the tests that were made.
        family: m, where tests that belong to the family were not made; they count as the largest.
    """
    adjusted, worst, tests = [0.0] * len(p), 0.0, max(family, len(p))
    for rank, place in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        worst = max(worst, min(1.0, (tests - rank) * p[place]))
        adjusted[place] = worst
    return tuple(adjusted)


@dataclass(frozen=True)
class Estimate:
    """WAR and UAR of a row, or of what one row has over another, in percent or points.

    Attributes:
        war: mean over the seeds, on the test part as it is.
        uar: likewise.
        war_interval: 95 %; see `bootstrap`.
        uar_interval: likewise.
        p: that the WAR is 0, two-sided; says something of a difference only.
        war_error: standard error of `war`.
        freedom: degrees of freedom of that error.
    """

    war: float
    uar: float
    war_interval: Interval
    uar_interval: Interval
    p: float
    war_error: float
    freedom: float


def bootstrap(gains: Float64[np.ndarray, "m n"], truth: Int64[np.ndarray, "n"]) -> Estimate:
    """Resample seeds, then utterances, many times, and score each sample.

    Two sources of chance: which networks training gave, and which utterances are tested. In each of `RESAMPLES` draws
    n of the n utterances are drawn with replacement, and, independently of them, m - 1 of the m seeds: m of a few would
    make the spread of their mean too small by (m - 1) / m (Rao & Wu, JASA 83:231, 1988). Of one seed the utterances
    alone are drawn. The draws depend on m and n alone: rows with as many seeds meet the same ones, the first seed with
    the first, and so on. They are whole numbers from a fixed seed, so an interval is the same on every machine.

    Args:
        gains: whole numbers. Of a row whether a seed's network is right about an utterance, 0 or 1; of two rows the
            difference of that, -1, 0 or 1.
        truth: class of each utterance.

    A class that a sample lacks has no recall there and counts in no mean. The p of a WAR of 0 is twice the smaller
    share of draws on either side of it, both counted with 0 and one more, so it is never below 2 / (RESAMPLES + 1).

    Draws of three seeds never leave the range of the three. That is too narrow where networks differ more by their
    seed than by the utterances: of equal systems with 2,745 utterances and seeds 4 points apart 18 % had p < 0.05
    (simulated). So where the seeds differ (`Spread.apart`), interval and p are at least as wide as those of a t test.
    Elsewhere draws count the interplay of seeds and utterances more than once: they are too wide rather than too narrow
    (1 % of equal systems).

    Raises:
        StatisticsError: labels for another number of utterances.
    """
    seeds, n = gains.shape
    if len(truth) != n:
        raise StatisticsError(f"{len(truth)} labels for {n} utterances: expected one for each")
    labels = np.unique(truth, return_inverse=True)[1]
    shape = (n, int(labels.max()) + 1)
    sizes, sums = np.zeros(shape, np.float32), np.zeros((*shape, seeds), np.float32)
    sizes[np.arange(n), labels] = 1
    sums[np.arange(n), labels] = gains.T.astype(np.float32)
    whole = np.ones((1, n), np.float32), np.ones((1, seeds), np.float32)
    (war,), (uar,) = _scores(*whole, sizes, sums)
    wars, uars = _scores(_times(n, n, 0), _times(seeds, max(1, seeds - 1), 1), sizes, sums)
    tail = 100 * (1 - LEVEL) / 2
    ends = np.percentile(np.stack([wars, uars], axis=1), [tail, 100 - tail], axis=0)
    fewer = min(int((wars <= 0).sum()), int((wars >= 0).sum())) + 1
    p = min(1.0, 2 * fewer / (RESAMPLES + 1))
    by_war, by_uar = map(Spread.of, _by_group(sizes, sums))
    floor = 0.0 if gains.min() >= 0 else -100.0
    of_war, of_uar = (
        spread.widen(Interval(float(low), float(high)), float(mean), floor)
        for spread, low, high, mean in zip((by_war, by_uar), *ends, (war, uar), strict=True)
    )
    freedom = by_war.freedom if by_war.apart else n - 1.0
    return Estimate(float(war), float(uar), of_war, of_uar, max(p, by_war.p(float(war))), by_war.error, freedom)


@dataclass(frozen=True)
class Spread:
    """How sure a mean over m seeds and n groups of utterances is, by a two-way analysis of variance.

    Both are drawn at random and cross each other, without replication. With the mean squares of seeds, groups and the
    rest, the mean has the variance (MS_seeds + MS_groups - MS_rest) / m n (Cornfield & Tukey, Ann. Math. Stat. 27:907,
    1956), and as many degrees of freedom as Satterthwaite's rule says (Biometrics Bulletin 2:110, 1946).

    Attributes:
        error: standard error of the mean, in percent or points.
        freedom: its degrees of freedom.
        apart: whether the seeds differ: an F test of MS_seeds against MS_rest at the 5 % level.
    """

    error: float
    freedom: float
    apart: bool

    @classmethod
    def of(cls, values: Float64[np.ndarray, "m n"]) -> "Spread":
        """Of a table whose mean is the mean; of one seed the groups alone count, and of one group nothing is known."""
        m, n = values.shape
        if n == 1:
            return cls(0.0, 1.0, False)
        mean, seeds, groups = values.mean(), values.mean(axis=1), values.mean(axis=0)
        of_groups = m * float(((groups - mean) ** 2).sum()) / (n - 1)
        if m == 1:
            return cls(float(np.sqrt(of_groups / n)), n - 1.0, False)
        of_seeds = n * float(((seeds - mean) ** 2).sum()) / (m - 1)
        of_rest = float(((values - seeds[:, None] - groups + mean) ** 2).sum()) / ((m - 1) * (n - 1))
        whole = of_groups + max(0.0, of_seeds - of_rest)
        parts = of_seeds**2 / (m - 1) + of_groups**2 / (n - 1) + of_rest**2 / ((m - 1) * (n - 1))
        freedom = max(1.0, whole**2 / parts) if parts else 1.0
        return cls(float(np.sqrt(whole / (m * n))), freedom, _exceeds(of_seeds, of_rest, m - 1, (m - 1) * (n - 1)))

    def widen(self, interval: Interval, mean: float, floor: float) -> Interval:
        """The interval, no narrower than t's where the seeds differ; a percentage ends at 100, and at `floor`."""
        from scipy.stats import t

        half = float(t.ppf((1 + LEVEL) / 2, self.freedom)) * self.error if self.apart else 0.0
        return Interval(max(floor, min(interval.low, mean - half)), min(100.0, max(interval.high, mean + half)))

    def p(self, mean: float) -> float:
        """Of the t test that the mean is 0, two-sided; 0 where the seeds do not differ."""
        from scipy.stats import t

        return float(2 * t.sf(abs(mean) / self.error, self.freedom)) if self.apart and self.error else 0.0


def _exceeds(of_seeds: float, of_rest: float, m: int, rest: int) -> bool:
    from scipy.stats import f

    return bool(of_seeds > 0 and (of_rest == 0 or f.sf(of_seeds / of_rest, m, rest) < 1 - LEVEL))


def _by_group(
    sizes: Float32[np.ndarray, "g c"], sums: Float32[np.ndarray, "g c m"]
) -> tuple[Float64[np.ndarray, "m g"], Float64[np.ndarray, "m g"]]:
    """WAR and UAR of each seed as means over groups: to the score each group adds what it moves it by, times g."""
    n, gained = sizes.astype(np.float64), sums.astype(np.float64)
    of_class = n.sum(axis=0)
    recalls = gained.sum(axis=0) / of_class[:, None]
    war, uar = gained.sum(axis=(0, 1)) / n.sum(), recalls.mean(axis=0)
    moved = (gained - recalls * n[:, :, None]) / of_class[:, None]
    wars = war + len(n) * (gained.sum(axis=1) - n.sum(axis=1)[:, None] * war) / n.sum()
    return 100 * wars.T, 100 * (uar + len(n) * moved.mean(axis=1)).T


@lru_cache(maxsize=8)  # of MELD's 2,745 utterances 44 MB; every row of a corpus asks for the same
def _times(n: int, drawn: int, stream: int) -> Float32[np.ndarray, "b n"]:
    """How often each of n things stands in each draw of `drawn`; `stream` keeps seeds and utterances independent."""
    draws = np.random.default_rng((SEED, stream)).integers(0, n, size=(RESAMPLES, drawn))
    draws += n * np.arange(RESAMPLES)[:, None]
    return np.bincount(draws.ravel(), minlength=RESAMPLES * n).reshape(RESAMPLES, n).astype(np.float32)


def _scores(
    utterances: Float32[np.ndarray, "b g"],
    seeds: Float32[np.ndarray, "b m"],
    sizes: Float32[np.ndarray, "g c"],
    sums: Float32[np.ndarray, "g c m"],
) -> tuple[Float64[np.ndarray, "b"], Float64[np.ndarray, "b"]]:
    """WAR and UAR of samples that hold group g `utterances[b, g]` and seed m `seeds[b, m]` times."""
    groups, classes, m = sums.shape
    # All are whole numbers until the division: below 2^24 their sums are exact in float32, in any order.
    drawn = (utterances @ sizes).astype(np.float64)
    gained = (utterances @ sums.reshape(groups, classes * m)).reshape(-1, classes, m).astype(np.float64)
    total = np.einsum("bcm,bm->bc", gained, seeds.astype(np.float64))
    war = total.sum(axis=1) / drawn.sum(axis=1)
    recalls = np.divide(total, drawn, out=np.zeros_like(total), where=drawn > 0)
    each = 100 / seeds.sum(axis=1, dtype=np.float64)
    return each * war, each * recalls.sum(axis=1) / (drawn > 0).sum(axis=1)


def correct(predictions: Predictions) -> Bool[np.ndarray, "n"]:
    """On which utterances a system is right."""
    return np.asarray(predictions.predicted == predictions.truth)


def correct_of(percentage: float, size: int) -> int:
    """The number of right answers nearest to a published percentage of `size` utterances."""
    return round(percentage * size / 100)


SIGNIFICANCE = 0.05
"""A difference is significant where its corrected p is below this."""

"""The delete-one-group jackknife: intervals of pooled scores over few speakers, or over dialogues.

Utterances of one speaker resemble each other, so a score on few speakers is less certain than its number of
utterances suggests. A percentile bootstrap over G speakers is too narrow: it draws from G values, and its spread
misses a factor of sqrt(G / (G - 1)) and the tails of t. Equal systems differ by p < 0.05 in 11 % of cases at 8 speakers
and in 19 % at 4. The jackknife recomputes the printed score without one speaker at a time (Tukey, Ann. Math. Stat.
29:614, 1958), so the number and its interval are of the same statistic.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64

from fdan.metrics.predictions import Predictions
from fdan.results.statistics import LEVEL, Estimate, Interval, Spread, StatisticsError

METRICS = ("war", "uar", "wf1")
"""The scores of `scores_of`, in the order of its last axis."""


def count_by_group(seeds: Sequence[Predictions], groups: Sequence[str]) -> Int64[np.ndarray, "m g c c"]:
    """Return the confusion matrix of each seed and group; row = true class, column = predicted class.

    Args:
        seeds: m runs on the same n utterances, with the same classes.
        groups: n names, such as the speaker of each utterance.

    Raises:
        StatisticsError: the number of groups is not n, or they are fewer than two.
    """
    first = seeds[0]
    if len(groups) != len(first.utterances):
        raise StatisticsError(f"{len(groups)} groups for {len(first.utterances)} utterances: expected one for each")
    names, places = np.unique(np.asarray(groups), return_inverse=True)
    if len(names) < 2:
        raise StatisticsError(f"jackknife: found one group, {str(names[0])!r}; expected two or more")
    counts = np.zeros((len(seeds), len(names), len(first.classes), len(first.classes)), np.int64)
    for of_seed, run in zip(counts, seeds, strict=True):
        np.add.at(of_seed, (places, run.truth, run.predicted), 1)
    return counts


def scores_of(counts: Int64[np.ndarray, "*a c c"]) -> Float64[np.ndarray, "*a 3"]:
    """Return WAR, UAR and w-F1 of confusion matrices, in percent.

    As `fdan.metrics.scores.score` defines them: a class without utterances counts in no mean, and a class that is never
    predicted has F1 0.
    """
    right = np.diagonal(counts, axis1=-2, axis2=-1).astype(np.float64)
    of_class, answered = counts.sum(axis=-1), counts.sum(axis=-2)
    total = of_class.sum(axis=-1)
    recall = np.divide(right, of_class, out=np.zeros_like(right), where=of_class > 0)
    both = of_class + answered
    f1 = np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0)
    war = right.sum(axis=-1) / total
    uar = recall.sum(axis=-1) / (of_class > 0).sum(axis=-1)
    return 100 * np.stack([war, uar, (f1 * of_class).sum(axis=-1) / total], axis=-1)


def jackknife(
    first: Sequence[Predictions], groups: Sequence[str], second: Sequence[Predictions] = ()
) -> dict[str, tuple[float, Interval, Spread]]:
    """Return each of `METRICS` with its 95 % interval and its error, by leaving out one group at a time.

    The score is the pooled one: of all utterances together, averaged over seeds. With G groups the interval is that of
    t with G - 1 degrees of freedom, also with one seed. Where the seeds differ by more than the groups explain
    (`Spread.apart`), it is no narrower than the t interval of the two-way analysis of variance.

    Args:
        first: m runs on the same n utterances.
        groups: n names of speakers or dialogues.
        second: m runs to subtract from them, seed by seed; none for the scores themselves.

    Returns:
        Metric -> mean in percent or points, interval, error with its degrees of freedom.

    Raises:
        StatisticsError: as `count_by_group`.
    """
    whole, without = _leave_one_out(first, groups)
    if second:
        less, less_without = _leave_one_out(second, groups)
        whole, without = whole - less, without - less_without
    return {name: _interval(whole[:, k], without[:, :, k], 0.0 if not second else -100.0) for k, name in _NUMBERED}


_NUMBERED = tuple(enumerate(METRICS))


def _leave_one_out(
    seeds: Sequence[Predictions], groups: Sequence[str]
) -> tuple[Float64[np.ndarray, "m 3"], Float64[np.ndarray, "m g 3"]]:
    counts = count_by_group(seeds, groups)
    total = counts.sum(axis=1)
    return scores_of(total), scores_of(total[:, None] - counts)


def _interval(
    whole: Float64[np.ndarray, "m"], without: Float64[np.ndarray, "m g"], floor: float
) -> tuple[float, Interval, Spread]:
    from scipy.stats import t  # a second, so only where it is used

    groups, mean = without.shape[1], float(whole.mean())
    values = groups * whole[:, None] - (groups - 1) * without  # Tukey's pseudo-values
    spread, crossed = Spread.of(values.mean(axis=0, keepdims=True)), Spread.of(values)
    halves = [
        (float(t.ppf((1 + LEVEL) / 2, s.freedom)) * s.error, s) for s in (spread, crossed) if s is spread or s.apart
    ]
    half, widest = max(halves, key=lambda found: found[0])
    return mean, Interval(max(floor, mean - half), min(100.0, mean + half)), widest


def over_groups(first: Sequence[Predictions], groups: Sequence[str], second: Sequence[Predictions] = ()) -> Estimate:
    """Return WAR and UAR with jackknife intervals; see `jackknife` for arguments and errors."""
    from scipy.stats import t

    found = jackknife(first, groups, second)
    war, war_interval, error = found["war"]
    uar, uar_interval, _ = found["uar"]
    p = float(2 * t.sf(abs(war) / error.error, error.freedom)) if error.error else float(war == 0)
    return Estimate(war, uar, war_interval, uar_interval, p, error.error, error.freedom)

"""The GRIM test of a mean over equal runs or folds, and how often chance passes it.

The mean WAR of k runs on n utterances each is a multiple of 1/(k n), and every multiple from 0 to 1 is one. A mean UAR
is likewise that of one run on k times the utterances of each class. So k runs, and k folds whose classes are of equal
size, are one run on counts times k. With many runs nearly every value is possible: a least number of runs says
something only beside the share of nearby values that pass as well, which is counted here, all of them.

The mean over folds of n_1 ... n_F utterances is the mean of k_i/n_i: a UAR whose classes are the folds. That a paper
averages values which it rounded before is not considered.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from fdan.audit.grim import (
    AuditError,
    Printed,
    Verdict,
    check_counts,
    check_size,
    multiples,
    reachable_pair,
    reachable_uar,
    reachable_war,
)

_Near = Bool[np.ndarray, "..."]

_BUDGET = 30_000_000
"""Machine words that counting nearby pairs may touch; about a second."""


@dataclass(frozen=True)
class Least:
    """The fewest equal runs or folds whose mean can be printed as given.

    Attributes:
        runs: None where no number of the range allows it.
        hits: right answers per class, or in all, of one example.
        undecided: fewer runs for which the search was given up.
        chance: the share of nearby values, or pairs of them, that are possible with exactly `runs`; None where they
            are too many to count.
        chance_up_to: the share that is possible with `runs` or fewer of the range.
    """

    runs: int | None
    hits: tuple[int, ...] = ()
    undecided: tuple[int, ...] = ()
    chance: float | None = None
    chance_up_to: float | None = None


def least_runs(
    war: Printed | None, uar: Printed | None, counts: Sequence[int], runs: range, classes: int | None = None
) -> Least:
    """Find the fewest equal runs that allow a WAR, a UAR, or both at once.

    Args:
        war: mean WAR over the runs; None: only the UAR is asked for.
        uar: mean UAR; None: only the WAR is asked for, and `counts` may be their sum alone.
        counts: test utterances of each class in one run.
        runs: the numbers of runs to try, rising.
        classes: as in `multiples`.

    Raises:
        AuditError: counts that nobody has, or not from 1 to 1,000 runs.
    """
    if not runs or not 1 <= runs.start <= runs[-1] <= 1000:
        raise AuditError("a mean needs 1 to 1,000 runs, for example 1:20")
    check_size(sum(counts) * runs[-1])
    undecided: list[int] = []
    passed: _Near | None = None
    countable = True
    for k in runs:
        scaled = [k * n for n in counts]
        found = _check(war, uar, scaled, classes)
        now = nearby_possible(war, uar, scaled, classes) if countable else None
        countable = now is not None
        if now is not None:
            passed = now if passed is None else passed | now
        if found.possible:
            shares = (None, None) if now is None or passed is None else (float(now.mean()), float(passed.mean()))
            return Least(k, found.hits, tuple(undecided), *shares)
        undecided += [k] if found.possible is None else []
    return Least(None, (), tuple(undecided))


def mean_of_folds(value: Printed, sizes: Sequence[int]) -> Verdict:
    """Whether the mean of one WAR per fold, on folds of these sizes, can be printed as `value`.

    Raises:
        AuditError: not 2 to 100 folds of at least one utterance.
    """
    if not 2 <= len(sizes) <= 100 or min(sizes) < 1:
        shown = ",".join(map(str, sizes))[:60]
        raise AuditError(f"folds {shown}: expected the test utterances of 2 to 100 folds, at least 1 each")
    return reachable_uar(value, sizes)


def _check(war: Printed | None, uar: Printed | None, counts: Sequence[int], classes: int | None) -> Verdict:
    if uar is None:
        assert war is not None
        return reachable_war(war, sum(counts))
    return reachable_uar(uar, counts, classes=classes) if war is None else reachable_pair(war, uar, counts, classes)


def nearby(value: Printed) -> range:
    """The printed values at most one point away, as units: 201 of them for two decimals, fewer next to 0 and 100."""
    point = value.scale // 100
    return range(max(0, value.units - point), min(value.scale, value.units + point) + 1)


def nearby_possible(
    war: Printed | None, uar: Printed | None, counts: Sequence[int], classes: int | None = None
) -> _Near | None:
    """Which of the `nearby` values, or pairs of a WAR and a UAR, one run on these counts allows; all are counted.

    Returns:
        An array over the nearby WARs, the nearby UARs, or both, WARs first; None where they are too many to count.
    """
    size = sum(counts)
    if uar is None:
        assert war is not None
        near = np.zeros(len(nearby(war)), dtype=bool)
        for hits in _within(war, size):
            near[_places(war, hits, size)] = True
        return near
    check_counts(counts)
    whole = multiples(counts, classes)
    sums = _reachable_sums(counts, _within(war, size) if war is not None else None)
    if sums is None:
        return None
    near = np.zeros((len(nearby(war)) if war is not None else 1, len(nearby(uar))), dtype=bool)
    for hits, reachable in sums.items():
        rows = _places(war, hits, size) if war is not None else [0]
        for total in _within(uar, whole):
            if reachable >> total & 1:
                near[np.ix_(rows, _places(uar, total, whole))] = True
    return near if war is not None else near[0]


def _within(value: Printed, denominator: int) -> range:
    """The numerators that may be printed as a nearby value."""
    near = nearby(value)
    first = (2 * near.start - 1) * denominator // (2 * value.scale)
    last = near.stop * denominator // value.scale + 1
    return range(max(0, first), min(denominator, last) + 1)


def _places(value: Printed, numerator: int, denominator: int) -> list[int]:
    """Where among the nearby values this fraction is printed, cut and rounded; half to even gives one of the two."""
    near, whole = nearby(value), numerator * value.scale
    return [unit - near.start for unit in {*_printed(whole, denominator)} if unit in near]


def _printed(whole: int, denominator: int) -> Iterator[int]:
    yield whole // denominator
    yield (2 * whole + denominator) // (2 * denominator)


def _reachable_sums(counts: Sequence[int], wanted: range | None) -> dict[int, int] | None:
    """Right answers in all -> the sums of weighted right answers that they allow, as bits; all sums under 0 without.

    A class of n utterances weighs a right answer lcm/n, so that the sum is the numerator of the UAR. Classes of one
    size are one group. Dynamic programming over the groups: a group of capacity c adds 0 to c right answers.
    """
    sizes = sorted({n for n in counts if n})
    common = math.lcm(*sizes)
    groups = [(counts.count(n) * n, common // n) for n in sizes]
    bits, most = common * sum(n > 0 for n in counts), sum(capacity for capacity, _ in groups)
    if (bits // 64 + 1) * sum(capacity for capacity, _ in groups) * (most if len(groups) > 2 else 40) > _BUDGET:
        return None
    sums = {0: 1}
    for place, (capacity, weight) in enumerate(groups):
        if wanted is None:
            sums = {0: _repeated(sums[0], capacity, weight)}
            continue
        last = place == len(groups) - 1
        totals = wanted if last else range(sum(c for c, _ in groups[: place + 1]) + 1)
        new = dict.fromkeys(totals, 0)
        for total in totals:
            for before in range(max(0, total - capacity), total + 1):
                if before in sums:
                    new[total] |= sums[before] << ((total - before) * weight)
        sums = new
    return sums


def _repeated(bits: int, times: int, shift: int) -> int:
    """`bits` moved by 0, 1 ... `times` shifts, all together; by doubling."""
    done = 0
    while done < times:
        step = min(done + 1, times - done)
        bits |= bits << (step * shift)
        done += step
    return bits

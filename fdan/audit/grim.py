"""The GRIM test of a WAR and a UAR: which values a test part can give at all, in exact integer arithmetic.

GRIM is granularity-related inconsistency of means (Brown & Heathers, Social Psychological and Personality Science
8:363, 2017): a mean of n whole numbers is a multiple of 1/n, so not every printed mean can be one. A WAR is such a
mean; a UAR is a mean over classes that need not be of one size, which is what is added here.

On n utterances a WAR is k/n. On classes of n_1 ... n_c utterances a UAR is the mean of k_i/n_i, hence a
multiple of 1/(c L) with L the least common multiple of the n_i. A printed percentage stands for a small
interval; if no reachable value lies in it, the number is not that of one run on that test part. The test does not say
why: a typing error, a mean over runs (`fdan.audit.means`) and another test part look the same to it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from fdan.errors import FdanError

RULES = ("rounded half up", "rounded half to even", "truncated")
"""The ways in which a table may have been printed."""

ANY = "rounded or truncated"
"""Each value by whichever rule suits it: what `possible` means throughout."""

_BUDGET = 500_000
"""Nodes of a search; three seconds. A search that reaches it stays undecided."""


class AuditError(FdanError):
    """What is to be checked is no percentage, no class counts or no range of sizes."""


class UndecidedError(Exception):
    """The search was given up: neither an example nor a proof that there is none."""


@dataclass(frozen=True)
class Printed:
    """A percentage as printed: 86.66 is 8666 `units` of 1/10,000."""

    units: int
    decimals: int

    @staticmethod
    def parse(text: str) -> "Printed":
        """Read ``86.66``, ``86.7`` or ``86.66%``; the digits given are the precision.

        Raises:
            AuditError: it is not a plain number from 0 to 100 with at most six decimals, or looks like a fraction of 1.
        """
        given, text = text, text.strip().removesuffix("%").rstrip()
        if re.fullmatch(r"\d+,\d+", text, re.ASCII):  # a decimal comma, or two values: two readings
            point = text.replace(",", ".")
            raise AuditError(f"{given!r}: expected a decimal point and spaces between values, for example {point}")
        try:
            plain = text.isascii() and text.replace(".", "", 1).isdigit()
            value = Decimal(text) if plain and len(text) < 12 else Decimal("NaN")
        except InvalidOperation:
            value = Decimal("NaN")
        decimals = len(text.partition(".")[2])
        if not value.is_finite() or value > 100 or decimals > 6:
            raise AuditError(f"{given[:40]!r}: expected a percentage from 0 to 100 as printed, for example 86.66")
        if 0 < value <= 1 and decimals:  # no paper prints a recall of one percent or less
            percent = f"{100 * value:.{max(0, decimals - 2)}f}"
            raise AuditError(f"{given!r} looks like a fraction of 1; a value is in percent: {percent}")
        return Printed(int(value.scaleb(decimals)), decimals)

    @property
    def scale(self) -> int:
        """Units in the whole: 10,000 for two decimals."""
        return int(100 * 10**self.decimals)

    def numerators(self, denominator: int, rule: str = ANY) -> range:
        """All integers m for which m/denominator is printed as this value by `rule`; not cut to [0, denominator]."""
        u, whole = self.units, self.scale
        first = -((-(2 * u - 1) * denominator) // (2 * whole))  # ceil of half a unit below
        last = -((-(2 * u + 1) * denominator) // (2 * whole)) - 1  # below half a unit above
        if rule == "rounded half to even":
            tie = (2 * u + 1) * denominator % (2 * whole) == 0
            tie_below = (2 * u - 1) * denominator % (2 * whole) == 0
            first, last = first + (tie_below and u % 2 == 1), last + (tie and u % 2 == 0)
        if rule == "truncated":
            first = -((-u * denominator) // whole)
        if rule in {"truncated", ANY}:
            last = -((-(u + 1) * denominator) // whole) - 1
        return range(first, last + 1)

    def __str__(self) -> str:
        return f"{Decimal(self.units).scaleb(-self.decimals):f}"


@dataclass(frozen=True)
class Verdict:
    """Whether a printed value can be right.

    Attributes:
        possible: None where the search was given up.
        rules: the rules of printing under which it is possible; more than one, or none but a mix of them.
        hits: right answers per class, or in all, of one example; empty if there is none.
        nearest: the reachable values next to an impossible one, below and above, as fractions of 1.
    """

    possible: bool | None
    rules: tuple[str, ...] = ()
    hits: tuple[int, ...] = ()
    nearest: tuple[Fraction, ...] = ()


def check_size(size: int) -> None:
    """Raise `AuditError` for a test part that nobody has."""
    if not 1 <= size <= 10**7:
        raise AuditError(f"{size} test utterances: expected 1 to 10,000,000")


def check_counts(counts: Sequence[int]) -> None:
    """Raise `AuditError` for class counts that nobody has; a class may have no test utterance."""
    if len(counts) > 100 or min(counts) < 0 or sum(n > 0 for n in counts) < 2:
        shown = ",".join(map(str, counts))[:60]
        raise AuditError(f"class counts {shown}: expected at most 100 counts, two of them at least 1")
    check_size(sum(counts))


def multiples(counts: Sequence[int], classes: int | None = None) -> int:
    """Return the number D for which every UAR on class counts is m/D: a class' recall is k_i/n_i.

    Args:
        counts: test utterances of each class; a class without any has no recall.
        classes: over how many classes the recalls are averaged; None: over those with test utterances. The number of
            all classes gives a class without test utterances recall 0.
    """
    tested = [n for n in counts if n]
    return (classes or len(tested)) * math.lcm(*tested)


def reachable_war(war: Printed, size: int) -> Verdict:
    """Whether k of `size` utterances give this WAR."""
    check_size(size)
    hits = [k for k in war.numerators(size) if 0 <= k <= size]
    if hits:
        rules = tuple(rule for rule in RULES if any(0 <= k <= size for k in war.numerators(size, rule)))
        return Verdict(True, rules, (hits[0],))
    below = war.units * size // war.scale
    return Verdict(False, nearest=tuple(Fraction(k, size) for k in (below, below + 1) if k <= size))


def reachable_uar(uar: Printed, counts: Sequence[int], hits: int | None = None, classes: int | None = None) -> Verdict:
    """Whether class counts allow this UAR, with `hits` right answers in all if given; `classes` as in `multiples`."""
    check_counts(counts)
    parts, whole = _Parts.of(counts), multiples(counts, classes)
    try:
        example = parts.find(uar.numerators(whole), hits)
        if example is None:
            return Verdict(False, nearest=_nearest(parts, uar.numerators(whole), whole, hits))
        rules = tuple(rule for rule in RULES if parts.find(uar.numerators(whole, rule), hits) is not None)
    except UndecidedError:
        return Verdict(None)
    return Verdict(True, rules, example)


def reachable_pair(war: Printed, uar: Printed, counts: Sequence[int], classes: int | None = None) -> Verdict:
    """Whether one set of right answers gives both values at once; `classes` as in `multiples`."""
    check_counts(counts)
    size, whole, parts = sum(counts), multiples(counts, classes), _Parts.of(counts)
    try:
        example = _pair(parts, war.numerators(size), uar.numerators(whole))
        if example is None:
            return Verdict(False)
        found = [r for r in RULES if _pair(parts, war.numerators(size, r), uar.numerators(whole, r)) is not None]
    except UndecidedError:
        return Verdict(None)
    return Verdict(True, tuple(found), example)


def _pair(parts: "_Parts", wars: range, uars: range) -> tuple[int, ...] | None:
    examples = (parts.find(uars, hits) for hits in wars)
    return next((example for example in examples if example is not None), None)


def _nearest(parts: "_Parts", wanted: range, whole: int, hits: int | None) -> tuple[Fraction, ...]:
    # Outward in steps of a hundredth of a percent; then, within the step that has any, the closest one.
    step = max(1, whole // 10_000)
    found = []
    for edge, direction in ((wanted.start - 1, -1), (wanted.stop, 1)):
        while 0 <= edge <= whole:
            window = sorted((edge, edge + direction * (step - 1)))
            best = None
            while (example := parts.find(range(window[0], window[1] + 1), hits)) is not None:
                best = parts.total(example)
                window = [best + 1, window[1]] if direction < 0 else [window[0], best - 1]
            if best is not None:
                found.append(Fraction(best, whole))
                break
            edge += direction * step
    return tuple(found)


@dataclass(frozen=True)
class _Parts:
    """Classes of equal size taken together: `groups` are (places in counts, class size, weight of a hit).

    A hit in a class of n utterances adds L/n to the sum that is c L times the UAR. Groups are sorted by
    falling weight, so the fine steps come last, where they are solved in closed form.
    """

    counts: tuple[int, ...]
    groups: tuple[tuple[tuple[int, ...], int, int], ...]

    @staticmethod
    def of(counts: Sequence[int]) -> "_Parts":
        sizes = sorted({n for n in counts if n})
        common = math.lcm(*sizes)
        groups = ((tuple(i for i, m in enumerate(counts) if m == n), n, common // n) for n in sizes)
        return _Parts(tuple(counts), tuple(groups))

    def total(self, hits: Sequence[int]) -> int:
        common = math.lcm(*(n for n in self.counts if n))
        return sum(k * (common // n) for k, n in zip(hits, self.counts, strict=True) if n)

    def find(self, wanted: range, hits: int | None) -> tuple[int, ...] | None:
        """Hits per class whose weights sum to one of `wanted`; None if there are none."""
        capacities = [len(places) * n for places, n, _ in self.groups]
        weights = [weight for *_, weight in self.groups]
        taken = _Search(capacities, weights).run(0, wanted.start, wanted.stop - 1, hits)
        if taken is None:
            return None
        example = [0] * len(self.counts)
        for (places, n, _), rest in zip(self.groups, taken, strict=True):
            for place in places:
                example[place] = min(n, rest)
                rest -= example[place]
        return tuple(example)


class _Search:
    """Depth first with bounds: what the groups still open can add at least and at most ends most branches."""

    def __init__(self, capacities: list[int], weights: list[int]) -> None:
        self.capacities, self.weights, self.nodes = capacities, weights, 0

    def run(self, at: int, low: int, high: int, hits: int | None) -> list[int] | None:
        self.nodes += 1
        if self.nodes > _BUDGET:
            raise UndecidedError
        least, most = self._bounds(at, hits)
        if low > high or most < low or least > high:
            return None
        capacity, weight = self.capacities[at], self.weights[at]
        left = len(self.capacities) - at
        if left == 1:
            if hits is not None:
                return [hits]
            k = max(0, -(-low // weight))
            return [k] if k <= capacity and k * weight <= high else None
        if left == 2 and hits is not None:  # k here and hits - k there: an interval of k
            other, step = self.weights[-1], weight - self.weights[-1]
            first = max(0, hits - self.capacities[-1], -(-(low - hits * other) // step))
            last = min(capacity, hits, (high - hits * other) // step)
            return [first, hits - first] if first <= last else None
        open_now = sum(self.capacities[at:])
        start = capacity * hits // open_now if hits is not None else max(0, low) * capacity // max(1, most)
        for k in _outward(min(start, capacity), capacity if hits is None else min(capacity, hits)):
            spent = k * weight
            rest = self.run(at + 1, low - spent, high - spent, None if hits is None else hits - k)
            if rest is not None:
                return [k, *rest]
        return None

    def _bounds(self, at: int, hits: int | None) -> tuple[int, int]:
        pairs = list(zip(self.capacities[at:], self.weights[at:], strict=True))
        if hits is None:
            return 0, sum(capacity * weight for capacity, weight in pairs)
        if not 0 <= hits <= sum(capacity for capacity, _ in pairs):
            return 1, 0  # nothing lies between
        sums = []
        for order in (reversed(pairs), pairs):
            rest, total = hits, 0
            for capacity, weight in order:
                total += min(rest, capacity) * weight
                rest -= min(rest, capacity)
            sums.append(total)
        return sums[0], sums[1]


def _outward(start: int, last: int) -> list[int]:
    return sorted(range(last + 1), key=lambda k: abs(k - start))

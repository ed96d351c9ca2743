"""Which test sizes a set of published WARs fits, and how often random values would fit as well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from fdan.audit.grim import ANY, RULES, AuditError, Printed, check_size


@dataclass(frozen=True)
class Scan:
    """Test sizes on which a set of WARs is possible.

    Attributes:
        sizes: those where every value is, by whichever rule suits each.
        by_rule: those where one rule suits all.
        chance_somewhere: how often as many random values pass at some size of the range; simulated.
        chance_at: the same at each of `sizes`; exact.
    """

    sizes: tuple[int, ...]
    by_rule: dict[str, tuple[int, ...]]
    chance_somewhere: float
    chance_at: dict[int, float]


def scan_sizes(wars: Sequence[Printed], sizes: range, trials: int = 20_000, seed: int = 0) -> Scan:
    """Find the test sizes that allow all of `wars`, and how much that says.

    Args:
        wars: values with the same number of decimals.
        sizes: the range.
        trials: sets of random values, each value uniform over all that can be printed from 0 to 100.
        seed: of those.

    Raises:
        AuditError: no values, values of different precision or of more than three decimals, or a range that is
            empty or has more than 100,000 sizes.
    """
    if not wars or len({war.decimals for war in wars}) > 1 or wars[0].decimals > 3:
        raise AuditError("a scan needs values with the same number of decimals, at most three")
    if not 1 <= len(sizes) <= 100_000:
        raise AuditError("a scan needs 1 to 100,000 sizes, for example 500:2800")
    check_size(sizes.start)
    check_size(sizes.stop - 1)

    def fit(rule: str) -> tuple[int, ...]:
        return tuple(n for n in sizes if all(_within(war.numerators(n, rule), n) for war in wars))

    scale = wars[0].scale
    found = fit(ANY)
    draws = np.random.default_rng(seed).integers(0, scale + 1, size=(trials, len(wars)))
    failing, passed = np.arange(trials), np.zeros(trials, dtype=bool)
    for size in sizes:
        printable = _printable(size, scale)
        passing = failing
        for column in draws.T:
            passing = passing[printable[column[passing]]]
        if len(passing):
            passed[passing] = True
            failing = failing[~passed[failing]]
    at = {n: float(_printable(n, scale).mean()) ** len(wars) for n in found}
    return Scan(found, {rule: fit(rule) for rule in RULES}, float(passed.mean()), at)


def _within(numerators: range, size: int) -> bool:
    return max(numerators.start, 0) < min(numerators.stop, size + 1)


def _printable(size: int, scale: int) -> Bool[np.ndarray, "v"]:
    """Which values from 0 to `scale` units some k of `size` may be printed as."""
    k = np.arange(size + 1, dtype=np.int64)
    values = np.zeros(scale + 1, dtype=bool)
    values[k * scale // size] = True
    values[(2 * k * scale + size) // (2 * size)] = True
    half = (2 * k * scale) % (2 * size) == size  # ties to even: one below half up where that is odd
    up = (2 * k[half] * scale + size) // (2 * size)
    values[up - up % 2] = True
    return values

"""MELD's WAR minus UAR: in the paper's rows, and wherever else both are known."""

from collections.abc import Sequence
from dataclasses import dataclass

from fdan.results.published import PUBLISHED, YARDSTICKS, PublishedRow

N_GRAMS = ("n-grams with logistic regression", 61.72, 33.81, "MELD's csv files, official split: `fdan yardstick`")
"""WAR and UAR that docs/reproduce.md records; measured, not quoted."""

ONE_NUMBER = "MAP"
"""A quoted row whose WAR and UAR are one number: its own abstract reports micro F1 alone (point 7)."""


@dataclass(frozen=True)
class Gap:
    """WAR and UAR of one system on MELD, and the first minus the second in points."""

    row: str
    war: float
    uar: float
    points: float
    source: str

    @staticmethod
    def of(row: str, war: float, uar: float, source: str) -> "Gap":
        """Of numbers with two decimals, whose difference is exact then."""
        return Gap(row, war, uar, round(war - uar, 2), source)


@dataclass(frozen=True)
class Gaps:
    """What WAR minus UAR says on a corpus of unequal classes.

    Attributes:
        largest_share: of the largest class in the test part, in percent.
        smallest_share: of the smallest.
        own: the paper's own rows.
        elsewhere: other systems on MELD, the smallest gap first.
        one_number: the row that has one number twice.
    """

    largest_share: float
    smallest_share: float
    own: tuple[Gap, ...]
    elsewhere: tuple[Gap, ...]
    one_number: Gap


def gaps(rows: Sequence[PublishedRow], counts: Sequence[int]) -> Gaps:
    """Collect WAR minus UAR of the paper's own rows on MELD, and of every other system with a known source.

    Args:
        rows: the paper's own, on MELD.
        counts: test utterances of each emotion.
    """
    quoted = {row.row: row for row in PUBLISHED if row.corpus == "meld" and row.kind == "quoted" and row.uar}
    others = [Gap.of(*N_GRAMS)]
    others += [Gap.of(y.system, y.war, y.uar, f"{y.source}; {y.protocol}") for y in YARDSTICKS if y.corpus == "meld"]
    others += [_gap(row, "quoted in Table 2") for name, row in quoted.items() if name != ONE_NUMBER and row.war]
    return Gaps(
        100 * max(counts) / sum(counts),
        100 * min(counts) / sum(counts),
        tuple(_gap(row, f"Table {row.table}") for row in rows),
        tuple(sorted(others, key=lambda gap: gap.points)),
        _gap(quoted[ONE_NUMBER], "quoted in Table 2"),
    )


def _gap(row: PublishedRow, source: str) -> Gap:
    assert row.war is not None
    assert row.uar is not None
    return Gap.of(row.row, row.war, row.uar, source)

"""What the audit says of others: the rows that the paper quotes, and yardsticks from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fdan.methods.registry import QUOTED_METHODS
from fdan.results.comparisons import Compared, Comparison
from fdan.results.published import CORPORA, PUBLISHED, QUOTED, YARDSTICKS, PublishedRow, Yardstick
from fdan.results.runs import METHOD, RunName

SOURCE = "fdan/results/published.csv"
MEASURED = "reports/predictions/methods"


@dataclass(frozen=True)
class Triple:
    """WAR, UAR and w-F1 as printed."""

    war: float | None
    uar: float | None
    wf1: float | None

    @staticmethod
    def of(row: PublishedRow) -> "Triple":
        """Of one row."""
        return Triple(row.war, row.uar, row.wf1)


@dataclass(frozen=True)
class QuotedRow:
    """A row that the paper quotes, whether it is like for like, and what its method scored here on FDAN's split.

    `measured` is None where nothing was run, of which `missing` may say why.
    """

    corpus: str
    row: str
    scores: Triple
    modalities: str
    like_for_like: Literal["no", "not known"]
    why: str
    source: str
    kind: str
    measured: Comparison | None
    missing: str


@dataclass(frozen=True)
class QuotedRows:
    """Point 7; Sec. 3.4 says that MAP is ahead of FDAN on `says`, by Table 2 it is on `ahead`."""

    sources: tuple[str, ...]
    rows: tuple[QuotedRow, ...]
    says: str
    ahead: tuple[str, ...]
    rival: Triple
    fdan: Triple


def quoted(compared: Mapping[str, Sequence[Compared]], missing: Mapping[RunName, str]) -> QuotedRows:
    """Point 7: the rows that the paper quotes, what their methods scored here, and what Sec. 3.4 says of MAP."""
    records = {c.measured.run: c.record() for several in compared.values() for c in several}
    rows = tuple(
        QuotedRow(
            row.corpus,
            row.row,
            Triple.of(row),
            row.modalities,
            known.like,
            known.why,
            known.source,
            QUOTED_METHODS[row.run].kind,
            records.get(run),
            missing.get(run, ""),
        )
        for row in PUBLISHED
        if row.kind == "quoted"
        for known, run in [(QUOTED[row.row], RunName(METHOD, row.corpus, row.run))]
    )
    rival, fdan = (next(Triple.of(row) for row in PUBLISHED if row.row == name and row.table == 2) for name in NAMES)
    ahead = tuple(key for key in ("war", "uar", "wf1") if getattr(rival, key) > getattr(fdan, key))
    sources = (SOURCE, MEASURED) if any(row.measured for row in rows) else (SOURCE,)
    return QuotedRows(sources, rows, "wf1", ahead, rival, fdan)


NAMES = ("MAP", "FDAN")


@dataclass(frozen=True)
class Outside:
    """What others measured with speech alone, and how far the paper's FDAN is above the best of it."""

    corpus: str
    fdan_war: float
    fdan_uar: float
    war_above: float
    uar_above: float
    yardsticks: tuple[Yardstick, ...]


def outside() -> tuple[Outside, ...]:
    """Yardsticks from outside, of each of the paper's corpora."""
    found = []
    for corpus in CORPORA:
        fdan = next(row for row in PUBLISHED if row.corpus == corpus and row.row == "FDAN")
        here = tuple(yardstick for yardstick in YARDSTICKS if yardstick.corpus == corpus)
        best = max(here, key=lambda yardstick: yardstick.war)
        assert fdan.war is not None
        assert fdan.uar is not None
        found.append(Outside(corpus, fdan.war, fdan.uar, fdan.war - best.war, fdan.uar - best.uar, here))
    return tuple(found)

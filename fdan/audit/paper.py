"""What the audit finds in the paper alone: its arithmetic and its intervals (quoted.py: what others measured)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from fdan.audit.beside import Beside, beside
from fdan.audit.gaps import Gaps, gaps
from fdan.audit.grim import ANY, Printed, Verdict, reachable_pair, reachable_uar, reachable_war
from fdan.audit.readings import FewestRuns, Reading, fewest_runs, reading
from fdan.audit.sizes import scan_sizes
from fdan.data.emotions import Emotion
from fdan.results.differences import difference_of_published
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.statistics import correct_of, wilson

NEUTRAL = list(Emotion).index(Emotion.NEUTRAL)
"""Place of the largest class, whose clips MELD loses first."""

SIZES = range(500, 2801)
"""Test sizes that MELD could have had: from a fifth of its test part to a fifth of everything."""

MEAN_OF = 5
"""Equal parts of SAVEE's 480 utterances that a split of 8/10 and 2/10 gives when it is rotated."""

SOURCE = "fdan/results/published.csv"


@dataclass(frozen=True)
class Reach:
    """Whether a printed value can be: under which rules of printing, else the nearest values, in percent."""

    possible: bool | None
    printed: tuple[str, ...]
    nearest: tuple[float, ...]


@dataclass(frozen=True)
class Checked:
    """One of the paper's own rows under the GRIM test.

    Attributes:
        table: its first table.
        row: its name.
        printed_war: as the paper prints it.
        printed_uar: likewise.
        war: of that WAR in one run on the test part.
        uar: of that UAR.
        both: of both at once; None where one of them is impossible already.
        fewest: the fewest equal runs that allow WAR, UAR and both; None where nobody asks.
    """

    table: int
    row: str
    printed_war: float
    printed_uar: float
    war: Reach
    uar: Reach
    both: Reach | None
    fewest: FewestRuns | None


@dataclass(frozen=True)
class TestPart:
    """A corpus' test part by the paper's rule, and the rows checked against it.

    Attributes:
        counts: test utterances of each emotion.
        size: of all.
        speaker_counts: utterances of one whole speaker by emotion; empty where nobody asks.
        readings: other readings than one run on this part, and how many rows they explain.
        neutral_clips_lost: how many unusable neutral clips make the size one that the scan allows.
        rows: the paper's own.
    """

    __test__ = False  # pytest collects what is named so

    counts: tuple[int, ...]
    size: int
    speaker_counts: tuple[int, ...]
    readings: tuple[Reading, ...]
    neutral_clips_lost: tuple[int, ...]
    rows: tuple[Checked, ...]


@dataclass(frozen=True)
class ScanFound:
    """Which test sizes allow all of MELD's WARs, and how often as many random values would pass."""

    first: int
    last: int
    values: int
    sizes: tuple[int, ...]
    sizes_by_rule: dict[str, tuple[int, ...]]
    chance_somewhere: float
    chance_at: dict[str, float]


@dataclass(frozen=True)
class Arithmetic:
    """Point 1."""

    sources: tuple[str, ...]
    savee: TestPart
    meld: TestPart
    scan: ScanFound
    gaps: Gaps
    beside: Beside


def tested(published: Sequence[int]) -> list[int]:
    """The paper's rule (Sec. 3.2): of each emotion's n utterances floor(0.8 n) train, the others test."""
    return [n - 8 * n // 10 for n in published]


def own_rows(corpus: str) -> list[PublishedRow]:
    """The runs that the paper reports as its own, each once: Table 4 repeats FDAN."""
    rows = {(r.war, r.uar): r for r in reversed(PUBLISHED) if r.corpus == corpus and r.kind != "quoted"}
    return [row for row in PUBLISHED if row in rows.values()]


@cache  # it depends on constants, and takes seconds
def arithmetic(savee: tuple[int, ...], meld: tuple[int, ...]) -> Arithmetic:
    """Point 1, the GRIM test: whether the paper's numbers can come from its test parts.

    Args:
        savee: utterances of each emotion in the whole corpus, in the order of `Emotion`.
        meld: likewise.
    """
    counts, speaker = tested(savee), [n // 4 for n in savee]
    ours, rows = own_rows("savee"), own_rows("meld")
    printed = [(row.row, _printed(row.war), _printed(row.uar)) for row in ours]
    readings = (
        reading(f"mean of {MEAN_OF} runs or folds", printed, [MEAN_OF * n for n in counts]),
        reading("one whole speaker", printed, speaker),
    )
    scan = scan_sizes([_printed(row.war) for row in rows], SIZES)
    lost = {lost: [*meld[:NEUTRAL], meld[NEUTRAL] - lost, *meld[NEUTRAL + 1 :]] for lost in range(10)}
    fitting = tuple(clips for clips, left in lost.items() if sum(tested(left)) in scan.sizes)
    used = tested(lost[fitting[0] if fitting else 0])
    return Arithmetic(
        (SOURCE, "fdan/corpora/savee.py", "fdan/corpora/meld.py"),
        TestPart(
            *(tuple(counts), sum(counts), tuple(speaker), readings, ()),
            tuple(_checked(row, counts, runs=True) for row in ours),
        ),
        TestPart(*(tuple(used), sum(used), (), (), fitting), tuple(_checked(row, used, runs=False) for row in rows)),
        ScanFound(
            SIZES.start,
            SIZES.stop - 1,
            len(rows),
            scan.sizes,
            scan.by_rule,
            scan.chance_somewhere,
            {str(size): chance for size, chance in scan.chance_at.items()},
        ),
        gaps(rows, used),
        beside(ours, counts, rows, used, NEUTRAL, MEAN_OF),
    )


def _printed(value: float | None) -> Printed:
    assert value is not None  # the paper's own rows have a WAR and a UAR each
    return Printed.parse(f"{value:.2f}")


def _checked(row: PublishedRow, counts: Sequence[int], runs: bool) -> Checked:
    war, uar = _printed(row.war), _printed(row.uar)
    found = reachable_war(war, sum(counts)), reachable_uar(uar, counts)
    return Checked(
        row.table,
        row.row,
        war.units / 100,
        uar.units / 100,
        _reach(found[0]),
        _reach(found[1]),
        _reach(reachable_pair(war, uar, counts)) if all(verdict.possible for verdict in found) else None,
        fewest_runs(war, uar, counts) if runs else None,
    )


def _reach(verdict: Verdict) -> Reach:
    printed = (verdict.rules or (ANY,)) if verdict.possible else ()
    return Reach(verdict.possible, printed, tuple(100 * float(value) for value in verdict.nearest))


@dataclass(frozen=True)
class PublishedWAR:
    """The Wilson interval of one of the paper's own WARs at its test size."""

    corpus: str
    table: int
    row: str
    printed_war: float
    correct: int
    size: int
    low: float
    high: float


@dataclass(frozen=True)
class PublishedLead:
    """FDAN's published WAR minus another row's, and whether that exceeds the error of both numbers."""

    corpus: str
    table: int
    row: str
    war: float
    difference: float
    quoted: bool
    outside: bool


@dataclass(frozen=True)
class Intervals:
    """Point 2, the paper's half."""

    sources: tuple[str, ...]
    rows: tuple[PublishedWAR, ...]
    differences: tuple[PublishedLead, ...]


def intervals(sizes: dict[str, int]) -> Intervals:
    """Point 2, the paper's half: Wilson intervals at its test sizes, and which differences exceed the error of both.

    Args:
        sizes: corpus -> test utterances.
    """
    rows = []
    for row in (row for corpus in sizes for row in own_rows(corpus)):
        assert row.war is not None
        count = correct_of(row.war, sizes[row.corpus])
        found = wilson(count, sizes[row.corpus])
        rows.append(
            PublishedWAR(row.corpus, row.table, row.row, row.war, count, sizes[row.corpus], found.low, found.high)
        )
    return Intervals((SOURCE,), tuple(rows), tuple(_leads(rows)))


def _leads(rows: Sequence[PublishedWAR]) -> list[PublishedLead]:
    # Each row against FDAN of its own corpus, quoted rows too: does FDAN's lead exceed the error of both numbers?
    return [
        PublishedLead(
            row.corpus,
            row.table,
            row.row,
            row.war,
            round(fdan.printed_war - row.war, 2),  # of two numbers with two decimals: exact
            row.kind == "quoted",
            not difference_of_published(fdan.printed_war, row.war, fdan.size).has(0.0),
        )
        for fdan in rows
        if fdan.row == "FDAN"
        for row in PUBLISHED
        if row.corpus == fdan.corpus and row.war is not None and row.row != "FDAN"
    ]

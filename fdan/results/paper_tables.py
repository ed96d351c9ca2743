"""The paper's Tables 1 to 4 with our results beside them.

A `Table` holds numbers, not text; paper_sheets.py prints it, and metrics.json is another view of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from types import MappingProxyType

from fdan.methods.params import LEXICAL
from fdan.methods.registry import QUOTED_METHODS
from fdan.metrics.scores import Scores
from fdan.results.corpus_summary import CorpusFacts, Facts
from fdan.results.load_results import Evidence
from fdan.results.printing import METRICS, number
from fdan.results.published import PUBLISHED, YARDSTICKS, PublishedRow
from fdan.results.runs import FINETUNE, RunName, run_of, training_war
from fdan.results.statistics import Interval

Results = Mapping[RunName, Sequence[Scores]]
"""Run -> the scores of each seed."""

COMPARISON_TABLES = {1, 2}
"""The tables that set FDAN beside other methods."""


@dataclass(frozen=True)
class Cell:
    """One score in percent: the paper's, and the mean and sample sd of ours."""

    paper: float | None
    mean: float | None
    sd: float | None

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's, in percentage points."""
        return None if self.mean is None or self.paper is None else self.mean - self.paper


@dataclass(frozen=True)
class RowExtras:
    """What is known of a run of ours beside its scores.

    Attributes:
        interval: 95 %, of its mean WAR.
        training_war: mean WAR on its own training speech, in percent; None where it was not measured.
        undertrained: whether that is so low that no sentence ranks the row.
        parameters: of each seed, how many were trained; none where they were not counted.
        missing: why there are no scores, such as ``diverged``; else empty.
        diverged: a sentence on each seed whose training diverged.
        encoder: of a row that reads text, the encoder's name; else empty.
        words: of a row that reads text, the WAR that n-grams reach on the same utterances.
    """

    interval: Interval | None = None
    training_war: float | None = None
    undertrained: bool = False
    parameters: tuple[int, ...] = ()
    missing: str = ""
    diverged: tuple[str, ...] = ()
    encoder: str = ""
    words: float | None = None


@dataclass(frozen=True)
class Row:
    """One row: what the paper says of it, and our run beside it.

    Attributes:
        published: the paper's row.
        run: ours.
        corpus: in print.
        synthetic: whether its clips are synthetic.
        seeds: how many were run; 0 where the row was not run.
        cells: metric -> the paper's score and ours.
        found: what else is known of our run.
    """

    published: PublishedRow
    run: RunName
    corpus: str
    synthetic: bool
    seeds: int
    cells: Mapping[str, Cell]
    found: RowExtras = field(default_factory=RowExtras)

    @property
    def kind(self) -> str:
        """How close our run of a quoted method is to its publication; empty where the paper ran the row itself."""
        return QUOTED_METHODS[self.published.run].kind if self.published.kind == "quoted" else ""

    @property
    def fine_tuned(self) -> bool:
        """Whether this is FDAN, or one of its variants, through the backbone."""
        return self.run.group == FINETUNE

    @property
    def name(self) -> str:
        """The row's name in print."""
        return f"{self.published.row} fine-tuned" if self.fine_tuned else self.published.row

    @property
    def label(self) -> str:
        """The row's name with its corpus in Table 4, and with a dagger if it is quoted."""
        name = f"{self.corpus} {self.name}" if self.published.table == 4 else self.name
        return f"{name} †" if self.published.kind == "quoted" else name


@dataclass(frozen=True)
class Table:
    """One table: its caption, its rows, and the notes below it."""

    number: int
    caption: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


def training_note(rows: str, weights: str, epochs: int, size: int, seeds: int) -> str:
    """Return a note on how some rows were trained.

    Args:
        rows: which, with what is trained.
        weights: initial weights: ``random``, ``imagenet`` or a path, of which the last part is printed.
        epochs: passes over the training images.
        size: side of the images in pixels.
        seeds: runs.
    """
    return (
        f"{rows}: {Path(weights).name} initial weights, {epochs} epoch{'s' * (epochs > 1)} at {size} x {size} pixels, "
        f"{seeds} seed{'s' * (seeds > 1)}."
    )


def paper_tables(evidence: Evidence, notes: Mapping[str, str], encoder: str) -> tuple[Table, ...]:
    """Return Tables 1 to 4 of what was measured.

    Args:
        evidence: what was measured.
        notes: as `make_tables` has them.
        encoder: of the rows that read text.
    """
    intervals = {c.measured.run: c.interval for several in evidence.compared.values() for c in several}
    runs = {*evidence.measured, *evidence.missing, *evidence.diverged}
    found = {
        run: RowExtras(
            intervals.get(run),
            training_war(evidence.trained.get(run, ())),
            run in evidence.undertrained,
            tuple(seed.parameters for seed in evidence.trained.get(run, ())),
            evidence.missing.get(run, ""),
            evidence.diverged.get(run, ()),
            encoder if _reads_text(run) else "",
            evidence.words(run.corpus) if _reads_text(run) else None,
        )
        for run in runs
    }
    return make_tables({run: m.scores for run, m in evidence.measured.items()}, evidence.facts, notes, found)


def _reads_text(run: RunName) -> bool:
    return run.row in QUOTED_METHODS and QUOTED_METHODS[run.row].reads_text


def make_tables(
    results: Results,
    facts: Facts,
    notes: Mapping[str, str] = MappingProxyType({}),
    found: Mapping[RunName, RowExtras] = MappingProxyType({}),
) -> tuple[Table, ...]:
    """Return Tables 1 to 4 with every row of the paper, in its order; a fine-tuned FDAN follows the frozen one.

    Args:
        results: a run that is absent, or has no seed, is shown as not run.
        facts: corpus -> its facts.
        notes: group of runs, `CNN` or `FINETUNE` -> a note on them, printed below a table that has one.
        found: run -> what else is known of it.
    """
    tables, trained = [], {*results, *(run for run, extras in found.items() if extras.diverged)}
    for place in (1, 2, 3, 4):
        published = [row for row in PUBLISHED if row.table == place]
        rows = tuple(_row(row, run, results, facts, found) for row in published for run in _runs(row, trained))
        tables.append(Table(place, _caption(place, rows, facts), rows, tuple(_notes(place, rows, facts, notes))))
    return tuple(tables)


def _runs(row: PublishedRow, trained: set[RunName]) -> Iterator[RunName]:
    yield run_of(row)
    tuned = RunName(FINETUNE, row.corpus, row.run)
    if row.kind == "ours" and tuned in trained:
        yield tuned


def _row(
    published: PublishedRow, run: RunName, results: Results, facts: Facts, found: Mapping[RunName, RowExtras]
) -> Row:
    seeds, fact = results.get(run, ()), facts[published.corpus]
    paper = (published.war, published.uar, published.wf1)
    ours = tuple(zip(*((s.war, s.uar, s.wf1) for s in seeds), strict=True)) or ((), (), ())
    cells = {
        key: Cell(value, fmean(values) if values else None, stdev(values) if len(values) > 1 else None)
        for key, value, values in zip(METRICS, paper, ours, strict=True)
    }
    return Row(published, run, fact.name, fact.synthetic, len(seeds), cells, found.get(run, RowExtras()))


_SUBJECTS = {1: "SAVEE", 2: "MELD", 3: "FDAN with the faces of both corpora", 4: "FDAN and two special cases"}

INTERVAL = "[95 % interval](../../docs/statistics.md)"
"""A link to the page that explains intervals and tests, as the pages below reports/tables have it."""


def _caption(place: int, rows: tuple[Row, ...], facts: Facts) -> str:
    synthetic = [fact.name for fact in _known(rows, facts) if fact.synthetic]
    said = [f"Table {place} of the paper ({_SUBJECTS[place]}) beside ours."]
    if synthetic:
        said = [
            f"SYNTHETIC DEMO, not {' or '.join(synthetic)}: ours was measured on synthetic clips and says nothing "
            "about the paper."
        ]
    said.append(f"In percent; ours is the mean ± sd over seeds, with the {INTERVAL} of its WAR.")
    said.append(_backbone([row for row in rows if row.fine_tuned and row.seeds]))
    return " ".join(said)


def _backbone(fine_tuned: Sequence[Row]) -> str:
    if not fine_tuned:
        return "FDAN has a frozen backbone; the paper may fine-tune it."
    if all(row.found.undertrained for row in fine_tuned):
        return (
            "The replication statement judges FDAN with the frozen backbone, since the fine-tuned one is undertrained."
        )
    return "The replication statement judges FDAN with the fine-tuned backbone."


def _known(rows: Sequence[Row], facts: Facts) -> list[CorpusFacts]:
    """The facts of the corpora of some rows that have a split."""
    corpora = dict.fromkeys(row.published.corpus for row in rows)
    return [facts[corpus] for corpus in corpora if facts[corpus].utterances]


def _notes(place: int, rows: tuple[Row, ...], facts: Facts, notes: Mapping[str, str]) -> Iterator[str]:
    for fact in _known(rows, facts):
        origin = " (synthetic)" * fact.synthetic
        yield f"{fact.name}{origin}: {fact.utterances} utterances, {fact.train} train, {fact.test} test."
    if any(row.kind for row in rows):
        yield (
            "† The paper quotes this number from another publication, which used another protocol. What is faithful, "
            "partial or inspired in our run of the method is in [rows.md](../rows.md)."
        )
    if place in COMPARISON_TABLES:
        yield "A: audio, T: text, V: visual (faces)."
    if any(row.found.encoder == LEXICAL and row.seeds for row in rows):
        yield "Text is read by the lexical encoder, fitted to the training transcripts; SDT's original has RoBERTa."
    if any(row.found.undertrained for row in rows):
        yield (
            "undertrained: WAR on the row's own training speech below 50 %, or less than 10 points above its largest "
            "class. The row is not ranked."
        )
    yield from (notes[group] for group in notes if any(row.seeds and row.run.group == group for row in rows))
    yield from (f"{row.label}: {'; '.join(row.found.diverged)}." for row in rows if row.found.diverged)
    if place in COMPARISON_TABLES:
        for war in sorted({row.found.words for row in rows if row.found.words is not None}):
            yield f"n-grams of the transcripts with logistic regression, on this split: WAR {number(war)}."
        here = [yardstick for yardstick in YARDSTICKS if yardstick.corpus == rows[0].published.corpus]
        systems = [f"{y.system} {number(y.war)} / {number(y.uar)} ({y.protocol}; {y.source})" for y in here]
        yield f"Elsewhere, WAR / UAR of speech alone, not on this split: {'; '.join(systems)}."

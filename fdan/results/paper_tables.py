"""The paper's Tables 1 to 4 with our results beside them.

A `Table` holds numbers, not text; paper_sheets.py prints it, and metrics.json is another view of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from types import MappingProxyType

from fdan.methods.params import CNNParams
from fdan.methods.registry import QUOTED_METHODS
from fdan.metrics.scores import Scores
from fdan.results.corpus_summary import CorpusFacts, Facts
from fdan.results.load_results import Evidence
from fdan.results.printing import METRICS, p_value
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.runs import RunName
from fdan.results.statistics import SIGNIFICANCE, Interval

Results = Mapping[tuple[str, str], Sequence[Scores]]
"""(corpus, run name) -> the scores of each seed."""


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
        adjusted: p of its difference from FDAN on the same utterances, by Holm over the corpus' family.
        parameters: of each seed, how many were trained; none where nobody counted.
        missing: what stands in place of scores: that the corpus gave it nothing to read, or it diverged; else empty.
        diverged: a sentence on each seed whose training diverged.
        words: of a row that reads text, the WAR that n-grams reach on the same utterances.
    """

    interval: Interval | None = None
    adjusted: float | None = None
    parameters: tuple[int, ...] = ()
    missing: str = ""
    diverged: tuple[str, ...] = ()
    words: float | None = None


@dataclass(frozen=True)
class Row:
    """One row: what the paper says of it, our number of seeds (0: not run), a cell per metric, and what else is known.

    Its `kind` is how close a quoted method's run here is to its publication; empty where the paper ran it itself.
    """

    published: PublishedRow
    corpus: str
    synthetic: bool
    seeds: int
    cells: Mapping[str, Cell]
    found: RowExtras = field(default_factory=RowExtras)

    @property
    def kind(self) -> str:
        """As rows of `QUOTED_METHODS` have it."""
        return QUOTED_METHODS[self.published.run].kind if self.published.kind == "quoted" else ""

    @property
    def label(self) -> str:
        """The row's name in print: with its corpus in Table 4, with a dagger if it is quoted."""
        name = f"{self.corpus} {self.published.row}" if self.published.table == 4 else self.published.row
        return f"{name} †" if self.published.kind == "quoted" else name


@dataclass(frozen=True)
class Table:
    """One table; `compared` is whether differences to the paper are printed."""

    number: int
    caption: str
    rows: tuple[Row, ...]
    compared: bool


def cnn_note(params: CNNParams) -> str:
    """What a caption says of how the CNN rows were trained."""
    epochs = f"{params.epochs} epoch{'s' * (params.epochs > 1)}"
    note = (
        f"CNN rows: {params.weights} initial weights, {epochs} at {params.size} x {params.size} pixels, "
        f"{len(params.seeds)} seed{'s' * (len(params.seeds) > 1)}"
    )
    if params.weights == "random":
        note += f"; a network that starts untrained and stops after {epochs} checks the path, it is no rival"
    return note


def paper_tables(evidence: Evidence, note: str) -> tuple[Table, ...]:
    """Tables 1 to 4 of what was measured; `note` is what a caption says of the CNN rows."""
    rows = {run: measured for run, measured in evidence.measured.items() if run.row}
    results = {(run.corpus, run.row or ""): measured.scores for run, measured in rows.items()}
    found = {
        (run.corpus, run.row): RowExtras(missing=evidence.missing.get(run, ""), diverged=evidence.diverged.get(run, ()))
        for run in (*evidence.missing, *evidence.diverged)
        if run.row
    }
    for corpus, several in evidence.compared.items():
        for compared in several:
            run = compared.measured.run
            if run.row:
                found[corpus, run.row] = RowExtras(
                    compared.interval,
                    None,
                    evidence.trained.get(run, ()),
                    diverged=evidence.diverged.get(run, ()),
                    words=evidence.words(corpus) if _reads_text(run) else None,
                )
    return make_tables(results, evidence.facts, dict.fromkeys(evidence.facts, note), found)


def _reads_text(run: RunName) -> bool:
    return run.row in QUOTED_METHODS and QUOTED_METHODS[run.row].reads_text


def make_tables(
    results: Results,
    facts: Facts,
    notes: Mapping[str, str],
    found: Mapping[tuple[str, str], RowExtras] = MappingProxyType({}),
) -> tuple[Table, ...]:
    """Tables 1 to 4 with every row of the paper, in its order.

    Args:
        results: a run that is absent, or has no seed, is shown as ``not run``.
        facts: corpus -> what its caption says.
        notes: corpus -> what the caption of its Table 1 or 2 says of the fine-tuned CNN rows;
            printed if one of them was run.
        found: (corpus, run name) -> what else is known of it. What its p says stands in the captions, in words: no
            number is set in bold.
    """
    tables = []
    for place in (1, 2, 3, 4):
        rows = tuple(_row(published, results, facts, found) for published in PUBLISHED if published.table == place)
        # A synthetic corpus is none of the paper's: a difference would compare two different things.
        compared = any(row.seeds and not row.synthetic for row in rows)
        caption = f"{_caption(place, rows, facts, notes, compared)}{_told_apart(rows)}"
        tables.append(Table(place, caption, rows, compared))
    return tuple(tables)


def _row(published: PublishedRow, results: Results, facts: Facts, found: Mapping[tuple[str, str], RowExtras]) -> Row:
    seeds = results.get((published.corpus, published.run), ())
    fact = facts[published.corpus]
    paper = (published.war, published.uar, published.wf1)
    ours = tuple(zip(*((s.war, s.uar, s.wf1) for s in seeds), strict=True)) or ((), (), ())
    cells = {
        key: Cell(value, fmean(values) if values else None, stdev(values) if len(values) > 1 else None)
        for key, value, values in zip(METRICS, paper, ours, strict=True)
    }
    known = found.get((published.corpus, published.run), RowExtras())
    return Row(published, fact.name, fact.synthetic, len(seeds), cells, known)


_SUBJECTS = {1: "SAVEE", 2: "MELD", 3: "FDAN with the visual samples of both corpora", 4: "FDAN and two special cases"}


def _caption(number: int, rows: tuple[Row, ...], facts: Facts, notes: Mapping[str, str], compared: bool) -> str:
    corpora = list(dict.fromkeys(row.published.corpus for row in rows))
    known = [facts[corpus] for corpus in corpora if facts[corpus].utterances]
    synthetic = [fact for fact in known if fact.synthetic]
    recorded = [fact for fact in known if not fact.synthetic]
    said = []
    if synthetic:
        said.append(
            f"SYNTHETIC DEMO, not {' or '.join(fact.name for fact in synthetic)}: ours was measured on made-up clips "
            f"({_counts(synthetic)}) and cannot be compared with the paper's values."
        )
    said.append(f"The paper's Table {number} ({_SUBJECTS[number]}) and ours, in percent.")
    if recorded:
        said.append(f"Ours was measured on recorded clips ({_counts(recorded)}).")
    said.append(_seeds(rows))
    if any(row.found.interval for row in rows):
        said.append("95 %: interval of the mean WAR.")
    if compared:
        said.append("diff is ours − paper, in percentage points.")
    if any(row.published.kind == "quoted" for row in rows):
        said.append(
            "† marks what the paper quotes from the publications below, measured there by other protocols; kind says "
            "how close to them what was run here is (rows.md). parameters: fitted to labels, counted while training; "
            "p: of FDAN against the row."
        )
    if len({row.published.modalities for row in rows}) > 1:
        said.append("Input: A audio, T text, V visual.")
    if any(row.seeds and row.published.kind == "fine-tuned" for row in rows):
        said.extend(notes[corpus].rstrip(".") + "." for corpus in corpora if corpus in notes)
    return " ".join(said)


def _told_apart(rows: tuple[Row, ...]) -> str:
    told: dict[bool, list[tuple[str, float]]] = {True: [], False: []}
    for row in rows:
        if (p := row.found.adjusted) is not None and row.seeds:
            told[p < SIGNIFICANCE].append((row.label, p))
    said = []
    for differs, words, bound, sign in (
        (False, "cannot be told apart from", min, "≥"),
        (True, "differs from", max, "≤"),
    ):
        if told[differs]:
            names = ", ".join(name for name, _ in told[differs])
            p = bound(p for _, p in told[differs])
            printed = p_value(p) if p_value(p).startswith("<") else f"{sign} {p_value(p)}"
            said.append(f"FDAN {words} {names} (p {printed})")
    how = "seeds against seeds, resampled with the utterances, Holm's correction; see the table of uncertainty"
    return f" {'; '.join(said)}: {how}." if said else ""


def _counts(facts: Sequence[CorpusFacts]) -> str:
    return "; ".join(f"{f.name}: {f.utterances} utterances, {f.train} train, {f.test} test" for f in facts)


def _seeds(rows: tuple[Row, ...]) -> str:
    groups: dict[int, list[str]] = {}
    for row in rows:
        if row.seeds:
            groups.setdefault(row.seeds, []).append(row.label)
    if not groups:
        return "Ours: not run."
    number = {n: "1 seed" if n == 1 else f"{n} seeds" for n in sorted(groups, reverse=True)}
    over = ", ".join(f"{text} ({', '.join(groups[n])})" if len(groups) > 1 else text for n, text in number.items())
    return f"Ours: mean ± sample standard deviation over {over}." if max(groups) > 1 else f"Ours: {over}."

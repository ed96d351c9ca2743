"""The paper's Tables 1 to 4 with our results beside them, and metrics.json.

A `Table` holds numbers, not text; its printed form and metrics.json are two views of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from types import MappingProxyType
from typing import Any

from fdan.baselines.cnn.params import CNNParams
from fdan.metrics.scores import Scores
from fdan.results.evidence import Evidence
from fdan.results.facts import CorpusFacts, Facts
from fdan.results.printing import METRICS, Sheet, cells, mean_sd, number, p_value, rounded
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.statistics import SIGNIFICANCE
from fdan.results.yardsticks import YARDSTICKS

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
class Row:
    """One row: what the paper says of it, our number of seeds (0: not run) and a cell per metric."""

    published: PublishedRow
    corpus: str
    synthetic: bool
    seeds: int
    cells: Mapping[str, Cell]

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
    adjusted = {
        (corpus, compared.measured.run.row): compared.adjusted
        for corpus, found in evidence.compared.items()
        for compared in found
        if compared.measured.run.row and compared.adjusted is not None
    }
    return make_tables(results, evidence.facts, dict.fromkeys(evidence.facts, note), adjusted)


def make_tables(
    results: Results,
    facts: Facts,
    notes: Mapping[str, str],
    adjusted: Mapping[tuple[str, str], float] = MappingProxyType({}),
) -> tuple[Table, ...]:
    """Tables 1 to 4 with every row of the paper, in its order.

    Args:
        results: a run that is absent, or has no seed, is shown as ``not run``.
        facts: corpus -> what its caption says.
        notes: corpus -> what the caption of its Table 1 or 2 says of the fine-tuned CNN rows;
            printed if one of them was run.
        adjusted: (corpus, run name) -> Holm-corrected p of its difference from FDAN on the same utterances;
            what these say stands in the captions, in words: no number is set in bold.
    """
    tables = []
    for place in (1, 2, 3, 4):
        rows = tuple(_row(published, results, facts) for published in PUBLISHED if published.table == place)
        # A synthetic corpus is none of the paper's: a difference would compare two different things.
        compared = any(row.seeds and not row.synthetic for row in rows)
        caption = f"{_caption(place, rows, facts, notes, compared)}{_told_apart(rows, adjusted)}"
        tables.append(Table(place, caption, rows, compared))
    return tuple(tables)


def _row(published: PublishedRow, results: Results, facts: Facts) -> Row:
    seeds = results.get((published.corpus, published.run), ())
    fact = facts[published.corpus]
    paper = (published.war, published.uar, published.wf1)
    ours = tuple(zip(*((s.war, s.uar, s.wf1) for s in seeds), strict=True)) or ((), (), ())
    cells = {
        key: Cell(value, fmean(values) if values else None, stdev(values) if len(values) > 1 else None)
        for key, value, values in zip(METRICS, paper, ours, strict=True)
    }
    return Row(published, fact.name, fact.synthetic, len(seeds), cells)


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
    if compared:
        said.append("diff is ours − paper, in percentage points.")
    if any(row.published.kind == "quoted" for row in rows):
        said.append("† marks what the paper quotes from the publications below, measured there by other protocols.")
    if len({row.published.modalities for row in rows}) > 1:
        said.append("Input: A audio, T text, V visual.")
    if any(row.seeds and row.published.kind == "fine-tuned" for row in rows):
        said.extend(notes[corpus].rstrip(".") + "." for corpus in corpora if corpus in notes)
    return " ".join(said)


def _told_apart(rows: tuple[Row, ...], adjusted: Mapping[tuple[str, str], float]) -> str:
    told: dict[bool, list[tuple[str, float]]] = {True: [], False: []}
    for row in rows:
        p = adjusted.get((row.published.corpus, row.published.run))
        if p is not None and row.seeds:
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


def to_sheet(table: Table) -> Sheet:
    """A table of the paper for print."""
    inputs = len({row.published.modalities for row in table.rows}) > 1
    kinds = ("paper", "ours", "diff") if table.compared else ("paper", "ours")
    columns = [("", "Task" if table.number == 3 else "Model")] + ([("", "Input")] if inputs else [])
    columns += [(name, kind) for name in METRICS.values() for kind in kinds]
    numbers = ("paper", "mean", "sd", "diff") if table.compared else ("paper", "mean", "sd")
    head = ("table", "corpus", "synthetic", "row", "kind", "modalities", "seeds")
    # In Table 4 both corpora have the same two notes: said once.
    notes = dict.fromkeys(f"{row.published.row}: {row.published.note}" for row in table.rows if row.published.note)
    return Sheet(
        title=f"Table {table.number}.",
        label=f"tab:fdan-{table.number}",
        caption=table.caption,
        columns=tuple(columns),
        lines=tuple(_line(row, inputs, table.compared) for row in table.rows),
        fields=(*head, *(f"{key}_{kind}" for key in METRICS for kind in numbers), "note"),
        records=tuple(_record(row, table.compared) for row in table.rows),
        notes=(*notes, *(_elsewhere(table.rows[0]) if table.number in {1, 2} else ())),
    )


def _elsewhere(row: Row) -> tuple[str, ...]:
    """What speech alone reaches elsewhere on the corpus of a row."""
    here = [yardstick for yardstick in YARDSTICKS if yardstick.corpus == row.published.corpus]
    said = [f"{y.system} {number(y.war)} / {number(y.uar)} ({y.protocol}; {y.source})" for y in here]
    return (f"Elsewhere, WAR / UAR of speech alone, not on this split: {'; '.join(said)}.",)


def _line(row: Row, inputs: bool, compared: bool) -> tuple[str, ...]:
    line = [row.label]
    if inputs:
        line.append("+".join(word[0].upper() for word in row.published.modalities.split("+")))
    for cell in row.cells.values():
        line += [number(cell.paper), mean_sd(cell.mean, cell.sd)]
        if compared:
            line.append("—" if row.synthetic else number(cell.difference, "+"))
    return tuple(line)


def _record(row: Row, compared: bool) -> tuple[object, ...]:
    paper = row.published
    numbers: list[object] = []
    for cell in row.cells.values():
        numbers += [None if cell.paper is None else f"{cell.paper:.2f}", cell.mean, cell.sd]
        if compared:
            numbers.append(None if row.synthetic else cell.difference)
    head = (paper.table, row.corpus, row.synthetic, paper.row, paper.kind, paper.modalities, row.seeds)
    return cells((*head, *numbers, paper.note))


def make_metrics(tables: Sequence[Table]) -> dict[str, Any]:
    """What metrics.json holds: table -> row (Table 3: corpus; Table 4: corpus -> row) -> WAR, UAR, wF1.

    Means over seeds, in percent, two decimals; their deviations stand in the tables. A run that stands in an earlier
    table, as FDAN of Table 4 does, and what was not run has no key: a change is one line for each mean that it moves.
    """
    metrics: dict[str, Any] = {}
    known: set[tuple[str, str]] = set()
    for table in tables:
        for row in table.rows:
            run = row.published.corpus, row.published.run
            if not row.seeds or run in known:
                continue
            known.add(run)
            place = metrics.setdefault(f"table{table.number}", {})
            if table.number == 4:
                place = place.setdefault(row.corpus, {})
            name = row.corpus if table.number == 3 else row.published.row
            place[name] = {key: rounded(cell.mean) for key, cell in row.cells.items()}
    return metrics

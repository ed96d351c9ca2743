"""Tables 1 to 4 in print, and metrics.json."""

from collections.abc import Iterator, Sequence
from typing import Any

from fdan.methods.params import LEXICAL
from fdan.results.paper_tables import COMPARISON_TABLES, Row, Table
from fdan.results.printing import METRICS, Sheet, cells, mean_sd, number, rounded, with_interval
from fdan.results.runs import CNN, FINETUNE

HEAD = ("table", "corpus", "synthetic", "row", "kind", "backbone", "reproduction", "modalities", "seeds")
"""The first columns of the csv form."""

EXTRA_COLUMNS = (
    *("WAR_low", "WAR_high", "training_war", "undertrained", "parameters_least", "parameters_most", "missing"),
)
"""The columns of the csv form that hold `RowExtras`."""


def to_sheet(table: Table) -> Sheet:
    """Return a table of the paper for print: eight columns at most; the csv form has all that is known."""
    comparison = table.number in COMPARISON_TABLES
    inputs = (("", "Trains on → tests on"),) if comparison else ()
    return Sheet(
        title=f"Table {table.number}.",
        label=f"tab:fdan-{table.number}",
        caption=table.caption,
        columns=(
            ("", "Task" if table.number == 3 else "Model"),
            *inputs,
            ("WAR", "paper"),
            ("WAR", "ours ± sd [95 %]"),
            ("UAR", "paper / ours"),
            ("w-F1", "paper / ours"),
            ("Training", "WAR"),
            ("", "Note"),
        ),
        lines=tuple(_line(row, comparison) for row in table.rows),
        fields=(
            *HEAD,
            *(f"{key}_{part}" for key in METRICS for part in ("paper", "mean", "sd", "diff")),
            *EXTRA_COLUMNS,
            "note",
        ),
        records=tuple(_record(row) for row in table.rows),
        notes=table.notes,
    )


def _line(row: Row, inputs: bool) -> tuple[str, ...]:
    war, *others = row.cells.values()
    ends = (row.found.interval.low, row.found.interval.high) if row.found.interval else None
    return (
        row.label,
        *([trains_and_tests(row)] if inputs else []),
        number(war.paper),
        "—" if war.mean is None else with_interval(mean_sd(war.mean, war.sd), ends),
        *(f"{number(cell.paper)} / {number(cell.mean)}" for cell in others),
        number(row.found.training_war),
        "; ".join(_note(row)),
    )


def trains_and_tests(row: Row) -> str:
    """Return what a model is trained on and what it sees of a test utterance, such as ``A+V → A``.

    FDAN learns from faces and hears a test utterance; every other row sees of it what it was trained on.
    """
    reads = "+".join(word[0].upper() for word in row.published.modalities.split("+"))
    return f"{reads} → {'A' if row.published.kind == 'ours' else reads}"


def _note(row: Row) -> Iterator[str]:
    found, paper = row.found, row.published
    if row.kind:
        yield row.kind
    if paper.kind == "ours" and paper.note:
        yield paper.note
    if found.encoder == LEXICAL and row.seeds:
        yield "lexical encoder"
    if found.undertrained:
        yield "undertrained"
    if below_words(row.cells["WAR"].mean, found.words, found.undertrained):
        yield "not above n-grams"
    if found.missing or not row.seeds:
        yield found.missing or "not run"
    elif found.diverged:
        yield f"{len(found.diverged)} of {len(found.diverged) + row.seeds} seeds diverged"


def below_words(war: float | None, words: float | None, undertrained: bool) -> bool:
    """Return whether a row that reads text does not beat the WAR of n-grams; of an undertrained row nothing is said."""
    return war is not None and words is not None and war <= words and not undertrained


def _record(row: Row) -> tuple[object, ...]:
    paper, found, counts = row.published, row.found, row.found.parameters
    numbers: list[object] = []
    for cell in row.cells.values():
        # A synthetic corpus is none of the paper's: a difference would compare two different things.
        difference = None if row.synthetic else cell.difference
        numbers += [None if cell.paper is None else f"{cell.paper:.2f}", cell.mean, cell.sd, difference]
    trained = row.run.group in {CNN, FINETUNE}
    backbone = "" if row.kind else "fine-tuned" if trained else "frozen"
    return cells(
        (
            *(paper.table, row.corpus, row.synthetic, paper.row, paper.kind, backbone, row.kind, paper.modalities),
            row.seeds,
            *numbers,
            *((found.interval.low, found.interval.high) if found.interval else (None, None)),
            *(found.training_war, None if found.training_war is None else found.undertrained),
            *((min(counts), max(counts)) if counts else (None, None)),
            found.missing or "; ".join(found.diverged),
            paper.note,
        )
    )


def parameters(counts: Sequence[int]) -> str:
    """Return how many numbers a run trained: one, or from the fewest of a seed to the most; a dash for no count."""
    return " to ".join(f"{count:,}" for count in sorted({min(counts), max(counts)})) if counts else "—"


def make_metrics(tables: Sequence[Table]) -> dict[str, Any]:
    """Return what metrics.json holds: table -> row (Table 3: corpus; Table 4: corpus -> row) -> WAR, UAR, wF1.

    Means over seeds, in percent, two decimals. A run that stands in an earlier table, as FDAN of Table 4 does, and
    what was not run has no key: a change is one line for each mean that it moves.
    """
    metrics: dict[str, Any] = {}
    known = set()
    for table in tables:
        for row in table.rows:
            if not row.seeds or row.run in known:
                continue
            known.add(row.run)
            place = metrics.setdefault(f"table{table.number}", {})
            if table.number == 4:
                place = place.setdefault(row.corpus, {})
            name = row.corpus + " fine-tuned" * row.fine_tuned if table.number == 3 else row.name
            place[name] = {key: rounded(cell.mean) for key, cell in row.cells.items()}
    return metrics

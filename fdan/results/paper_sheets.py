"""Tables 1 to 4 in print, and metrics.json."""

from collections.abc import Sequence
from typing import Any

from fdan.methods.registry import QUOTED_METHODS
from fdan.results.paper_tables import Row, Table
from fdan.results.printing import METRICS, Sheet, cells, interval, mean_sd, number, p_value, rounded
from fdan.results.published import YARDSTICKS

COMPARISON_TABLES = {1, 2}
"""The tables that set FDAN beside other methods."""

EXTRA_COLUMNS = ("WAR_low", "WAR_high", "p_holm", "parameters_least", "parameters_most", "missing")
"""Columns of csv that are no score: `RowExtras`, but for the yardstick, which is a run of its own."""


def to_sheet(table: Table) -> Sheet:
    """A table of the paper for print."""
    inputs = len({row.published.modalities for row in table.rows}) > 1
    comparison = table.number in COMPARISON_TABLES
    columns = [("", "Task" if table.number == 3 else "Model")] + ([("", "Input")] if inputs else [])
    columns += [("", "kind"), ("ours", "parameters"), ("ours", "seeds")] if comparison else []
    for name in METRICS.values():
        columns += [(name, "paper"), (name, "ours")]
        columns += [(name, "95 %")] if name == "WAR" else []
        columns += [(name, "diff")] if table.compared else []
    columns += [("p", "Holm")] if comparison else []
    numbers = ("paper", "mean", "sd", "diff") if table.compared else ("paper", "mean", "sd")
    head = ("table", "corpus", "synthetic", "row", "kind", "reproduction", "modalities", "seeds")
    # In Table 4 both corpora have the same two notes: said once.
    notes = dict.fromkeys(_note(row) for row in table.rows if row.published.note)
    return Sheet(
        title=f"Table {table.number}.",
        label=f"tab:fdan-{table.number}",
        caption=table.caption,
        columns=tuple(columns),
        lines=tuple(_line(row, inputs, comparison, table.compared) for row in table.rows),
        fields=(*head, *(f"{key}_{kind}" for key in METRICS for kind in numbers), *EXTRA_COLUMNS, "note"),
        records=tuple(_record(row, table.compared) for row in table.rows),
        notes=(*notes, *_diverged(table.rows), *(_yardsticks(table.rows) if comparison else ())),
    )


def _yardsticks(rows: Sequence[Row]) -> tuple[str, ...]:
    """What the words alone reach here, where they were read, and what speech alone reaches elsewhere on the corpus."""
    words = sorted({row.found.words for row in rows if row.found.words is not None})
    here = [yardstick for yardstick in YARDSTICKS if yardstick.corpus == rows[0].published.corpus]
    said = [f"{y.system} {number(y.war)} / {number(y.uar)} ({y.protocol}; {y.source})" for y in here]
    return (
        *(f"n-grams of what is said, with logistic regression, on this split: WAR {number(war)}." for war in words),
        f"Elsewhere, WAR / UAR of speech alone, not on this split: {'; '.join(said)}.",
    )


def _diverged(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(f"{row.label}: {'; '.join(row.found.diverged)}." for row in rows if row.found.diverged)


def _note(row: Row) -> str:
    """What stands below a table of a row: source and protocol, and of a quoted one what was run here instead."""
    note = f"{row.published.row}: {row.published.note}"
    if row.kind:
        note += f". Here, {row.kind}: {QUOTED_METHODS[row.published.run].differs}"
    return f"{note} {words_note(row.cells['WAR'].mean, row.found.words)}".rstrip()


def words_note(war: float | None, words: float | None) -> str:
    """That a row which reads text, of this WAR, does not beat what n-grams reach, if so; else nothing."""
    if war is None or words is None or war > words:
        return ""
    return f"It reads text and does not beat n-grams with logistic regression on the same split (WAR {number(words)})."


def parameters(counts: Sequence[int]) -> str:
    """How many numbers a run trained: one, or from the fewest of a seed to the most; a dash if nobody counted."""
    return " to ".join(f"{count:,}" for count in sorted({min(counts), max(counts)})) if counts else "—"


def _line(row: Row, inputs: bool, comparison: bool, compared: bool) -> tuple[str, ...]:
    line = [row.label]
    found = row.found
    if inputs:
        line.append("+".join(word[0].upper() for word in row.published.modalities.split("+")))
    if comparison:
        line += [row.kind or "—", parameters(found.parameters), str(row.seeds or "—")]
    for key, cell in row.cells.items():
        line += [number(cell.paper), mean_sd(cell.mean, cell.sd)]
        if found.missing:
            line[-1] = found.missing if key == "WAR" else "—"
        if key == "WAR":
            line.append("—" if found.interval is None else interval(found.interval.low, found.interval.high))
        if compared:
            line.append("—" if row.synthetic else number(cell.difference, "+"))
    if comparison:
        line.append("—" if found.adjusted is None else p_value(found.adjusted))
    return tuple(line)


def _record(row: Row, compared: bool) -> tuple[object, ...]:
    paper = row.published
    numbers: list[object] = []
    for cell in row.cells.values():
        numbers += [None if cell.paper is None else f"{cell.paper:.2f}", cell.mean, cell.sd]
        if compared:
            numbers.append(None if row.synthetic else cell.difference)
    head = (paper.table, row.corpus, row.synthetic, paper.row, paper.kind, row.kind, paper.modalities, row.seeds)
    found, counts = row.found, row.found.parameters
    ends = (found.interval.low, found.interval.high) if found.interval else (None, None)
    missing = found.missing or "; ".join(found.diverged)
    further = (*ends, found.adjusted, *((min(counts), max(counts)) if counts else (None, None)), missing)
    return cells((*head, *numbers, *further, paper.note))


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

"""Stage tables: Tables 1 to 4 beside the paper's, what tells their rows apart, and reports/metrics.json."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import json
from pathlib import Path

from fdan.baselines.cnn.params import CNNParams
from fdan.data.emotions import CorpusError
from fdan.data.splits import read_splits
from fdan.results.comparisons import compare_with_fdan
from fdan.results.facts import PREDICTIONS, facts, read_tuning
from fdan.results.paper_tables import make_metrics, make_tables, to_sheet
from fdan.results.printing import FORMS
from fdan.results.protocols import corpora_sheet, protocols_sheet
from fdan.results.published import PUBLISHED
from fdan.results.runs import PAPER, Run, find_runs, measure
from fdan.results.uncertainty import uncertainty_sheet
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run

CORPORA = tuple(dict.fromkeys(row.corpus for row in PUBLISHED))

IN_THE_PAPER = {PAPER, "multi", "baselines"}
"""Groups of runs whose names are rows of the paper's tables; a tuned FDAN is another system."""


def main() -> None:
    """Write ``reports/tables/{table1..4,uncertainty,protocols}.{md,csv,tex}`` and ``reports/metrics.json``.

    Where there are corpora that the paper does not have, also ``corpora.{md,csv,tex}``.
    """
    params = load_params("cnn", CNNParams)
    targets = load_params("targets", list[str])
    splits = read_splits(targets, missing_ok=True)
    measured = measure(find_runs(PREDICTIONS, targets))
    if strangers := sorted({r.corpus for r in measured} - set(splits)):
        raise CorpusError(f"{PREDICTIONS}: predictions on {', '.join(strangers)}, of which data/splits has nothing")
    about = {corpus: facts(corpus, split) for corpus, split in splits.items()}
    speakers = {corpus: {p.utterance: p.speaker for p in split.parts} for corpus, split in splits.items()}
    compared = compare_with_fdan(measured, speakers)
    adjusted = {
        (corpus, row_name(row.measured.run)): row.adjusted
        for corpus, rows in compared.items()
        for row in rows
        if row.adjusted is not None and row.measured.run.group in IN_THE_PAPER
    }
    results = {(r.corpus, row_name(r)): m.scores for r, m in measured.items() if r.group in IN_THE_PAPER}
    epochs = f"{params.epochs} epoch{'s' * (params.epochs > 1)}"
    note = (
        f"CNN rows: {params.weights} initial weights, {epochs} at {params.size} x {params.size} pixels, "
        f"{len(params.seeds)} seed{'s' * (len(params.seeds) > 1)}"
    )
    if params.weights == "random":
        note += f"; a network that starts untrained and stops after {epochs} checks the path, it is no rival"
    tables = make_tables(results, about, dict.fromkeys(CORPORA, note), adjusted)
    sheets = {f"table{table.number}": to_sheet(table) for table in tables}
    chosen = {corpus: trial for corpus, (_, trial) in read_tuning(targets).items()}
    sheets["uncertainty"] = uncertainty_sheet(compared, about, chosen)
    sheets["protocols"] = protocols_sheet(measured, about, targets, chosen)
    if others := [corpus for corpus in targets if corpus not in CORPORA]:
        sheets["corpora"] = corpora_sheet(measured, about, others)
    with output(Path("reports/tables")) as folder:
        folder.mkdir()
        for name, sheet in sheets.items():
            for suffix, form in FORMS.items():
                (folder / f"{name}.{suffix}").write_text(form(sheet), encoding="utf-8")
    with output(Path("reports/metrics.json")) as path:
        path.write_text(json.dumps(make_metrics(tables), indent=2) + "\n", encoding="utf-8")
    runs = sum(len(m.scores) for m in measured.values())
    print(f"tables: {runs} runs in reports/tables ({', '.join(sheets)}) and reports/metrics.json")


def row_name(run_: Run) -> str:
    """A run's name in the paper's tables: ``run`` of a published row."""
    return "multi" if run_.group == "multi" else run_.name


if __name__ == "__main__":
    run()

"""Stage tables: Tables 1 to 4 beside the paper's, what tells their rows apart, and reports/metrics.json."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import json
from dataclasses import replace
from pathlib import Path

from fdan.methods.params import CNNParams
from fdan.results.deviations import LIST, OF_FDAN, deviations_page, differing, read_deviations
from fdan.results.evidence import not_run, read_evidence
from fdan.results.facts import taught_note
from fdan.results.paper_sheets import RIVALS, make_metrics, to_sheet
from fdan.results.paper_tables import cnn_note, paper_tables
from fdan.results.printing import write_forms
from fdan.results.protocols import alphas_note, corpora_sheet, protocols_sheet
from fdan.results.published import CORPORA
from fdan.results.rows import figure_name, rows_page
from fdan.results.runs import PROTOCOLS
from fdan.results.uncertainty import uncertainty_sheet
from fdan.runtime.params import Alpha, load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/tables/{table1..4,uncertainty,protocols}.{md,csv,tex}`` and ``reports/metrics.json``.

    Where there are corpora that the paper does not have, also ``corpora.{md,csv,tex}``. And of Tables 1 and 2 their
    figures, ``reports/figures/rows_{savee,meld}.png``, and the page of the rows that the paper quotes, ``rows.md``.
    ``reports/tables/params.md`` has the parameters that are not the paper's.
    """
    sources = load_params("sources", dict[str, str])
    targets = list(sources)
    evidence = read_evidence(targets)
    measured, facts, chosen = evidence.measured, evidence.facts, evidence.chosen
    network, weights = load_params("features.network", str), load_params("features.weights", str)
    paper = load_params("features.acoustic", str) == "mel"
    encoder = None if paper else load_params("features.acoustic_weights", str)
    taught = taught_note(network, weights, encoder, sources)
    tables = paper_tables(evidence, cnn_note(load_params("cnn", CNNParams)))
    sheets = {f"table{table.number}": to_sheet(table) for table in tables}
    sheets["uncertainty"] = uncertainty_sheet(evidence.compared, facts, chosen)
    alphas = alphas_note(load_params("alpha", Alpha), load_params("protocols.alpha", Alpha))
    sheet = protocols_sheet(measured, facts, targets, chosen)
    sheets["protocols"] = replace(sheet, notes=(*sheet.notes, *alphas, *not_run(targets, PROTOCOLS)))
    if others := [corpus for corpus in targets if corpus not in CORPORA]:
        sheets["corpora"] = corpora_sheet(measured, facts, others)
    found = read_deviations()
    said = {name: differing(found, OF_FDAN if name in {"table3", "table4"} else None) for name in sheets}
    told = {
        name: replace(sheet, caption=f"{sheet.caption} {said[name]}", notes=(*sheet.notes, taught))
        for name, sheet in sheets.items()
    }
    with output(Path("reports/tables")) as folder:
        write_forms(told, folder)
        (folder / Path(LIST).name).write_text(deviations_page(found), encoding="utf-8")
    with output(Path("reports/metrics.json")) as path:
        path.write_text(json.dumps(make_metrics(tables), indent=2) + "\n", encoding="utf-8")
    rivals = [table for table in tables if table.number in RIVALS]
    with output(Path("reports/rows.md")) as path:
        path.write_text(rows_page(rivals, evidence, differing(found)), encoding="utf-8")
    # Matplotlib takes a second to import: not before everything in words is written.
    from fdan.figures.rows import rows_figure
    from fdan.figures.style import PAGE_DPI, save

    for table in rivals:
        with output(Path(f"reports/figures/{figure_name(table)}.png")) as path:
            save(rows_figure(table), path, PAGE_DPI)
    runs = sum(len(run.scores) for run in measured.values())
    print(f"tables: {runs} runs in reports/tables ({', '.join(sheets)}), reports/rows.md and reports/metrics.json")


if __name__ == "__main__":
    run()

"""Stage results: Tables 1 to 4 beside the paper's, what tells their rows apart, and whether the paper holds up."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import json
from pathlib import Path

from fdan.audit.findings import find
from fdan.audit.page import to_json, to_page
from fdan.methods.params import CNNParams, TextParams
from fdan.results.corpus_summary import features_note
from fdan.results.curves import write_curves
from fdan.results.deviations import LIST, deviations_page, differing, read_deviations
from fdan.results.effects import ClaimsParams, effects
from fdan.results.load_results import load_results, not_run
from fdan.results.paper_sheets import make_metrics
from fdan.results.paper_tables import COMPARISON_TABLES, paper_tables, training_note
from fdan.results.printing import write_forms
from fdan.results.rows import rows_page
from fdan.results.runs import CNN, FINETUNE, PROTOCOLS
from fdan.results.sheets import all_sheets
from fdan.runtime.params import Seeds, load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/tables``, ``rows.md``, ``metrics.json``, ``audit.{md,json}``, ``curves`` and their figures.

    A table has the forms Markdown, csv, LaTeX, and JSON, which the report draws; ``tables/params.md`` lists the
    settings that differ from the paper.
    """
    project = Project()
    sources = load_params("sources", dict[str, str])
    network, weights = load_params("features.network", str), load_params("features.weights", str)
    encoder = load_params("features.acoustic_weights", str) if load_params("features.acoustic", str) != "mel" else None
    deviations = read_deviations(project)
    evidence = load_results(project, list(sources))
    synthetic = [corpus for corpus, fact in evidence.facts.items() if fact.synthetic]
    claims = effects(
        load_params("claims", ClaimsParams),
        evidence.measured,
        evidence.speakers,
        list(sources),
        synthetic,
        evidence.undertrained,
    )
    tables = paper_tables(evidence, training_notes(), load_params("text", TextParams).encoder)
    features = features_note(network, weights, encoder, sources)
    sheets = all_sheets(evidence, claims, tables, deviations, features, not_run(project, list(sources), PROTOCOLS))
    comparisons = [table for table in tables if table.number in COMPARISON_TABLES]
    found = find(project, evidence, claims, deviations)
    with output(project.reports / "tables") as folder:
        write_forms(sheets, folder)
        (folder / Path(LIST).name).write_text(deviations_page(deviations), encoding="utf-8")
    with output(project.reports / "curves") as folder:
        write_curves(project.runs(), list(sources), folder)
    texts = {
        "metrics.json": json.dumps(make_metrics(tables), indent=2) + "\n",
        "rows.md": rows_page(comparisons, evidence, differing(deviations)),
        "audit.json": json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n",
        "audit.md": to_page(found),
    }
    for name, text in texts.items():
        with output(project.reports / name) as path:
            path.write_text(text, encoding="utf-8")
    # Matplotlib takes a second to import: not before everything in words is written.
    from fdan.audit.figures import FIGURES
    from fdan.figures.rows import write_rows
    from fdan.figures.style import PAGE_DPI, save

    with output(project.figure("rows")) as folder:
        write_rows(comparisons, sources, folder)
    for name, draw in FIGURES.items():
        with output(project.figure(f"{name}.png")) as path:
            save(draw(found), path, PAGE_DPI)
    runs = sum(len(run.scores) for run in evidence.measured.values())
    print(f"results: {runs} runs, {len(found.alpha.runs)} with gradients, in reports/tables and reports/audit.md")


def training_notes() -> dict[str, str]:
    """Return a note on the training of the rows that go through a backbone: those of the CNNs, and FDAN's."""
    cnn = load_params("cnn", CNNParams)
    return {
        CNN: training_note("CNN rows", cnn.weights, cnn.epochs, cnn.size, len(cnn.seeds)),
        FINETUNE: training_note(
            f"Fine-tuned rows of FDAN, through {load_params('finetune.network', str)}",
            load_params("finetune.weights", str),
            load_params("finetune.epochs", int),
            load_params("finetune.size", int),
            len(load_params("finetune.seeds", Seeds)),
        ),
    }


if __name__ == "__main__":
    run()

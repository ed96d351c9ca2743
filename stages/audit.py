"""Stage audit: does the paper hold up? The page, its numbers and its figures."""

import json
from pathlib import Path
from typing import Any

from fdan.audit import paper, runs
from fdan.audit.histories import read_histories
from fdan.audit.page import to_page
from fdan.comparisons import compare_with_fdan
from fdan.data import meld, savee
from fdan.data.utterance import Emotion
from fdan.params import load_params
from fdan.results import find_runs, measure
from stages.parts import PREDICTIONS, facts, read_splits, read_tuning
from stages.process import output, run

REPORTS = Path("reports")


def main() -> None:
    """Write ``reports/audit.{md,json}`` and ``reports/figures/audit_*.png``."""
    found = findings(load_params("targets", list[str]), load_params("released.alpha", float))
    # Matplotlib takes a second to import: not before the page is made.
    from fdan.audit.figures import FIGURES, save

    for name, draw in FIGURES.items():
        with output(REPORTS / "figures" / f"{name}.png") as path:
            save(draw(found), path)
    with output(REPORTS / "audit.json") as path:
        path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with output(REPORTS / "audit.md") as path:
        path.write_text(to_page(found), encoding="utf-8")
    counted = {key: len(found[key]["runs"]) for key in ("alpha", "selection")}
    print(
        f"audit: {counted['alpha']} runs with gradients, {counted['selection']} with the test WAR by epoch, "
        f"{len(found['leak']['rows'])} comparisons of protocols, in reports/audit.md"
    )


def findings(targets: list[str], released_alpha: float) -> dict[str, Any]:
    """Everything that the page says, as audit.json holds it."""
    splits = read_splits(targets)
    about = {corpus: facts(corpus, split) for corpus, split in splits.items()}
    speakers = {corpus: {p.utterance: p.speaker for p in split.parts} for corpus, split in splits.items()}
    measured = measure(find_runs(PREDICTIONS, list(splits)))
    histories = read_histories(find_runs(Path("runs"), list(splits)))
    trials = read_tuning(list(splits))
    compared = compare_with_fdan(measured, speakers)
    checked = paper.arithmetic(*([counts[emotion] for emotion in Emotion] for counts in (savee.COUNTS, meld.COUNTS)))
    selection = runs.selection(histories)
    return {
        "corpora": targets,
        "synthetic": [fact.name for fact in about.values() if fact.synthetic],
        "speakers": {corpus: fact.speakers for corpus, fact in about.items()},
        "arithmetic": checked,
        "intervals": paper.intervals({corpus: checked[corpus]["size"] for corpus in ("savee", "meld")}),
        "uncertainty": runs.uncertainty(compared),
        "alpha": runs.alpha(histories, trials, measured, released_alpha),
        "selection": selection,
        "leak": runs.leak(measured, speakers),
        "released": runs.released(compared, selection),
        "quoted": paper.quoted(),
    }


if __name__ == "__main__":
    run()

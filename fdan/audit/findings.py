"""Everything that the audit page says, from the files of the pipeline."""

from pathlib import Path
from typing import Any

from fdan.audit import paper, runs
from fdan.audit.histories import read_histories
from fdan.corpora import meld, savee
from fdan.data.emotions import Emotion
from fdan.data.splits import read_splits
from fdan.results.comparisons import compare_with_fdan
from fdan.results.facts import PREDICTIONS, facts, read_tuning
from fdan.results.runs import find_runs, measure


def findings(targets: list[str], released_alpha: float) -> dict[str, Any]:
    """Everything that the page says, as audit.json holds it."""
    splits = read_splits(targets, missing_ok=True)
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

"""Everything that the audit page says, from the files of the pipeline."""

from pathlib import Path
from typing import Any

from fdan.audit import paper, runs
from fdan.audit.histories import read_histories
from fdan.corpora import meld, savee
from fdan.data.emotions import Emotion
from fdan.results.evidence import read_evidence
from fdan.results.runs import find_runs


def findings(targets: list[str]) -> dict[str, Any]:
    """Everything that the page says, as audit.json holds it."""
    evidence = read_evidence(targets)
    facts = {corpus: evidence.facts[corpus] for corpus in evidence.corpora}
    histories = read_histories(find_runs(Path("runs"), evidence.corpora))
    checked = paper.arithmetic(*([counts[emotion] for emotion in Emotion] for counts in (savee.COUNTS, meld.COUNTS)))
    selection = runs.selection(histories)
    return {
        "corpora": targets,
        "synthetic": [fact.name for fact in facts.values() if fact.synthetic],
        "speakers": {corpus: fact.speakers for corpus, fact in facts.items()},
        "arithmetic": checked,
        "intervals": paper.intervals({corpus: checked[corpus]["size"] for corpus in ("savee", "meld")}),
        "uncertainty": runs.uncertainty(evidence.compared),
        "alpha": runs.alpha(histories, evidence.trials, evidence.measured),
        "selection": selection,
        "leak": runs.leak(evidence.measured, evidence.speakers),
        "released": runs.released(evidence.compared, selection),
        "quoted": paper.quoted(),
    }

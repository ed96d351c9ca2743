"""Everything that the audit page says, from the files of the pipeline."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fdan.audit import paper, quoted, runs
from fdan.audit.histories import read_histories
from fdan.audit.paper_effects import Replication, replications
from fdan.audit.train_test_overlap import Overlap, train_test_overlap
from fdan.corpora import meld, savee
from fdan.data.emotions import Emotion
from fdan.results.deviations import Deviation
from fdan.results.effects import Effect
from fdan.results.load_results import Evidence
from fdan.results.runs import RunName, find_histories
from fdan.runtime.project import Project


@dataclass(frozen=True)
class Findings:
    """What audit.json holds.

    Attributes:
        corpora: the targets.
        synthetic: those, in print, whose clips are made up.
        deviations: the parameters of our runs that are not the paper's.
        diverged: a line on each run of which a seed diverged.
        claims: the primary contrasts, measured.
        undertrained: runs that no sentence ranks.
        replications: of each effect of the paper's own rows, whether it was replicated.
        arithmetic: point 1.
        intervals: point 2, of the paper.
        outside: yardsticks from elsewhere.
        inherited: what the test parts share with training.
        uncertainty: point 2, of our runs.
        alpha: point 3.
        selection: point 4.
        leak: point 5.
        released: point 6.
        quoted: point 7.
    """

    corpora: tuple[str, ...]
    synthetic: tuple[str, ...]
    deviations: tuple[Deviation, ...]
    diverged: tuple[str, ...]
    claims: tuple[Effect, ...]
    undertrained: tuple[RunName, ...]
    replications: tuple[Replication, ...]
    arithmetic: paper.Arithmetic
    intervals: paper.Intervals
    outside: tuple[quoted.Outside, ...]
    inherited: tuple[Overlap, ...]
    uncertainty: runs.Uncertainty
    alpha: runs.Alpha
    selection: runs.Selection
    leak: runs.Leak
    released: runs.Released
    quoted: quoted.QuotedRows

    def plain(self) -> dict[str, Any]:
        """As JSON: every number to its full precision."""
        return asdict(self)


def find(project: Project, evidence: Evidence, claims: Sequence[Effect], deviations: Sequence[Deviation]) -> Findings:
    """Return everything that the page says.

    Args:
        project: holds the histories of training and the manifests.
        evidence: what was measured.
        claims: the primary contrasts, measured.
        deviations: the parameters of the runs that are not the paper's.

    Raises:
        CorpusError: a history or a manifest is broken.
    """
    facts = {corpus: evidence.facts[corpus] for corpus in evidence.corpora}
    histories = read_histories(project, find_histories(project.runs(), evidence.corpora))
    checked = paper.arithmetic(
        *(tuple(counts[emotion] for emotion in Emotion) for counts in (savee.COUNTS, meld.COUNTS))
    )
    tested = {"savee": checked.savee.size, "meld": checked.meld.size}
    synthetic = [corpus for corpus, fact in facts.items() if fact.synthetic]
    trained = {run: its for run, its in evidence.measured.items() if run not in evidence.undertrained}
    selection = runs.selection(histories)
    return Findings(
        corpora=evidence.targets,
        synthetic=tuple(fact.name for fact in facts.values() if fact.synthetic),
        deviations=tuple(deviations),
        diverged=tuple(evidence.diverged_notes.values()),
        claims=tuple(claims),
        undertrained=tuple(sorted(evidence.undertrained)),
        replications=replications(evidence.measured, evidence.speakers, tested, synthetic, evidence.undertrained),
        arithmetic=checked,
        intervals=paper.intervals(tested),
        outside=quoted.outside(),
        inherited=train_test_overlap(project, evidence),
        uncertainty=runs.uncertainty(evidence.compared),
        alpha=runs.alpha(histories, evidence.trials, trained),
        selection=selection,
        leak=runs.leak(evidence.measured, evidence.speakers),
        released=runs.released(evidence.compared, selection),
        quoted=quoted.quoted(evidence.compared, evidence.missing),
    )

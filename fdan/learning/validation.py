"""Networks that leave a part of the training speech out, to fit the temperature of FDAN's probabilities to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fdan.data.splits import ProtocolError, cut_validation
from fdan.learning.domains import Domains, Target
from fdan.learning.outcomes import Outcome
from fdan.learning.runs import Job, train_all
from fdan.metrics.predictions import Predictions
from fdan.runtime.jobs import ParallelParams


def hold_out(target: Target, fraction: float, seed: int) -> tuple[dict[str, Domains], str]:
    """Read the samples of a validation part; none, and the reason, where too little speech trains for one.

    Args:
        target: the corpus.
        fraction: of each emotion's training speech that validates.
        seed: of the cut.

    Raises:
        CorpusError: a file is missing or broken.
    """
    try:
        return {"": target.domains(cut_validation(target.split, fraction, seed))}, ""
    except ProtocolError as error:
        return {}, str(error)


@dataclass(frozen=True)
class Validated:
    """What became of trainings, of which one has another beside it that leaves validation speech out.

    Attributes:
        outcomes: of the trainings.
        tested: the seed of FDAN that is tested; None if it diverged in every seed.
        validation: predictions of the network of that seed on the validation part; None without one.
        counts: how many networks were trained and known.
    """

    outcomes: list[Outcome]
    tested: int | None
    validation: Predictions | None
    counts: str


def train_validated(jobs: Sequence[Job], held_out: Sequence[Job], title: str, parallel: ParallelParams) -> Validated:
    """Train all networks, and that of `held_out` whose seed is the first in which FDAN does not diverge.

    Args:
        jobs: of all variants and seeds.
        held_out: FDAN without the validation part, one for each seed in order; empty where there is no such part.
        title: of the progress bar.
        parallel: where.

    Raises:
        FdanError: as `train_all`.
    """
    found, counts = train_all([*jobs, *held_out[:1]], title, parallel)
    outcomes, validated = found[: len(jobs)], found[len(jobs) :]
    tested = next((o.seed for o in outcomes if o.variant == "fdan" and not o.diverged), None)
    if tested is not None and validated and validated[0].seed != tested:
        validated, _ = train_all([job for job in held_out if job.settings.seed == tested], title, parallel)
    return Validated(outcomes, tested, validated[0].predictions if validated else None, counts)

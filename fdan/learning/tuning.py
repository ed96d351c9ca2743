"""The grid of Sec. 3.2: FDAN at every point, trained on a part of the training speech and scored on the rest of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from fdan.data.trials import Setting, Trial
from fdan.learning.domains import Domains
from fdan.learning.outcomes import Outcome, to_trial
from fdan.learning.params import ModelParams, TrainParams, TuningParams, Variant
from fdan.learning.runs import Job, Settings, jobs_of


@dataclass(frozen=True)
class Grid:
    """What is searched.

    Attributes:
        params: the values of each axis, and the seeds.
        fdan: which parts of FDAN are there.
        model: widths and depth.
        train: the optimiser's settings, of which a point replaces weight decay and learning rate.
    """

    params: TuningParams
    fdan: Variant
    model: ModelParams
    train: TrainParams

    @property
    def points(self) -> list[Setting]:
        """All of them, the last axis first."""
        axes = self.params.alphas, self.params.weight_decays, self.params.learning_rates
        return [Setting(*point) for point in product(*axes)]

    def jobs(self, points: Sequence[Setting], domains: Domains) -> list[Job]:
        """Every seed at each of these points."""
        found = []
        for point in points:
            train = replace(self.train, weight_decay=point.weight_decay, learning_rate=point.learning_rate)
            settings = Settings(point.alpha, self.model, train)
            found += jobs_of({"fdan": self.fdan}, self.params.seeds, settings, {"": domains})
        return found

    def trials(self, outcomes: Sequence[Outcome]) -> list[Setting]:
        """The points with their scores, from the outcomes of `jobs` at all points; a point that diverged has none."""
        many = len(self.params.seeds)
        return [to_trial(point, outcomes[many * i : many * (i + 1)]) for i, point in enumerate(self.points)]


def chosen(best: Trial | None, said: str) -> str:
    """Return the choice, for a stage's summary line; `said` is what the winner reaches on the test part."""
    if not best:
        return "every setting diverged, so none is chosen; add lower values to tuning.learning_rates or tuning.alphas"
    return (
        f"chosen: alpha {best.alpha:g}, weight decay {best.weight_decay:g}, learning rate {best.learning_rate:g} "
        f"(validation WAR {best.war:.2f} %); winner on the test part: {said}"
    )

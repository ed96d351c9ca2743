"""Networks of the study's arms: one job for each fold and seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean

from fdan.data.histories import Epoch, lmmd_share, sampled_norms
from fdan.data.splits import ProtocolError, Split
from fdan.learning.domains import Domains, Target
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import Job, train_all
from fdan.metrics.predictions import Predictions, pool_folds
from fdan.metrics.scores import score
from fdan.runtime.cache import Cache
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Seeds
from fdan.study.folds import longer, starve, validation_folds
from fdan.study.params import Arm, StudyParams
from fdan.study.placebos import domains_of
from fdan.study.plain import PlainJob
from fdan.study.probe import ProbeJob

AnyJob = Job | PlainJob | ProbeJob


@dataclass(frozen=True)
class Trained:
    """What became of an arm.

    Attributes:
        seeds: seed -> the predictions of all folds, pooled; None if the training diverged in a fold.
        share: LMMD's share of the gradient over the first tenth of training, in [0, 1], mean over all networks; None
            without LMMD, and where it was never measured.
        counts: how many networks were trained, and how many were cached.
    """

    seeds: dict[int, Predictions | None]
    share: float | None
    counts: str


@dataclass(frozen=True)
class Trainer:
    """All that the arms of one backbone share.

    Attributes:
        study: section ``study``.
        target: the features.
        folds: of `fdan.study.folds.folds_of`.
        model: section ``model``.
        train: section ``train``.
        parallel: section ``parallel``.
    """

    study: StudyParams
    target: Target
    folds: Mapping[str, Split]
    model: ModelParams
    train: TrainParams
    parallel: ParallelParams

    def jobs(self, name: str, arm: Arm, seeds: Seeds, alphas: Mapping[str, float]) -> list[AnyJob]:
        """Return a job for each fold and seed, folds outermost; none without alphas.

        Args:
            name: of the arm.
            arm: its settings.
            seeds: one network each.
            alphas: fold -> the alpha of its networks.
        """
        jobs: list[AnyJob] = []
        for fold in self.folds if alphas else ():
            for seed in seeds:
                domains, train = self._samples(fold, arm.actors, seed)
                run = Run(seed, alphas[fold], train)
                if arm.system == "probe":
                    jobs.append(ProbeJob(domains))
                elif arm.system == "no_faces":
                    jobs.append(PlainJob(replace(run, alpha=0.0), self.model, domains))
                else:
                    jobs.append(Job(name, fold, run, arm.attention, self.model, domains_of(arm, domains, seed)))
        return jobs

    def alphas(self, arm: Arm, ask: bool) -> dict[str, float]:
        """Return the alpha of each fold; none where it must be chosen by networks that are not cached.

        The best one has the highest WAR on the actors of the next fold, whose speech does not train then; of equals
        the smallest. Nothing of the fold's own actors is used.

        Args:
            arm: whose alpha.
            ask: whether to train what is not cached.

        Raises:
            ProtocolError: one must be chosen, and there are fewer than three folds.
        """
        if arm.alpha != "best":
            return dict.fromkeys(self.folds, arm.alpha)
        seeds, folds = self.study.other_seeds, self._validation.folds
        tried = {alpha: replace(arm, alpha=alpha) for alpha in self.study.alphas}
        jobs = [
            job
            for alpha, fixed in tried.items()
            for job in self._validation.jobs(f"alpha {alpha:g}", fixed, seeds, dict.fromkeys(folds, alpha))
        ]
        if not folds:
            raise ProtocolError(f"alpha best: found {len(self.folds)} folds, expected three or more")
        if not (ask or all_cached(jobs)):
            return {}
        tested = iter(self._run(jobs, "alpha, validation")[0])
        wars = {(alpha, fold): fmean(_war(next(tested)) for _ in seeds) for alpha in tried for fold in folds}
        return {fold: max(tried, key=lambda alpha: (wars[alpha, fold], -alpha)) for fold in folds}

    def results(self, name: str, jobs: Sequence[AnyJob], seeds: Seeds) -> Trained:
        """Train what is not cached, and pool the folds of each seed."""
        predictions, histories, counts = self._run(jobs, name)
        pooled: dict[int, Predictions | None] = {}
        for place, seed in enumerate(seeds):
            parts = predictions[place :: len(seeds)]
            sound = [part for part in parts if part]
            pooled[seed] = pool_folds(sound) if len(sound) == len(parts) else None
        return Trained(pooled, share_of(histories), counts)

    def _run(self, jobs: Sequence[AnyJob], title: str) -> tuple[list[Predictions | None], list[Sequence[Epoch]], str]:
        networks = [job for job in jobs if isinstance(job, Job)]
        if networks:
            outcomes, counts = train_all(networks, title, self.parallel)
            return [o.predictions for o in outcomes], [o.history for o in outcomes], counts
        others = [job for job in jobs if not isinstance(job, Job)]
        computed = run_cached(others, title, self.parallel)
        found = [job.predictions(entry) for job, entry in zip(others, computed.entries, strict=True)]
        return [*found], [], computed.counts

    def _samples(self, fold: str, actors: int | None, seed: int) -> tuple[Domains, TrainParams]:
        """The samples of a fold; starved networks train longer, so that all take as many steps."""
        whole = self._domains[fold]
        if actors is None:
            return whole, self.train
        starved = self.target.domains(starve(self.folds[fold], actors, seed))
        epochs = longer(self.train.epochs, self._steps(whole), self._steps(starved))
        return starved, replace(self.train, epochs=epochs)

    def _steps(self, domains: Domains) -> int:
        return -(-min(len(domains.visual.y), len(domains.acoustic.y)) // self.train.batch_size)

    @cached_property
    def _domains(self) -> dict[str, Domains]:
        return {name: self.target.domains(fold) for name, fold in self.folds.items()}

    @cached_property
    def _validation(self) -> "Trainer":
        return replace(self, folds=validation_folds(dict(self.folds)))


def _war(predictions: Predictions | None) -> float:
    """Its WAR; 0 of a training that diverged."""
    return score(predictions).war if predictions else 0.0


def share_of(histories: Sequence[Sequence[Epoch]]) -> float | None:
    """Return LMMD's share of the gradient over the first tenth of each history, mean over the histories."""
    first = [sampled_norms(history[: max(1, len(history) // 10)]) for history in histories]
    shares = [lmmd_share(norms) for norms in first if norms and norms[0].weight]
    return fmean(shares) if shares else None


def all_cached(jobs: Sequence[AnyJob]) -> bool:
    """Return whether every result is in the cache, so that an arm costs nothing."""
    if not jobs:
        return False
    cache = Cache(jobs[0].kind, (), jobs[0].code, jobs[0].libraries)
    return all(cache.read(job.key(cache)) for job in jobs)

"""What train, multi, protocols and tuning share: many networks over all cores, each trained once."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import torch

from fdan.learning.bank import build_bank, predict, predict_alone
from fdan.learning.checkpoint import describe_checkpoint, encode_checkpoint
from fdan.learning.domains import Domains
from fdan.learning.jobs import TrainingJob
from fdan.learning.model import FDAN
from fdan.learning.outcomes import Outcome, to_entry
from fdan.learning.params import ModelParams, TrainParams, Variant
from fdan.learning.training import Domain, train
from fdan.metrics.predictions import Predictions, training_war
from fdan.runtime.cache import CacheEntry
from fdan.runtime.cached_job import Stack, run_cached
from fdan.runtime.jobs import ParallelParams

STACK = 2
"""Networks trained side by side by one process: more share the cost of small operations, fewer the cache."""

LIBRARIES = ("numpy", "torch")
"""Their versions count for a cached result."""


@dataclass(frozen=True)
class Settings:
    """What all networks of a stage share.

    Attributes:
        alpha: trade-off of Eq. 9, of the variants that have LMMD.
        model: widths and depth.
        train: the optimiser's settings.
    """

    alpha: float
    model: ModelParams
    train: TrainParams


@dataclass(frozen=True)
class Job(TrainingJob):
    """One network to train and test.

    Attributes:
        attention: whether the network has cross-attention.
        model: widths and depth.
        domains: what it is trained and tested on.
        watch: epochs from one look at the test part to the next, for `Epoch.test_war`; 0: none.
    """

    attention: bool
    model: ModelParams
    domains: Domains
    watch: int = 0

    kind: ClassVar[str] = "networks"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def decisive(self) -> tuple[object, ...]:
        """The settings of the network and its training, and the looks at the test part, which the history shows."""
        return self.settings, self.attention, self.model, self.watch

    @property
    def samples(self) -> Domains:
        """What the network is trained and tested on."""
        return self.domains

    def run(self) -> CacheEntry:
        """Train and test the network."""
        return train_together((self,))[0]


def jobs_of(
    variants: Mapping[str, Variant],
    seeds: Sequence[int],
    settings: Settings,
    folds: Mapping[str, Domains],
    watch: int = 0,
) -> list[Job]:
    """Every variant and seed on every fold of a protocol; a protocol with one fold calls it ""."""
    return [
        Job(
            name,
            fold,
            variant.run(seed, settings.alpha, settings.train),
            variant.attention,
            settings.model,
            domains,
            watch,
        )
        for fold, domains in folds.items()
        for name, variant in variants.items()
        for seed in seeds
    ]


def train_all(jobs: Sequence[Job], title: str, parallel: ParallelParams) -> tuple[list[Outcome], str]:
    """Train and test networks, or find them in the cache: the same bytes either way.

    Returns:
        What became of each job, in order, and how many networks were trained and known, for a stage's summary line.

    Raises:
        FdanError: as `run_cached`.
    """
    computed = run_cached(jobs, title, parallel, stacks=_stacks)
    return [job.outcome(entry) for job, entry in zip(jobs, computed.entries, strict=True)], computed.counts


def _stacks(jobs: Sequence[Job]) -> list[Stack[Job]]:
    """Jobs of one shape and on the same samples in twos; those with the most to do first, so that no core waits."""
    alike: dict[tuple[object, ...], list[Job]] = {}
    for job in jobs:
        params, domains = job.settings.params, job.domains
        shape = (params.epochs, params.batch_size, params.momentum, job.model)
        group = (domains.training_digest, domains.test_digest, job.attention, job.watch, shape)
        alike.setdefault(group, []).append(job)
    groups = [tuple(group[i : i + STACK]) for group in alike.values() for i in range(0, len(group), STACK)]
    groups.sort(key=lambda group: (group[0].attention, len(group)), reverse=True)
    return [Stack(group, train_together) for group in groups]


def train_together(jobs: tuple[Job, ...]) -> list[CacheEntry]:
    """Train jobs of one shape side by side, and predict the test utterances with each network."""
    first = jobs[0]
    domains, model, every = first.domains, first.model, first.watch
    truth = Domain.of(domains.test, domains.classes).y

    def observe(network: FDAN) -> float:
        logits = predict_alone(network, domains.visual.x, domains.acoustic.x, domains.test.values)
        return 100 * float((logits.argmax(dim=1) == truth).double().mean())

    seen = observe if every and domains.test.utterances else None
    trained = train(
        domains.visual,
        domains.acoustic,
        len(domains.classes),
        [job.settings for job in jobs],
        first.attention,
        model,
        seen,
        every or 1,
    )
    entries = []
    for job, (network, history) in zip(jobs, trained, strict=True):
        bank = build_bank(network, domains.visual.x, domains.acoustic.x)
        probabilities, own = (
            torch.softmax(predict(network, bank, x)[0].double(), dim=1).numpy()
            for x in (domains.test.values, domains.acoustic.x)
        )
        war = training_war(own, domains.acoustic.y.numpy())
        parameters = sum(weights.numel() for weights in network.parameters())
        data = encode_checkpoint(network, domains.classes, model, {})
        entries.append(to_entry(history, job.settings.params.epochs, probabilities, parameters, war, data))
    return entries


def write_networks(jobs: Sequence[Job], outcomes: Sequence[Outcome], corpus: str, runs: Path) -> None:
    """Write ``<runs>/<variant>/seed-<n>.safetensors`` of every job that did not diverge; it says how it was trained."""
    for job, outcome in zip(jobs, outcomes, strict=True):
        if not outcome.diverged:
            settings = {"alpha": job.settings.alpha, "train": asdict(job.settings.params)}
            about = {"corpus": corpus, "name": job.variant, "seed": job.settings.seed} | settings
            path = runs / job.variant / f"seed-{job.settings.seed}.safetensors"
            path.write_bytes(describe_checkpoint(outcome.network, about))


def predictions_of(network: FDAN, domains: Domains) -> Predictions:
    """The predictions of one network on the test utterances, in the context of its own training samples."""
    network.eval()
    logits = predict_alone(network, domains.visual.x, domains.acoustic.x, domains.test.values)
    return domains.predictions(torch.softmax(logits.double(), dim=1).numpy())

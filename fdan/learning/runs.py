"""What train, multi, protocols and tuning share: many runs over all cores, each network trained once."""

from fdan.numerics.pins import note_unpinned

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean

import torch

from fdan.data.histories import Epoch, write_history
from fdan.learning.bank import predict_alone
from fdan.learning.checkpoint import decode_checkpoint, encode_checkpoint
from fdan.learning.domains import Domains
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, Run, TrainingError
from fdan.learning.training import Domain, train
from fdan.metrics.predictions import Predictions, pool_folds, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams, run_jobs
from fdan.runtime.params import load_params
from fdan.runtime.process import output
from fdan.runtime.worker import Failure

STACK = 2
"""Networks trained side by side by one process: more share the cost of small operations, fewer the cache."""

CODE = ("fdan/data/histories.py", "fdan/learning", "fdan/numerics")
LIBRARIES = ("numpy", "torch")
"""What a remembered network depends on, beside its settings and samples."""


@dataclass(frozen=True)
class Job:
    """One run, and where it belongs.

    Attributes:
        name: the variant's.
        fold: of the protocol, empty if it has one only.
        run: seed, alpha and the optimiser's settings.
        attention: whether the network has cross-attention.
        domains: what it is trained and tested on.
        watch: epochs from one look at the test part to the next, for `Epoch.test_war`; 0: none.
    """

    name: str
    fold: str
    run: Run
    attention: bool
    domains: Domains
    watch: int = 0

    def key(self, model: ModelParams, cache: Cache) -> str:
        """The name of the network and its history in the cache; variants that train alike share one."""
        tested = self.domains.test_digest if self.watch else ""
        settings = repr((self.run, self.attention, model, self.watch))
        return cache.key(settings, self.domains.training_digest, tested)


@dataclass(frozen=True)
class _Stack:
    """Runs that one process trains side by side."""

    jobs: tuple[Job, ...]
    model: ModelParams


class Trained:
    """Every job's network and history, trained now or known from an earlier run: the same bytes either way.

    Args:
        jobs: runs of any domains and variants.
        model: widths and depth.
        title: of the progress bar.
    """

    def __init__(self, jobs: Sequence[Job], model: ModelParams, title: str) -> None:
        self.jobs, self.model, self.title = jobs, model, title
        self.cache = Cache("networks", (), CODE, LIBRARIES)
        self.keys = [job.key(model, self.cache) for job in jobs]
        self.known = {key: entry for key in set(self.keys) if (entry := self.cache.read(key))}
        self.fresh = {key: job for key, job in zip(self.keys, jobs, strict=True) if key not in self.known}

    @property
    def counts(self) -> str:
        """For a stage's summary line."""
        return f"trained {len(self.fresh)}, known {len(self.jobs) - len(self.fresh)}"

    def __iter__(self) -> Iterator[tuple[Job, FDAN, list[Epoch]]]:
        """Each job with what became of it; those with the most to do are trained first, so that no core waits."""
        self._train()
        for key, job in zip(self.keys, self.jobs, strict=True):
            entry = self.known[key]
            network = decode_checkpoint(entry.blobs[0], self.title).model
            yield job, network, [Epoch(*epoch) for epoch in entry.about]

    def _train(self) -> None:
        alike: dict[tuple[object, ...], list[str]] = {}
        for key, job in self.fresh.items():
            shape = (job.run.params.epochs, job.run.params.batch_size, job.run.params.momentum)
            group = (job.domains.training_digest, job.domains.test_digest, job.attention, job.watch, shape)
            alike.setdefault(group, []).append(key)
        keys = [group[i : i + STACK] for group in alike.values() for i in range(0, len(group), STACK)]
        keys.sort(key=lambda some: (self.fresh[some[0]].attention, len(some)), reverse=True)
        stacks = [_Stack(tuple(self.fresh[key] for key in some), self.model) for some in keys]
        for place, entries in run_jobs(_train, stacks, self.title, load_params("parallel", ParallelParams)):
            if isinstance(entries, Failure):
                raise TrainingError(entries.reason)
            for key, entry in zip(keys[place], entries, strict=True):
                self.cache.write(key, entry)
                self.known[key] = entry


def _train(stack: _Stack) -> list[CacheEntry]:
    domains, attention, every = stack.jobs[0].domains, stack.jobs[0].attention, stack.jobs[0].watch
    truth = Domain.of(domains.test, domains.classes).y

    def observe(network: FDAN) -> float:
        logits = predict_alone(network, domains.visual.x, domains.acoustic.x, domains.test.values)
        return 100 * float((logits.argmax(dim=1) == truth).double().mean())

    seen = observe if every and domains.test.utterances else None
    runs = [job.run for job in stack.jobs]
    trained = train(
        domains.visual, domains.acoustic, len(domains.classes), runs, attention, stack.model, seen, every or 1
    )
    return [
        CacheEntry([astuple(e) for e in history], (encode_checkpoint(network, domains.classes, stack.model, {}),))
        for network, history in trained
    ]


def run_all(jobs: Sequence[Job], model: ModelParams, where: str, title: str) -> str:
    """Train and test every job; networks are not kept.

    Writes ``reports/predictions/<where>/<variant>/seed-<n>.csv``, all folds in one, and the history of each
    run, ``runs/<where>/<variant>/seed-<n>[-<fold>].csv``.

    Returns:
        For the summary line: the mean WAR over seeds of each variant, and how many networks were trained.
    """
    trained = Trained(jobs, model, title)
    found: dict[str, dict[int, list[Predictions]]] = {}
    with output(Path("runs") / where) as runs, output(Path("reports/predictions") / where) as reports:
        for job, network, history in trained:
            for folder in (runs, reports):
                (folder / job.name).mkdir(parents=True, exist_ok=True)
            write_history(history, runs / job.name / f"seed-{job.run.seed}{'-' * bool(job.fold)}{job.fold}.csv")
            seeds = found.setdefault(job.name, {})
            seeds.setdefault(job.run.seed, []).append(predictions_of(network, job.domains))
        wars: dict[str, list[float]] = {}
        for name, seeds in found.items():
            for seed, folds in seeds.items():
                pooled = pool_folds(folds)
                write_predictions(pooled, reports / name / f"seed-{seed}.csv")
                wars.setdefault(name, []).append(score(pooled).war)
        note_unpinned(runs)
    means = ", ".join(f"{name} {fmean(wars[name]):.2f} %" for name in sorted(wars))
    return f"mean WAR over seeds: {means}; {trained.counts}"


def predictions_of(network: FDAN, domains: Domains) -> Predictions:
    """The predictions of one run on the test utterances, in the context of its own training samples."""
    network.eval()
    logits = predict_alone(network, domains.visual.x, domains.acoustic.x, domains.test.values)
    return domains.predictions(torch.softmax(logits.double(), dim=1).numpy())

"""What train, protocols and tuning share: many runs over all cores, their histories, their predictions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch

from fdan.data.histories import Epoch, write_history
from fdan.learning.bank import predict_alone
from fdan.learning.domains import Domains
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, Run
from fdan.learning.training import Domain, train
from fdan.metrics.predictions import Predictions, make_predictions, pool_folds, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.process import output, pool

STACK = 2
"""Networks trained side by side by one process: more share the cost of small operations, fewer the cache."""


@dataclass(frozen=True)
class Job:
    """One run, and where it belongs.

    Attributes:
        name: the variant's.
        fold: of the protocol, empty if it has one only.
        run: seed, alpha and the optimiser's settings.
        attention: whether the network has cross-attention.
        domains: what it is trained and tested on.
    """

    name: str
    fold: str
    run: Run
    attention: bool
    domains: Domains


@dataclass(frozen=True)
class _Stack:
    """Runs that one process trains side by side."""

    jobs: tuple[Job, ...]
    model: ModelParams
    observed: bool


def train_all(
    jobs: Sequence[Job], model: ModelParams, title: str, observed: bool = True
) -> Iterator[tuple[Job, FDAN, list[Epoch]]]:
    """Train every job, those with the most to do first, so that no core waits for one at the end.

    Args:
        jobs: runs of any domains and variants.
        model: widths and depth.
        title: of the progress bar.
        observed: whether the histories say the test WAR after every epoch (`Epoch.test_war`).
    """
    alike: dict[tuple[int, bool], list[Job]] = {}
    for job in jobs:
        alike.setdefault((id(job.domains), job.attention), []).append(job)
    stacks = [
        _Stack(tuple(group[i : i + STACK]), model, observed)
        for group in alike.values()
        for i in range(0, len(group), STACK)
    ]
    stacks.sort(key=lambda stack: (stack.jobs[0].attention, len(stack.jobs)), reverse=True)
    for stack, trained in zip(stacks, pool(_train, stacks, title), strict=True):
        for job, (network, history) in zip(stack.jobs, trained, strict=True):
            yield job, network, history


def _train(stack: _Stack) -> list[tuple[FDAN, list[Epoch]]]:
    torch.set_num_threads(1)  # the last bits of a sum depend on the number of threads
    there = stack.jobs[0].domains
    runs = [job.run for job in stack.jobs]
    attention = stack.jobs[0].attention

    def observe(network: FDAN) -> float:
        return score(predictions_of(network, there)).war

    seen = observe if stack.observed and there.test.utterances else None
    return train(there.visual, there.acoustic, len(there.classes), runs, attention, stack.model, seen)


def run_all(jobs: Sequence[Job], model: ModelParams, where: str, title: str) -> str:
    """Train and test every job; networks are not kept.

    Writes ``reports/predictions/<where>/<variant>/seed-<n>.csv``, all folds in one, and the history of each
    run, ``runs/<where>/<variant>/seed-<n>[-<fold>].csv``.

    Returns:
        For the summary line: the mean WAR over seeds of each variant.
    """
    found: dict[str, dict[int, list[Predictions]]] = {}
    with output(Path("runs") / where) as runs, output(Path("reports/predictions") / where) as reports:
        for job, network, history in train_all(jobs, model, title):
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
    return ", ".join(f"{name} {fmean(wars[name]):.2f} %" for name in sorted(wars))


def predictions_of(network: FDAN, there: Domains) -> Predictions:
    """The predictions of one run on the test utterances, in the context of its own training samples."""
    network.eval()
    logits = predict_alone(network, there.visual.x, there.acoustic.x, there.test.values)
    truth = Domain.of(there.test, there.classes).y.numpy()
    probabilities = torch.softmax(logits.double(), dim=1).numpy()
    return make_predictions(there.test.utterances, there.classes, truth, probabilities)

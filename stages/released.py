"""Stage released: what the released code does, on one target corpus and the same split and features."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

import torch

from fdan.metrics import Predictions, make_predictions, score, write_predictions
from fdan.model import Standardise
from fdan.params import load_params
from fdan.released import ReleasedFDAN, ReleasedParams, train
from fdan.training import Domain, Epoch
from stages.domains import Domains, load_domains, read_splits
from stages.process import output, pool, run
from stages.runs import write_history


@dataclass(frozen=True)
class Job:
    """One run."""

    seed: int
    params: ReleasedParams
    domains: Domains


def main() -> None:
    """Write ``reports/predictions/released/<corpus>/released/seed-<n>.csv``, and histories below ``runs``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus, whose faces train as well")
    corpus = parser.parse_args().corpus
    params = load_params("released", ReleasedParams)
    there = load_domains(corpus, read_splits([corpus])[corpus])
    if load_params("model.standardise", bool):
        there = standardised(there)
    jobs = [Job(seed, params, there) for seed in params.seeds]
    where = Path("released") / corpus
    wars = []
    with output("runs" / where) as runs, output("reports/predictions" / where) as reports:
        for folder in (runs, reports):
            (folder / "released").mkdir(parents=True)
        results = pool(train_one, jobs, f"released {corpus}")
        for job, (predictions, history) in zip(jobs, results, strict=True):
            write_history(history, runs / "released" / f"seed-{job.seed}.csv")
            write_predictions(predictions, reports / "released" / f"seed-{job.seed}.csv")
            wars.append(score(predictions).war)
    print(f"released {corpus}: {len(jobs)} runs, alpha {params.alpha:g}; mean WAR over seeds: {fmean(wars):.2f} %")


def standardised(there: Domains) -> Domains:
    """The same samples, each feature by its modality's training samples, as FDAN's own network sees them.

    The released code takes raw features, which ImageNet weights keep small. Those of random weights are forty times as
    long: its first steps kill every ReLU, and what would be measured is the weights.
    """
    visual, acoustic = (Standardise(domain.x.shape[1]) for domain in (there.visual, there.acoustic))
    visual.fit(there.visual.x)
    acoustic.fit(there.acoustic.x)
    return replace(
        there,
        visual=replace(there.visual, x=visual(there.visual.x)),
        acoustic=replace(there.acoustic, x=acoustic(there.acoustic.x)),
        test=replace(there.test, values=acoustic(there.test.values)),
    )


def train_one(job: Job) -> tuple[Predictions, list[Epoch]]:
    """Train one network on one thread; what it says after the last epoch."""
    torch.set_num_threads(1)
    there = job.domains

    def observe(model: ReleasedFDAN) -> float:
        return score(predictions_of(model, there)).war

    seen = observe if there.test.utterances else None
    model, history = train(there.visual, there.acoustic, len(there.classes), job.params, job.seed, seen)
    return predictions_of(model, there), history


def predictions_of(model: ReleasedFDAN, there: Domains) -> Predictions:
    """The predictions on the test utterances; the network's prediction takes each by itself."""
    probabilities = torch.softmax(model.predict(there.test.values).double(), dim=1).numpy()
    truth = Domain.of(there.test, there.classes).y.numpy()
    return make_predictions(there.test.utterances, there.classes, truth, probabilities)


if __name__ == "__main__":
    run()

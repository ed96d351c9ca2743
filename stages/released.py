"""Stage released: what the released code does, on one target corpus and the same split and features."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch

from fdan.metrics import Predictions, make_predictions, score, write_predictions
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

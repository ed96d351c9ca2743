"""Stage tuning: alpha, weight decay and learning rate of FDAN, chosen on a part of the training speech."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import fmean

from fdan.data.histories import lmmd_share, sampled_norms
from fdan.data.splits import cut_validation
from fdan.data.trials import Trial, best_trial, write_trials
from fdan.learning.domains import Domains, load_domains, read_taught
from fdan.learning.params import ModelParams, Run, TrainParams, TuningParams, Variant
from fdan.learning.runs import Job, Trained, predictions_of, run_all
from fdan.metrics.scores import score
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run

Point = tuple[float, float, float]
"""alpha, weight decay, learning rate."""


def main() -> None:
    """Write the grid, and what the winner, trained on all training speech, says of the test part.

    ``reports/tuning/<corpus>.csv``,
    ``reports/predictions/tuned/<corpus>/fdan/seed-<n>.csv``, and its histories in ``runs/tuned/<corpus>/fdan``.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("tuning", TuningParams)
    variant = load_params("variants.fdan", Variant)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    split, faces = read_taught(corpus, load_params(f"sources.{corpus}", str))
    cut = cut_validation(split, params.validation_fraction, params.seed)

    def jobs(points: Sequence[Point], there: Domains) -> list[Job]:
        settings = ((alpha, replace(training, weight_decay=decay, learning_rate=rate)) for alpha, decay, rate in points)
        runs = (Run(seed, alpha, setting) for alpha, setting in settings for seed in params.seeds)
        return [Job("fdan", "", run_, variant.attention, there) for run_ in runs]

    grid = list(product(params.alphas, params.weight_decays, params.learning_rates))
    found: dict[Point, list[tuple[float, ...]]] = {point: [] for point in grid}
    validation = load_domains(corpus, cut, faces, split.classes)
    trained = Trained(jobs(grid, validation), model, f"tuning {corpus}")
    for job, network, history in trained:
        alpha, setting, scores = job.run.alpha, job.run.params, score(predictions_of(network, validation))
        row = (scores.war, scores.uar, scores.wf1, lmmd_share(sampled_norms(history)))
        found[alpha, setting.weight_decay, setting.learning_rate].append(row)
    trials = [Trial(*point, *map(fmean, zip(*rows, strict=True))) for point, rows in found.items()]
    best = best_trial(trials)
    winner = jobs([(best.alpha, best.weight_decay, best.learning_rate)], load_domains(corpus, split, faces))
    wars = run_all(winner, model, f"tuned/{corpus}", f"tuning {corpus}, the winner")
    with output(Path(f"reports/tuning/{corpus}.csv")) as path:
        write_trials(trials, path)
    print(
        f"tuning {corpus}: {len(grid)} settings x {len(params.seeds)} seeds ({trained.counts}) on "
        f"{len(validation.acoustic.y)} training and {len(validation.test.utterances)} validation utterances; chosen: "
        f"alpha {best.alpha:g}, weight decay {best.weight_decay:g}, learning rate {best.learning_rate:g} (validation "
        f"WAR {best.war:.2f} %); winner on the test part: {wars}"
    )


if __name__ == "__main__":
    run()

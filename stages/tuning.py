"""Stage tuning: alpha, weight decay and learning rate of FDAN, chosen on a part of the training speech."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt, MinLen

from fdan.data.splits import cut_validation
from fdan.figures import save, tuning_figure
from fdan.metrics import score
from fdan.model import ModelParams
from fdan.params import load_params
from fdan.training import Alpha, Run, Seeds, TrainParams, Variant, sampled_norms
from fdan.tuning import Trial, choose, lmmd_share, write_trials
from stages.domains import Domains, load_domains, read_splits
from stages.process import output, run
from stages.runs import Job, predictions_of, run_all, train_all

Point = tuple[float, float, float]
"""alpha, weight decay, learning rate."""


@dataclass(frozen=True)
class TuningParams:
    """Section ``tuning`` of params.yaml.

    Attributes:
        seed: of the cut into training and validation.
        validation_fraction: of each emotion's training speech.
        alphas: values tried for alpha (Sec. 3.2).
        weight_decays: for the weight decay (Sec. 3.2).
        learning_rates: for the learning rate.
        seeds: one run each at every point of the grid.
    """

    seed: Annotated[int, Ge(0)]
    validation_fraction: Annotated[float, Gt(0), Lt(1)]
    alphas: Annotated[tuple[Alpha, ...], MinLen(1)]
    weight_decays: Annotated[tuple[Annotated[float, Ge(0)], ...], MinLen(1)]
    learning_rates: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)]
    seeds: Seeds


def main() -> None:
    """Write the grid, its heat map, and what the winner, trained on all training speech, says of the test part.

    ``reports/tuning/<corpus>.csv``, ``reports/figures/tuning_<corpus>.png``,
    ``reports/predictions/tuned/<corpus>/fdan/seed-<n>.csv``, and its histories in ``runs/tuned/<corpus>/fdan``.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    torch.set_num_threads(1)  # the last bits of a sum depend on the number of threads
    params = load_params("tuning", TuningParams)
    variant = load_params("variants.fdan", Variant)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    split = read_splits([corpus])[corpus]
    cut = cut_validation(split, params.validation_fraction, params.seed)

    def jobs(points: Sequence[Point], there: Domains) -> list[Job]:
        settings = ((alpha, replace(training, weight_decay=decay, learning_rate=rate)) for alpha, decay, rate in points)
        runs = (Run(seed, alpha, setting) for alpha, setting in settings for seed in params.seeds)
        return [Job("fdan", "", run_, variant.attention, there) for run_ in runs]

    grid = list(product(params.alphas, params.weight_decays, params.learning_rates))
    found: dict[Point, list[tuple[float, ...]]] = {point: [] for point in grid}
    validation = load_domains(corpus, cut, classes=split.classes)
    for job, network, history in train_all(jobs(grid, validation), model, f"tuning {corpus}", observed=False):
        alpha, setting, scores = job.run.alpha, job.run.params, score(predictions_of(network, validation))
        row = (scores.war, scores.uar, scores.wf1, lmmd_share(sampled_norms(history), alpha))
        found[alpha, setting.weight_decay, setting.learning_rate].append(row)
    trials = [Trial(*point, *map(fmean, zip(*rows, strict=True))) for point, rows in found.items()]
    best = choose(trials)
    winner = jobs([(best.alpha, best.weight_decay, best.learning_rate)], load_domains(corpus, split))
    wars = run_all(winner, model, f"tuned/{corpus}", f"tuning {corpus}, the winner")
    with output(Path(f"reports/tuning/{corpus}.csv")) as path:
        write_trials(trials, path)
    name = f"synthetic demo, not {corpus.upper()}" if validation.synthetic else corpus.upper()
    with output(Path(f"reports/figures/tuning_{corpus}.png")) as path:
        save(
            tuning_figure(trials, f"WAR of FDAN on {len(validation.test.utterances)} validation utterances, {name}"),
            path,
        )
    print(
        f"tuning {corpus}: {len(grid)} settings x {len(params.seeds)} seeds on {len(validation.acoustic.y)} training "
        f"and {len(validation.test.utterances)} validation utterances; chosen: alpha {best.alpha:g}, weight decay "
        f"{best.weight_decay:g}, learning rate {best.learning_rate:g} (validation WAR {best.war:.2f} %); "
        f"mean test WAR over seeds: {wars}"
    )


if __name__ == "__main__":
    run()

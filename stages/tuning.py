"""Stage tuning: alpha, weight decay and learning rate of FDAN, chosen on a part of the training speech."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.data.splits import cut_validation
from fdan.data.trials import best_trial, write_trials
from fdan.learning.domains import open_target
from fdan.learning.outcomes import write_outcomes
from fdan.learning.params import ModelParams, TrainParams, TuningParams, Variant
from fdan.learning.runs import train_all
from fdan.learning.tuning import Grid, chosen
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write the grid, and what the winner, trained on all training speech, says of the test part.

    ``reports/tuning/<corpus>.csv``, ``reports/predictions/tuned/<corpus>/fdan/seed-<n>.csv``, and its histories in
    ``runs/tuned/<corpus>/fdan``. A setting that diverged in any seed loses.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project, parallel = parser.parse_args().corpus, Project(), load_params("parallel", ParallelParams)
    params, fdan = load_params("tuning", TuningParams), load_params("variants.fdan", Variant)
    grid = Grid(params, fdan, load_params("model", ModelParams), load_params("train", TrainParams))
    target = open_target(project, corpus, [load_params(f"sources.{corpus}", str)])
    validation = target.domains(cut_validation(target.split, params.validation_fraction, params.seed))
    found, counts = train_all(grid.jobs(grid.points, validation), f"tuning {corpus}", parallel)
    trials = grid.trials(found)
    best = best_trial(trials)
    winner = grid.jobs([best], target.domains()) if best else []
    outcomes, _ = train_all(winner, f"tuning {corpus}, the winner", parallel)
    with (
        output(project.runs("tuned", corpus)) as runs,
        output(project.predictions("tuned", corpus)) as reports,
        output(project.tuning(corpus)) as path,
    ):
        runs.mkdir()
        reports.mkdir()
        said = write_outcomes(outcomes, runs, reports)
        write_trials(trials, path)
        note_unpinned(runs)
    print(
        f"tuning {corpus}: {len(trials)} settings x {len(params.seeds)} seeds ({counts}) on "
        f"{len(validation.acoustic.y)} training and {len(validation.test.utterances)} validation utterances; "
        f"{chosen(best, said)}"
    )


if __name__ == "__main__":
    run()

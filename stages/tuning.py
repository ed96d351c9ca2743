"""Stage tuning: alpha, weight decay and learning rate of FDAN, chosen on a part of the training speech."""

from fdan.numerics.pins import note_unpinned

import argparse
from dataclasses import replace
from itertools import product

from fdan.data.splits import cut_validation
from fdan.data.trials import Setting, best_trial, write_trials
from fdan.learning.domains import Domains, open_target
from fdan.learning.outcomes import to_trial, write_outcomes
from fdan.learning.params import ModelParams, TrainParams, TuningParams, Variant
from fdan.learning.runs import Job, Settings, jobs_of, train_all
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
    params, fdan = load_params("tuning", TuningParams), {"fdan": load_params("variants.fdan", Variant)}
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    target = open_target(project, corpus, [load_params(f"sources.{corpus}", str)])
    validation = target.domains(cut_validation(target.split, params.validation_fraction, params.seed))

    def jobs(point: Setting, domains: Domains) -> list[Job]:
        train = replace(training, weight_decay=point.weight_decay, learning_rate=point.learning_rate)
        return jobs_of(fdan, params.seeds, Settings(point.alpha, model, train), {"": domains})

    grid = [Setting(*point) for point in product(params.alphas, params.weight_decays, params.learning_rates)]
    found, counts = train_all([job for point in grid for job in jobs(point, validation)], f"tuning {corpus}", parallel)
    many = len(params.seeds)
    trials = [to_trial(point, found[many * place : many * (place + 1)]) for place, point in enumerate(grid)]
    best = best_trial(trials)
    winner = jobs(best, target.domains()) if best else []
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
    chosen = (
        f"chosen: alpha {best.alpha:g}, weight decay {best.weight_decay:g}, learning rate {best.learning_rate:g} "
        f"(validation WAR {best.war:.2f} %); winner on the test part: {said}"
        if best
        else "every setting diverged, so none is chosen; add lower values to tuning.learning_rates or tuning.alphas"
    )
    print(
        f"tuning {corpus}: {len(grid)} settings x {many} seeds ({counts}) on {len(validation.acoustic.y)} training and "
        f"{len(validation.test.utterances)} validation utterances; {chosen}"
    )


if __name__ == "__main__":
    run()

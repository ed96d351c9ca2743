"""All arms of the study that read the features of one backbone, in whose folder this is started.

  python -m fdan.study.networks mobilenet_v2-imagenet fdan fdan1

Trains the arms that are named. Of the others it writes those whose networks are all cached. Writes
reports/predictions/study/ravdess/<arm>/seed-<n>.csv and reports/study.json, for the main backbone also
reports/predictions/teacher/photographs.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import sys
from collections.abc import Mapping
from pathlib import Path

from fdan.data.emotions import Modality
from fdan.data.features import read_features
from fdan.data.splits import ProtocolError
from fdan.learning.domains import open_target
from fdan.learning.params import ModelParams, TrainParams
from fdan.metrics.predictions import DIVERGED, Predictions, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project
from fdan.study import teacher
from fdan.study.arms import Trained, Trainer, all_cached
from fdan.study.folds import folds_of
from fdan.study.notes import Notes, notes_file, write_notes
from fdan.study.params import FACES, SPEECH, STUDY, TEACHER, Arm, StudyParams


def main() -> None:
    """Train and test the named arms, and write all that is known."""
    backbone, *named = sys.argv[1:]
    study, project = load_params("study", StudyParams), Project()
    target = open_target(project, SPEECH, [FACES])
    model, train = load_params("model", ModelParams), load_params("train", TrainParams)
    parallel = load_params("parallel", ParallelParams)
    trainer = Trainer(study, target, folds_of(target.split, study.folds), model, train, parallel)
    alphas: dict[str, dict[str, float]] = {}
    shares: dict[str, float] = {}
    with output(project.predictions(STUDY)) as folder:
        for name, arm in study.arms_on(backbone).items():
            chosen, found = _train(trainer, name, arm, name in named)
            if found is None:
                continue
            _write(found.seeds, folder / SPEECH / name)
            if arm.alpha == "best":
                alphas[name] = chosen
            if found.share is not None:
                shares[name] = found.share
            print(f"{backbone}, {name}: {_in_short(found)}", flush=True)
        folder.mkdir(parents=True, exist_ok=True)  # there may be no arm
    if backbone == study.main:
        with output(project.predictions(TEACHER)) as folder:
            photographs = read_features(project.features(Modality.VISUAL, FACES))
            classes, seeds = target.split.classes, study.other_seeds
            for name, found_by in teacher.examine(photographs, classes, seeds, model, train, parallel).items():
                _write(found_by, folder / FACES / name)
    with output(notes_file(project)) as path:
        write_notes(Notes(alphas, shares), path)


def _train(trainer: Trainer, name: str, arm: Arm, named: bool) -> tuple[dict[str, float], Trained | None]:
    """Each fold's alpha and what became of an arm: None where it is neither named nor cached, or cannot be run."""
    seeds = trainer.study.seeds_of(name)
    try:
        alphas = trainer.alphas(arm, named)
        jobs = trainer.jobs(name, arm, seeds, alphas)
    except ProtocolError as error:
        if named:
            print(f"{name}: not run: {error}")
        return {}, None
    return alphas, trainer.results(name, jobs, seeds) if named or all_cached(jobs) else None


def _write(seeds: Mapping[int, Predictions | None], folder: Path) -> None:
    folder.mkdir(parents=True)
    for seed, predictions in seeds.items():
        if predictions:
            write_predictions(predictions, folder / f"seed-{seed}.csv")
        else:
            (folder / f"seed-{seed}{DIVERGED}").write_text(f"diverged in seed {seed}\n", encoding="utf-8")


def _in_short(found: Trained) -> str:
    wars = [score(predictions).war for predictions in found.seeds.values() if predictions]
    mean = f"{sum(wars) / len(wars):.2f} %" if wars else "none, all diverged"
    return f"mean WAR over {len(wars)} of {len(found.seeds)} seeds: {mean}; {found.counts}"


if __name__ == "__main__":
    run()

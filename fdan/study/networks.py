"""All networks of the study on the features of one backbone, in whose folder this is started.

  python -m fdan.study.networks mobilenet_v2-imagenet

Writes reports/predictions/[<group>/]ravdess/<name>/seed-<n>.csv, and histories below runs.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from fdan.data.splits import speaker_splits
from fdan.extraction.cache import Cache, Entry
from fdan.extraction.pool import ParallelParams, spread
from fdan.learning.domains import Domains, load_domains, read_taught
from fdan.learning.params import ModelParams, Run, TrainParams, Variants
from fdan.learning.runs import Job, run_all
from fdan.learning.training import Domain
from fdan.metrics.predictions import Predictions, make_predictions, pool_folds, write_predictions
from fdan.runtime.params import Alpha, load_params
from fdan.runtime.process import output, run
from fdan.study.params import FACES, NO_FACES, SPEECH, StudyParams
from fdan.study.plain import PlainJob, train_plain
from fdan.variants import released

CODE = ("fdan/learning", "fdan/numerics", "fdan/study/plain.py", "fdan/variants/released.py")
LIBRARIES = ("numpy", "torch")
"""What is remembered of a network without faces or as released depends on, beside its settings and samples."""


def main() -> None:
    """Train and test everything that the study asks of this backbone."""
    (backbone,) = sys.argv[1:]
    study = load_params("study", StudyParams)
    split, faces = read_taught(SPEECH, FACES)
    print(f"{backbone}, paper: {_protocol('', {'': load_domains(SPEECH, split, faces)})}")
    if backbone != study.main:
        return
    folds = {name: load_domains(SPEECH, fold, faces, split.classes) for name, fold in speaker_splits(split).items()}
    print(f"{backbone}, speaker: {_protocol('speaker', folds)}")
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    domains = load_domains(SPEECH, split, faces)
    jobs = [
        Job(f"{alpha:g}", "", Run(seed, alpha, training), attention=True, domains=domains)
        for alpha in study.alphas
        for seed in study.seeds
    ]
    print(f"{backbone}, alpha: {run_all(jobs, model, f'alpha/{SPEECH}', f'{backbone}, alpha')}")


def _protocol(protocol: str, folds: dict[str, Domains]) -> str:
    """FDAN and its special cases, the released code and no faces at all; the paper's protocol has no folder."""
    study, alpha = load_params("study", StudyParams), load_params("alpha", Alpha)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    settings = load_params("released", released.ReleasedParams)
    where = f"{protocol}/{SPEECH}" if protocol else SPEECH
    jobs = [
        Job(name, fold, Run(seed, alpha if variant.lmmd else 0.0, training), variant.attention, domains)
        for fold, domains in folds.items()
        for name, variant in load_params("variants", Variants).items()
        for seed in study.seeds
    ]
    said = run_all(jobs, model, where, where)
    places = [(fold, seed) for fold in folds for seed in study.seeds]
    plain = [PlainJob(Run(seed, 0.0, training), model, folds[fold]) for fold, seed in places]
    theirs = [released.Job(seed, settings, model.standardise, folds[fold], 0) for fold, seed in places]
    for name, train, rest in ((NO_FACES, train_plain, plain), ("released", _as_released, theirs)):
        seeds: dict[int, list[Predictions]] = {}
        for (_, seed), predictions in zip(places, _recognise(name, train, rest, f"{where}, {name}"), strict=True):
            seeds.setdefault(seed, []).append(predictions)
        with output(Path("reports/predictions") / (f"{protocol}-{name}" if protocol else name) / SPEECH) as folder:
            (folder / name).mkdir(parents=True)
            for seed, parts in seeds.items():
                write_predictions(pool_folds(parts), folder / name / f"seed-{seed}.csv")
    return said


def _recognise(
    name: str, train: Callable[[Any], Predictions], jobs: Sequence[Any], title: str
) -> Iterator[Predictions]:
    """What each job's network says of its test utterances; what is known is not trained again."""
    cache = Cache(name, (), CODE, LIBRARIES)

    def key(job: Any) -> str:
        settings = repr([getattr(job, field.name) for field in fields(job) if field.name != "domains"])
        return cache.key(settings, job.domains.training_digest, job.domains.test_digest)

    for job, entry in zip(
        jobs,
        spread(partial(_kept, train), jobs, title, load_params("parallel", ParallelParams), cache, key),
        strict=True,
    ):
        test, classes = job.domains.test, job.domains.classes
        probabilities = np.frombuffer(entry.blobs[0]).reshape(len(test.utterances), len(classes))
        yield make_predictions(test.utterances, classes, Domain.of(test, classes).y.numpy(), probabilities)


def _kept(train: Callable[[Any], Predictions], job: Any) -> Entry:
    return Entry(None, (train(job).probabilities.astype(np.float64).tobytes(),))


def _as_released(job: released.Job) -> Predictions:
    return released.train_one(job)[0]


if __name__ == "__main__":
    run()

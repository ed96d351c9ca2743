"""All networks of the study on the features of one backbone, in whose folder this is started.

  python -m fdan.study.networks mobilenet_v2-imagenet

Writes reports/predictions/[<group>/]ravdess/<name>/seed-<n>.csv, and histories below runs.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from fdan.data.splits import speaker_splits
from fdan.learning.domains import Domains, load_domains, read_taught
from fdan.learning.params import ModelParams, Run, TrainParams, Variants
from fdan.learning.runs import Job, Trained, predictions_of, run_all
from fdan.learning.training import Domain
from fdan.metrics.predictions import Predictions, pool_folds, write_predictions
from fdan.results.runs import PAPER
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run
from fdan.study import plain, probe, validation
from fdan.study.params import FACES, NO_FACES, PROBE, SPEECH, VALIDATION, Change, StudyParams
from fdan.variants import released


def main() -> None:
    """Train and test everything that the study asks of this backbone."""
    (backbone,) = sys.argv[1:]
    study = load_params("study", StudyParams)
    split, faces = read_taught(SPEECH, FACES)
    print(f"{backbone}, paper: {_protocol('', {'': load_domains(SPEECH, split, faces)})}")
    if backbone not in study.whole:
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
    parts = validation.validation_splits(split)
    folds = {name: load_domains(SPEECH, part, faces, split.classes) for name, part in parts.items()}
    print(f"{backbone}, changes, on validation speakers: {_changes(folds) if folds else 'fewer than three folds'}")


def _protocol(protocol: str, folds: dict[str, Domains]) -> str:
    """FDAN and its special cases, and what it is compared with; the paper's protocol has no folder."""
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
    _yardsticks(protocol, folds, study.seeds)
    theirs = [released.Job(seed, settings, model.standardise, folds[fold], settings.epochs) for fold, seed in places]
    computed = run_cached(theirs, f"{where}, released", load_params("parallel", ParallelParams))
    found = (job.results(entry)[0] for job, entry in zip(theirs, computed.entries, strict=True))
    _write(protocol, "released", places, found)
    return said


def _yardsticks(group: str, folds: dict[str, Domains], seeds: Seeds) -> None:
    """What knows no face: the plain classifier, and the linear probe."""
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    parallel = load_params("parallel", ParallelParams)
    places = [(fold, seed) for fold in folds for seed in seeds]
    without = [plain.PlainJob(Run(seed, 0.0, training), model, folds[fold]) for fold, seed in places]
    entries = run_cached(without, f"{group or PAPER}, no faces", parallel).entries
    _write(group, NO_FACES, places, map(plain.PlainJob.predictions, without, entries))
    probes = [probe.ProbeJob(domains) for domains in folds.values()]
    entries = run_cached(probes, f"{group or PAPER}, probe", parallel).entries
    lines = dict(zip(folds, map(probe.ProbeJob.predictions, probes, entries), strict=True))
    _write(group, PROBE, places, (lines[fold] for fold, _ in places))


def _changes(folds: dict[str, Domains]) -> str:
    """FDAN as it is, and with each change, on validation speakers."""
    study, alpha = load_params("study", StudyParams), load_params("alpha", Alpha)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    places = [(fold, seed) for fold in folds for seed in study.changed_seeds]
    fresh = known = 0
    for name, change in {validation.AS_IS: Change(), **study.changes}.items():
        jobs = [
            Job(name, fold, Run(seed, alpha, change.of(training)), change.attention is not False, folds[fold])
            for fold, seed in places
        ]
        trained = Trained(jobs, change.of(model), f"{VALIDATION}, {name}")
        found = [predictions_of(network, _in_context(job, change.bank)) for job, network, _ in trained]
        _write(VALIDATION, name, places, found)
        fresh += len(trained.fresh)
        known += len(jobs) - len(trained.fresh)
    _yardsticks(VALIDATION, folds, study.changed_seeds)
    return f"trained {fresh}, known {known}"


def _in_context(job: Job, bank: int | None) -> Domains:
    """The samples of a job with so many of its faces, drawn by its seed."""
    if bank is None:
        return job.domains
    visual = job.domains.visual
    some = torch.randperm(len(visual.y), generator=torch.Generator().manual_seed(job.run.seed))[:bank]
    return replace(job.domains, visual=Domain(visual.x[some], visual.y[some]))


def _write(protocol: str, name: str, places: Sequence[tuple[str, int]], found: Iterable[Predictions]) -> None:
    """The folds of each seed pooled, as `run_all` does it."""
    seeds: dict[int, list[Predictions]] = {}
    for (_, seed), predictions in zip(places, found, strict=True):
        seeds.setdefault(seed, []).append(predictions)
    with output(Path("reports/predictions") / (f"{protocol}-{name}" if protocol else name) / SPEECH) as folder:
        (folder / name).mkdir(parents=True)
        for seed, parts in seeds.items():
            write_predictions(pool_folds(parts), folder / name / f"seed-{seed}.csv")


if __name__ == "__main__":
    run()

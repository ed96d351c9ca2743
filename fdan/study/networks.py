"""All networks of the study on the features of one backbone, in whose folder this is started.

  python -m fdan.study.networks mobilenet_v2-imagenet

Writes reports/predictions/<group>/ravdess/<name>/seed-<n>.csv, and histories below runs.
"""

from fdan.numerics.pins import note_unpinned

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from fdan.data.splits import speaker_splits
from fdan.learning import released
from fdan.learning.checkpoint import decode_checkpoint
from fdan.learning.domains import Domains, open_target
from fdan.learning.outcomes import Outcome, write_outcomes
from fdan.learning.params import ModelParams, Run, TrainParams, Variant, Variants
from fdan.learning.runs import Job, Settings, jobs_of, predictions_of, train_all
from fdan.learning.training import Domain
from fdan.metrics.predictions import DIVERGED, Predictions, pool_folds, write_predictions
from fdan.results.runs import PAPER
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project
from fdan.study import plain, probe, validation
from fdan.study.params import FACES, NO_FACES, PROBE, SPEECH, VALIDATION, Change, StudyParams


def main() -> None:
    """Train and test everything that the study asks of this backbone."""
    (backbone,) = sys.argv[1:]
    study, target = load_params("study", StudyParams), open_target(Project(), SPEECH, [FACES])
    print(f"{backbone}, paper: {_protocol('', {'': target.domains()})}")
    if backbone not in study.whole:
        return
    folds = {name: target.domains(fold) for name, fold in speaker_splits(target.split).items()}
    print(f"{backbone}, speaker: {_protocol('speaker', folds)}")
    fdan, whole = Variant(attention=True, lmmd=True), {"": target.domains()}
    jobs = [
        job
        for alpha in study.alphas
        for job in jobs_of({f"{alpha:g}": fdan}, study.seeds, replace(_settings(), alpha=alpha), whole)
    ]
    print(f"{backbone}, alpha: {_train(jobs, 'alpha', f'{backbone}, alpha')}")
    parts = validation.validation_splits(target.split)
    folds = {name: target.domains(part) for name, part in parts.items()}
    print(f"{backbone}, changes, on validation speakers: {_changes(folds) if folds else 'fewer than three folds'}")


def _settings() -> Settings:
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    return Settings(load_params("alpha", Alpha), model, training)


def _train(jobs: Sequence[Job], group: str, title: str) -> str:
    """Train and test networks of one protocol; their histories and predictions lie in its folder."""
    outcomes, counts = train_all(jobs, title, load_params("parallel", ParallelParams))
    project = Project()
    with output(project.runs(group, SPEECH)) as runs, output(project.predictions(group, SPEECH)) as reports:
        said = write_outcomes(outcomes, runs, reports)
        note_unpinned(runs)
    return f"{said}; {counts}"


def _protocol(protocol: str, folds: dict[str, Domains]) -> str:
    """FDAN and its special cases, and what it is compared with; the paper's protocol is called ""."""
    study, settings = load_params("study", StudyParams), _settings()
    theirs, title = load_params("released", released.ReleasedParams), f"{protocol or PAPER}/{SPEECH}"
    said = _train(jobs_of(load_params("variants", Variants), study.seeds, settings, folds), protocol or PAPER, title)
    places = [(fold, seed) for fold in folds for seed in study.seeds]
    _yardsticks(protocol, folds, study.seeds)
    standardise = settings.model.standardise
    rows = {"released": replace(theirs, seeds=study.seeds)}
    jobs = [job for fold in folds for job in released.jobs_of(rows, standardise, folds[fold], theirs.epochs, fold)]
    computed = run_cached(jobs, f"{title}, released", load_params("parallel", ParallelParams))
    found = (job.outcome(entry).predictions for job, entry in zip(jobs, computed.entries, strict=True))
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
    study, settings, parallel = load_params("study", StudyParams), _settings(), load_params("parallel", ParallelParams)
    places = [(fold, seed) for fold in folds for seed in study.changed_seeds]
    changes = {validation.AS_IS: Change(), **study.changes}
    jobs = [
        job
        for name, change in changes.items()
        for job in jobs_of(
            {name: Variant(change.attention is not False, lmmd=True)},
            study.changed_seeds,
            Settings(settings.alpha, change.of(settings.model), change.of(settings.train)),
            folds,
        )
    ]
    outcomes, counts = train_all(jobs, VALIDATION, parallel)
    for place, (name, change) in enumerate(changes.items()):
        its = range(place * len(places), (place + 1) * len(places))
        _write(VALIDATION, name, places, (_predictions(jobs[i], outcomes[i], change.bank) for i in its))
    _yardsticks(VALIDATION, folds, study.changed_seeds)
    return counts


def _predictions(job: Job, outcome: Outcome, bank: int | None) -> Predictions | None:
    """What a network says of the test utterances in the context of so many of its faces, drawn by its seed."""
    if bank is None or outcome.diverged:
        return outcome.predictions
    visual = job.domains.visual
    some = torch.randperm(len(visual.y), generator=torch.Generator().manual_seed(job.settings.seed))[:bank]
    domains = replace(job.domains, visual=Domain(visual.x[some], visual.y[some]))
    return predictions_of(decode_checkpoint(outcome.network, job.name).model, domains)


def _write(protocol: str, name: str, places: Sequence[tuple[str, int]], found: Iterable[Predictions | None]) -> None:
    """The folds of each seed pooled, as `write_outcomes` does it; without the seeds that diverged in a fold."""
    seeds: dict[int, list[Predictions | None]] = {}
    for (_, seed), predictions in zip(places, found, strict=True):
        seeds.setdefault(seed, []).append(predictions)
    with output(Project().predictions(f"{protocol}-{name}" if protocol else name, SPEECH)) as folder:
        (folder / name).mkdir(parents=True)
        for seed, parts in seeds.items():
            if sound := [part for part in parts if part and None not in parts]:
                write_predictions(pool_folds(sound), folder / name / f"seed-{seed}.csv")
            else:
                (folder / name / f"seed-{seed}{DIVERGED}").write_text(f"diverged in seed {seed}\n", encoding="utf-8")


if __name__ == "__main__":
    run()

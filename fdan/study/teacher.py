"""How well the photographs' emotions can be recognised at all: two classifiers on held-out photographs."""

import hashlib
from collections.abc import Sequence

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet, concatenate
from fdan.learning.domains import Domains
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.training import Domain
from fdan.metrics.predictions import Predictions, pool_folds
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Seeds
from fdan.study.plain import PlainJob
from fdan.study.probe import ProbeJob

FOLDS = 5
"""Parts of the photographs; each is held out once."""

NETWORK, PROBE = "network", "probe"
"""The classifiers: FDAN1's layers for one modality, on photographs alone, and logistic regression."""


def examine(
    photographs: FeatureSet,
    classes: Sequence[Emotion],
    seeds: Seeds,
    model: ModelParams,
    train: TrainParams,
    parallel: ParallelParams,
) -> dict[str, dict[int, Predictions | None]]:
    """Train on four fifths of the photographs and test the rest, five times.

    Args:
        photographs: their features; of several samples of one photograph the first counts.
        classes: those of the speech.
        seeds: of the network; the probe draws nothing.
        model: section ``model``.
        train: section ``train``.
        parallel: section ``parallel``.

    Returns:
        Classifier -> seed -> its predictions of all photographs.
    """
    parts = photograph_folds(photographs, classes)
    domains = [_hold(place, parts, tuple(classes)) for place in range(len(parts))]
    networks = [PlainJob(Run(seed, 0.0, train), model, held) for held in domains for seed in seeds]
    entries = run_cached(networks, "photographs, network", parallel).entries
    found = [job.predictions(entry) for job, entry in zip(networks, entries, strict=True)]
    probes = [ProbeJob(held) for held in domains]
    entries = run_cached(probes, "photographs, probe", parallel).entries
    fitted = [job.predictions(entry) for job, entry in zip(probes, entries, strict=True)]
    return {
        NETWORK: {seed: pool_folds(found[place :: len(seeds)]) for place, seed in enumerate(seeds)},
        PROBE: {seeds[0]: pool_folds(fitted)},
    }


def photograph_folds(photographs: FeatureSet, classes: Sequence[Emotion]) -> list[FeatureSet]:
    """Return up to `FOLDS` parts with the emotions in nearly equal shares, in the order of a hash of each name."""
    names = dict(zip(photographs.utterances, photographs.emotions, strict=True))
    parts: list[set[str]] = [set() for _ in range(FOLDS)]
    place = 0
    for emotion in classes:
        its = [name for name, found in names.items() if found is emotion]
        for name in sorted(its, key=lambda name: hashlib.sha256(name.encode()).digest()):
            parts[place % FOLDS].add(name)
            place += 1
    return [_rows(photographs, part) for part in parts if part]


def _rows(photographs: FeatureSet, names: set[str]) -> FeatureSet:
    """The first sample of each of these."""
    rows = {name: row for row, name in reversed([*enumerate(photographs.utterances)]) if name in names}
    order = sorted(rows.values())
    return FeatureSet(
        tuple(photographs.utterances[i] for i in order),
        tuple(photographs.emotions[i] for i in order),
        photographs.values[order],
    )


def _hold(place: int, parts: Sequence[FeatureSet], classes: tuple[Emotion, ...]) -> Domains:
    """One part is tested, the others train."""
    train = Domain.of(concatenate([part for other, part in enumerate(parts) if other != place]), classes)
    return Domains(train, train, parts[place], classes, synthetic=False)

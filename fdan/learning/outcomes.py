"""What became of trainings: histories, predictions on the test part, and which of them diverged."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from jaxtyping import Float64

from fdan.data.histories import Epoch, lmmd_share, sampled_norms, write_history
from fdan.data.records import write_records
from fdan.data.trials import Setting, Trial
from fdan.metrics.predictions import (
    DIVERGED,
    TRAINED,
    Predictions,
    TrainedParameters,
    pack,
    pool_folds,
    unpack,
    write_predictions,
)
from fdan.metrics.scores import score
from fdan.runtime.cache import CacheEntry


@dataclass(frozen=True)
class Outcome:
    """What became of one training.

    Attributes:
        variant: which network; a folder's name.
        seed: of the run.
        fold: of the protocol; empty if it has one only.
        history: its epochs; of a training that diverged those before.
        predictions: on the test part, after the last epoch; None if the training diverged.
        diverged: one sentence that says where; empty if it did not.
        parameters: how many numbers were trained.
        network: bytes of `fdan.learning.checkpoint`, of networks that are kept; empty if the training diverged.
        training_war: WAR on the training speech after the last epoch, in percent; None if the training diverged.
    """

    variant: str
    seed: int
    fold: str
    history: list[Epoch]
    predictions: Predictions | None
    diverged: str
    parameters: int
    network: bytes
    training_war: float | None = None


def to_entry(
    history: Sequence[Epoch],
    epochs: int,
    probabilities: Float64[np.ndarray, "m c"],
    parameters: int,
    training_war: float,
    network: bytes = b"",
) -> CacheEntry:
    """Pack the result of a training for the cache.

    Args:
        history: its epochs.
        epochs: how many there should be; it diverged where there are fewer.
        probabilities: of the classes, for m test utterances.
        parameters: how many numbers were trained.
        training_war: WAR on the training speech, in percent.
        network: bytes of a checkpoint, of a network that is kept.
    """
    sound = len(history) == epochs and bool(np.isfinite(probabilities).all())
    about = [[astuple(epoch) for epoch in history], parameters, training_war]
    return CacheEntry(about, (pack(probabilities), network) if sound else ())


def to_outcome(
    variant: str,
    seed: int,
    fold: str,
    epochs: int,
    entry: CacheEntry,
    predictions: Callable[[Float64[np.ndarray, "m c"]], Predictions],
    tested: int,
) -> Outcome:
    """Unpack what `to_entry` made.

    Args:
        variant: see `Outcome`.
        seed: likewise.
        fold: likewise.
        epochs: as for `to_entry`.
        entry: of the cache.
        predictions: from probabilities to predictions.
        tested: m, how many test utterances there are.
    """
    rows, parameters, war = entry.about
    history = [Epoch(*row) for row in rows]
    if not entry.blobs:
        # The weights may go to infinity in the last step of all, whose loss was finite.
        where = f"diverged in epoch {min(len(history) + 1, epochs)} of seed {seed}" + f", fold {fold}" * bool(fold)
        return Outcome(variant, seed, fold, history, None, where, parameters, b"")
    packed, network = entry.blobs
    found = predictions(unpack(packed, tested))
    return Outcome(variant, seed, fold, history, found, "", parameters, network, war)


def to_trial(setting: Setting, outcomes: Sequence[Outcome]) -> Setting:
    """A point of the grid with the mean scores of its seeds; without any if one of them diverged."""
    if any(outcome.diverged for outcome in outcomes):
        return setting
    scores = [score(outcome.predictions) for outcome in outcomes if outcome.predictions]
    war, uar, wf1 = (fmean(getattr(one, metric) for one in scores) for metric in ("war", "uar", "wf1"))
    share = fmean(lmmd_share(sampled_norms(outcome.history)) for outcome in outcomes)
    return Trial(setting.alpha, setting.weight_decay, setting.learning_rate, war, uar, wf1, share)


def write_outcomes(outcomes: Sequence[Outcome], runs: Path, reports: Path) -> str:
    """Write the histories and predictions of trainings.

    ``<runs>/<variant>/seed-<n>[-<fold>].csv`` is the history of each; ``<reports>/<variant>/seed-<n>.csv`` are the
    predictions of each seed, all folds in one. Where one of them diverged, ``seed-<n>.diverged.txt`` says so instead.

    Args:
        outcomes: one or more.
        runs: folder of the histories; it is made.
        reports: folder of the predictions; it is made.

    Returns:
        For a stage's summary line: the mean WAR over the seeds of each variant, and which seeds diverged.
    """
    seeds: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        seeds.setdefault((outcome.variant, outcome.seed), []).append(outcome)
        for folder in (runs, reports):
            (folder / outcome.variant).mkdir(parents=True, exist_ok=True)
        stem = runs / outcome.variant / f"seed-{outcome.seed}{'-' * bool(outcome.fold)}{outcome.fold}"
        write_history(outcome.history, stem.with_name(f"{stem.name}.csv"))
        if outcome.diverged:
            stem.with_name(stem.name + DIVERGED).write_text(f"{outcome.diverged}\n", encoding="utf-8")
    wars: dict[str, list[float]] = {}
    notes = []
    for (variant, seed), folds in seeds.items():
        if diverged := [fold.diverged for fold in folds if fold.diverged]:
            (reports / variant / f"seed-{seed}{DIVERGED}").write_text(f"{'; '.join(diverged)}\n", encoding="utf-8")
            notes.append(f"{variant} {'; '.join(diverged)}")
            continue
        pooled = pool_folds([fold.predictions for fold in folds if fold.predictions])
        write_predictions(pooled, reports / variant / f"seed-{seed}.csv")
        wars.setdefault(variant, []).append(score(pooled).war)
    means = ", ".join(f"{variant} {fmean(wars[variant]):.2f} %" for variant in sorted(wars))
    cure = "; a lower learning rate or alpha may help" * bool(notes)
    return f"mean WAR over seeds: {means or 'none'}{''.join(f'; {note}' for note in notes)}{cure}"


def pooled(outcomes: Sequence[Outcome]) -> Predictions | None:
    """Return the predictions of the folds of one seed as one; None without folds, or where one of them diverged."""
    found = [outcome.predictions for outcome in outcomes if outcome.predictions]
    return pool_folds(found) if found and len(found) == len(outcomes) else None


def write_trained(outcomes: Sequence[Outcome], reports: Path) -> None:
    """Write ``<reports>/<variant>/trained.csv``: parameters and training WAR of each seed that did not diverge."""
    for variant in {outcome.variant: None for outcome in outcomes}:
        its = (outcome for outcome in outcomes if outcome.variant == variant and not outcome.diverged)
        if rows := [TrainedParameters(outcome.seed, outcome.parameters, outcome.training_war) for outcome in its]:
            write_records(reports / variant / TRAINED, TrainedParameters, rows, floats=".4f")

"""Predictions on a test part, and their csv form."""

from collections.abc import Sequence
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64

from fdan.data.emotions import CorpusError, Emotion, parse_emotion
from fdan.data.records import read_columns, read_records, write_records
from fdan.data.splits import Split


@dataclass(frozen=True)
class Predictions:
    """What one run says about every utterance of one test part.

    Attributes:
        utterances: their ids, n of them.
        classes: the c emotions the run could choose from, in the order of the columns below.
        truth: [n], the true emotion as a place in `classes`.
        predicted: [n], the chosen one, likewise.
        probabilities: [n, c], rows sum to 1.
    """

    utterances: tuple[str, ...]
    classes: tuple[Emotion, ...]
    truth: Int64[np.ndarray, "n"]
    predicted: Int64[np.ndarray, "n"]
    probabilities: Float64[np.ndarray, "n c"]

    def __post_init__(self) -> None:
        rows, columns = len(self.utterances), len(self.classes)
        if (
            not rows
            or self.probabilities.shape != (rows, columns)
            or not len(self.truth) == len(self.predicted) == rows
        ):
            raise CorpusError(
                f"predictions: {rows} utterances and {columns} classes do not fit {len(self.truth)} labels, "
                f"{len(self.predicted)} predictions and probabilities of shape {self.probabilities.shape}"
            )
        if not np.isfinite(self.probabilities).all():
            raise CorpusError("predictions: a probability is not a finite number; has the training diverged?")


MISSING = "missing.txt"
"""Instead of the predictions of a method to which the corpus gives nothing to read: why."""

DIVERGED = ".diverged.txt"
"""``seed-<n>.diverged.txt`` instead of the predictions of a seed whose training diverged: where, in one sentence."""

TRAINED = "trained.csv"
"""Beside the predictions of some runs: `TrainedParameters`, a row per seed."""


@dataclass(frozen=True)
class TrainedParameters:
    """What was counted and measured of one run while it was trained.

    Attributes:
        seed: of the run.
        parameters: how many numbers were fitted to the labels of the training part.
        training_war: WAR on the run's own training speech after the last epoch, in percent, by the path by which the
            test part is predicted; None where it was not measured.
    """

    seed: int
    parameters: int
    training_war: float | None = None


def make_predictions(
    utterances: tuple[str, ...],
    classes: tuple[Emotion, ...],
    truth: Int64[np.ndarray, "n"],
    probabilities: Float64[np.ndarray, "n c"],
) -> Predictions:
    """Choose the most probable class of every utterance; the first of equals."""
    return Predictions(utterances, classes, truth, probabilities.argmax(axis=1).astype(np.int64), probabilities)


def pack(probabilities: Float64[np.ndarray, "n c"]) -> bytes:
    """Probabilities as a cache keeps them."""
    return probabilities.tobytes()


def unpack(packed: bytes, utterances: int) -> Float64[np.ndarray, "n c"]:
    """What `pack` made of those of so many utterances."""
    return np.frombuffer(packed).reshape(utterances, -1)


def tested(split: Split, utterances: Sequence[str], probabilities: Float64[np.ndarray, "n c"]) -> Predictions:
    """What a run says of test utterances of a split, which knows their emotions."""
    emotions = {part.utterance: part.emotion for part in split.parts}
    truth = np.array([split.classes.index(emotions[u]) for u in utterances], dtype=np.int64)
    return make_predictions(tuple(utterances), split.classes, truth, probabilities)


def training_war(probabilities: Float64[np.ndarray, "n c"], labels: Int64[np.ndarray, "n"]) -> float:
    """Return the WAR on n training utterances, in percent: the share whose most probable class is the true one."""
    return 100 * float((probabilities.argmax(axis=1) == labels).mean())


def pool_folds(folds: Sequence[Predictions]) -> Predictions:
    """The predictions of all folds of a protocol as those of one run, sorted by utterance.

    Raises:
        CorpusError: an utterance is tested twice, or the folds' classes differ.
    """
    utterances = [u for fold in folds for u in fold.utterances]
    if len({fold.classes for fold in folds}) != 1 or len(set(utterances)) < len(utterances):
        raise CorpusError("folds: expected the same classes in all, and each utterance in one")
    order = np.argsort(utterances)
    return Predictions(
        tuple(sorted(utterances)),
        folds[0].classes,
        np.concatenate([fold.truth for fold in folds])[order],
        np.concatenate([fold.predicted for fold in folds])[order],
        np.concatenate([fold.probabilities for fold in folds])[order],
    )


def _row_type(classes: Sequence[Emotion]) -> type[Any]:
    """A row of the csv file: the utterance, its emotion, the predicted one, and a probability per class."""
    return make_dataclass("Row", [(name, str) for name in _TEXT] + [(emotion.value, float) for emotion in classes])


_TEXT = ("utterance", "emotion", "predicted")


def write_predictions(predictions: Predictions, path: Path) -> None:
    """Write predictions as csv: utterance, emotion, predicted, then one column per class, 4 decimals."""
    row, classes = _row_type(predictions.classes), predictions.classes
    columns = (predictions.utterances, predictions.truth, predictions.predicted, predictions.probabilities)
    rows = (row(u, classes[t], classes[p], *values) for u, t, p, values in zip(*columns, strict=True))
    write_records(path, row, rows, floats=".4f")


def read_predictions(path: Path) -> Predictions:
    """Read what `write_predictions` wrote; the choice comes from its column, not from rounded numbers.

    Raises:
        CorpusError: the file is missing or empty, or a column, an emotion or a number is wrong.
    """
    header = read_columns(path)
    classes = tuple(parse_emotion(name, f"{path}: column") for name in header[len(_TEXT) :])
    rows = read_records(path, _row_type(classes))
    if not rows:
        raise CorpusError(f"{path}: no utterances")

    def places(column: str) -> Int64[np.ndarray, "n"]:
        found = [parse_emotion(getattr(row, column), f"{path}: {row.utterance}") for row in rows]
        if unknown := sorted(set(found) - set(classes)):
            raise CorpusError(f"{path}: {column}: {', '.join(unknown)} has no column of its own")
        return np.array([classes.index(emotion) for emotion in found], dtype=np.int64)

    probabilities = np.array([[getattr(row, name) for name in classes] for row in rows], dtype=np.float64)
    return Predictions(
        tuple(row.utterance for row in rows), classes, places("emotion"), places("predicted"), probabilities
    )


def average(runs: Sequence[Predictions]) -> Predictions:
    """The runs of several seeds as one system: the mean of their probabilities, the most probable class.

    Raises:
        CorpusError: no runs, or runs on different utterances.
    """
    if len({(run.utterances, run.classes, tuple(run.truth.tolist())) for run in runs}) != 1:
        raise CorpusError("average: expected one or more runs on the same utterances, with the same labels")
    if len(runs) == 1:  # its own choices: probabilities that come from a file are rounded
        return runs[0]
    first = runs[0]
    probabilities = np.mean([run.probabilities for run in runs], axis=0)
    return make_predictions(first.utterances, first.classes, first.truth, probabilities)

"""The paper's three scores (Sec. 3.2) and the confusion matrix."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Int64

from fdan.data.emotions import CorpusError
from fdan.data.records import write_records
from fdan.metrics.predictions import TRAINED, Predictions, TrainedParameters, write_predictions


@dataclass(frozen=True)
class Scores:
    """The scores of one run, in percent.

    Attributes:
        war: weighted average recall: recalls averaged by class size, which is the accuracy.
        uar: unweighted average recall: the plain mean of the recalls of the classes in the test part.
        wf1: F1 averaged by class size.
    """

    war: float
    uar: float
    wf1: float


def score(predictions: Predictions) -> Scores:
    """Return WAR, UAR and w-F1 of one run, in percent.

    A class without test utterances has no recall and counts in no mean; a class never predicted has F1 0. The numbers
    are scikit-learn's (tests/metrics), which takes two seconds of every stage to import.
    """
    counts = confusion([predictions])
    right, of_class, answers = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
    tested = of_class > 0
    f1 = 2 * right / np.maximum(of_class + answers, 1)
    return Scores(
        war=100 * float(right.sum() / of_class.sum()),
        uar=100 * float((right[tested] / of_class[tested]).mean()),
        wf1=100 * float((f1 * of_class).sum() / of_class.sum()),
    )


def confusion(predictions: Sequence[Predictions]) -> Int64[np.ndarray, "c c"]:
    """Counts summed over runs: row = true class, column = predicted class.

    Raises:
        CorpusError: no runs, or runs with different classes.
    """
    if len({run.classes for run in predictions}) != 1:
        raise CorpusError("confusion: expected one or more runs with the same classes")
    counts = np.zeros((len(predictions[0].classes),) * 2, dtype=np.int64)
    for run in predictions:
        np.add.at(counts, (run.truth, run.predicted), 1)
    return counts


def write_runs(folder: Path, runs: Iterable[tuple[Predictions, TrainedParameters]]) -> list[float]:
    """Write ``seed-<n>.csv`` of each run of a system, and ``trained.csv`` of all.

    Args:
        folder: is made.
        runs: predictions of each, and what was counted and measured while it was trained.

    Returns:
        The WAR of each run, in percent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wars, trained = [], []
    for predictions, counted in runs:
        write_predictions(predictions, folder / f"seed-{counted.seed}.csv")
        trained.append(counted)
        wars.append(score(predictions).war)
    if trained:
        write_records(folder / TRAINED, TrainedParameters, trained, floats=".4f")
    return wars

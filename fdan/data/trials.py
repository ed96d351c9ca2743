"""The choice of alpha, weight decay and learning rate on a validation part, and its csv form."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Literal

from fdan.data.emotions import CorpusError
from fdan.data.records import read_records, write_records


@dataclass(frozen=True)
class Trial:
    """One point of the grid.

    Attributes:
        alpha: trade-off of Eq. 9.
        weight_decay: of SGD.
        learning_rate: of SGD, at the first iteration.
        war: weighted average recall on the validation part, in percent, mean over seeds.
        uar: unweighted average recall, likewise.
        wf1: weighted F1, likewise.
        lmmd_share: see `lmmd_share`; mean over seeds.
    """

    alpha: float
    weight_decay: float
    learning_rate: float
    war: float
    uar: float
    wf1: float
    lmmd_share: float


def best_trial(trials: Sequence[Trial]) -> Trial:
    """The rule: highest validation WAR; among equals the highest UAR; among equals the first of the grid."""
    return max(trials, key=lambda trial: (round(trial.war, 6), round(trial.uar, 6)))


@dataclass(frozen=True)
class _Row(Trial):
    chosen: Literal["yes", "no"] = "no"


def write_trials(trials: Sequence[Trial], path: Path) -> None:
    """Write the grid as csv, six significant digits; ``chosen`` is ``yes`` in the row of `best_trial`."""
    best = best_trial(trials)
    rows = (_Row(**asdict(trial), chosen="yes" if trial is best else "no") for trial in trials)
    write_records(path, _Row, rows, floats=".6g")


def read_trials(path: Path) -> tuple[list[Trial], Trial]:
    """Read what `write_trials` wrote: the grid, and the trial that was chosen.

    Raises:
        CorpusError: the file is missing, has other columns, a cell is no number, or not one row is chosen.
    """
    rows = read_records(path, _Row)
    trials = [Trial(*astuple(row)[:-1]) for row in rows]
    chosen = [trial for trial, row in zip(trials, rows, strict=True) if row.chosen == "yes"]
    if len(chosen) != 1:
        raise CorpusError(f"{path}: {len(chosen)} rows are chosen, expected one")
    return trials, chosen[0]

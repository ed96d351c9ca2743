"""The choice of alpha, weight decay and learning rate on a validation part, and its csv form."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from fdan.data.emotions import CorpusError
from fdan.data.records import read_records, write_records


@dataclass(frozen=True)
class Setting:
    """One point of the grid.

    Attributes:
        alpha: trade-off of Eq. 9.
        weight_decay: of SGD.
        learning_rate: of SGD, at the first iteration.
    """

    alpha: float
    weight_decay: float
    learning_rate: float


@dataclass(frozen=True)
class Trial(Setting):
    """A point of the grid whose trainings did not diverge.

    Attributes:
        war: weighted average recall on the validation part, in percent, mean over seeds.
        uar: unweighted average recall, likewise.
        wf1: weighted F1, likewise.
        lmmd_share: see `lmmd_share`; mean over seeds.
    """

    war: float
    uar: float
    wf1: float
    lmmd_share: float


def best_trial(grid: Sequence[Setting]) -> Trial | None:
    """The rule: highest validation WAR; among equals the highest UAR; among equals the first of the grid.

    A point without scores has diverged and loses; None if all have.
    """
    trials = [point for point in grid if isinstance(point, Trial)]
    return max(trials, key=lambda trial: (round(trial.war, 6), round(trial.uar, 6)), default=None)


@dataclass(frozen=True)
class _Row(Setting):
    war: float | None = None
    uar: float | None = None
    wf1: float | None = None
    lmmd_share: float | None = None
    chosen: Literal["yes", "no", "diverged"] = "diverged"


def write_trials(grid: Sequence[Setting], path: Path) -> None:
    """Write the grid as csv, six significant digits.

    The column ``chosen`` is ``yes`` in the row of `best_trial`, and ``diverged`` in rows that therefore have no scores.
    """
    best = best_trial(grid)
    chosen = ("diverged" if not isinstance(point, Trial) else "yes" if point is best else "no" for point in grid)
    rows = (_Row(**asdict(point), chosen=mark) for point, mark in zip(grid, chosen, strict=True))  # type: ignore[arg-type]
    write_records(path, _Row, rows, floats=".6g")


def read_trials(path: Path) -> tuple[list[Trial], Trial] | None:
    """Read what `write_trials` wrote: the trials that did not diverge, and the one that was chosen.

    Returns:
        None if all of them diverged.

    Raises:
        CorpusError: the file is missing, has other columns, a cell is no number, or not one row is chosen.
    """
    rows = [row for row in read_records(path, _Row) if row.chosen != "diverged"]
    if not rows and read_records(path, _Row):
        return None
    trials, chosen = [], []
    for row in rows:
        scores = [score for score in (row.war, row.uar, row.wf1, row.lmmd_share) if score is not None]
        if len(scores) < 4:
            raise CorpusError(f"{path}: alpha {row.alpha:g}: a score is missing; expected four, or chosen: diverged")
        trials.append(Trial(row.alpha, row.weight_decay, row.learning_rate, *scores))
        chosen += [trials[-1]] * (row.chosen == "yes")
    if len(chosen) != 1:
        raise CorpusError(f"{path}: {len(chosen)} rows are chosen, expected one")
    return trials, chosen[0]

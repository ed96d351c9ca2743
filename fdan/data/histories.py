"""What is written down of a training, epoch by epoch, and what can be read out of it."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import fmean

from fdan.data.records import read_records, write_records

SAMPLED = 50
"""The gradient's two parts are measured at one iteration in so many: one more backward pass each time."""


@dataclass(frozen=True)
class Epoch:
    """What is written down of one epoch.

    Attributes:
        ce_acoustic: cross-entropy of the acoustic samples, mean over the epoch's iterations.
        ce_visual: of the visual samples, likewise.
        lmmd: sum over the layers, likewise.
        learning_rate: of the last iteration.
        lmmd_weight: of LMMD in the objective: alpha, or alpha times a ramp.
        gradient_ce: norm of the gradient of both cross-entropies, mean over the iterations at which it
            was measured (one in `SAMPLED`); None if there was none.
        gradient_lmmd: norm of the gradient of LMMD, without its weight, likewise.
        test_war: what an observer saw after the epoch, in percent: for the audit of how much choosing an
            epoch on the test set would add. Nothing is ever chosen by it.
    """

    ce_acoustic: float
    ce_visual: float
    lmmd: float
    learning_rate: float
    lmmd_weight: float
    gradient_ce: float | None = None
    gradient_lmmd: float | None = None
    test_war: float | None = None


def sampled_norms(history: Sequence[Epoch]) -> list[tuple[float, float]]:
    """``(gradient_ce, gradient_lmmd)`` of the epochs that have them."""
    return [
        (epoch.gradient_ce, epoch.gradient_lmmd)
        for epoch in history
        if epoch.gradient_ce is not None and epoch.gradient_lmmd is not None
    ]


def lmmd_share(norms: Sequence[tuple[float, float]], alpha: float) -> float:
    """How much of the gradient alpha * LMMD is: mean of ``alpha |g_LMMD| / (|g_CE| + alpha |g_LMMD|)``, in [0, 1].

    Args:
        norms: of the gradients of both cross-entropies and of LMMD, at the iterations that were sampled.
        alpha: trade-off of Eq. 9.
    """
    return fmean(alpha * lmmd / (ce + alpha * lmmd) if ce + alpha * lmmd else 0.0 for ce, lmmd in norms)


@dataclass(frozen=True)
class _Place:
    epoch: int


@dataclass(frozen=True)
class _Row(Epoch, _Place):  # a dataclass takes the fields of its last base first: the epoch's number
    pass


def write_history(history: Sequence[Epoch], path: Path) -> None:
    """Write the epochs of one run as csv, six significant digits; what was not measured is an empty cell."""
    rows = (_Row(place, *astuple(epoch)) for place, epoch in enumerate(history, start=1))
    write_records(path, _Row, rows, floats=".6g")


def read_history(path: Path) -> list[Epoch]:
    """Read what `write_history` wrote.

    Raises:
        CorpusError: the file is missing, has other columns, or a cell is no finite number.
    """
    return [Epoch(*astuple(row)[1:]) for row in read_records(path, _Row)]

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
        lmmd: sum over the layers, likewise; in the rows of the released code their transfer loss, LMMD or MMD.
        learning_rate: of the last iteration.
        lmmd_weight: what the LMMD is multiplied by in the loss: alpha, in the rows of the released code times its ramp.
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


@dataclass(frozen=True)
class Norms:
    """Norms of the gradient's two parts at one iteration.

    Attributes:
        weight: of the LMMD, `Epoch.lmmd_weight`.
        ce: of the gradient of both cross-entropies.
        lmmd: of the gradient of LMMD, without the weight.
    """

    weight: float
    ce: float
    lmmd: float


def sampled_norms(history: Sequence[Epoch]) -> list[Norms]:
    """Those of the epochs in which they were measured."""
    return [
        Norms(epoch.lmmd_weight, epoch.gradient_ce, epoch.gradient_lmmd)
        for epoch in history
        if epoch.gradient_ce is not None and epoch.gradient_lmmd is not None
    ]


def lmmd_share(norms: Sequence[Norms]) -> float:
    """How much of the gradient the LMMD is: mean of ``w |g_LMMD| / (|g_CE| + w |g_LMMD|)``, in [0, 1]; w weighs it."""
    pairs = [(sample.ce, sample.weight * sample.lmmd) for sample in norms]
    return fmean(lmmd / (ce + lmmd) if ce + lmmd else 0.0 for ce, lmmd in pairs)


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

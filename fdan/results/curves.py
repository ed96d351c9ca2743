"""How the training of FDAN went, for `dvc plots`: its losses by epoch, as means over the seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from fdan.data.histories import read_history
from fdan.data.records import write_records
from fdan.results.runs import PAPER, RunName, find_histories


@dataclass(frozen=True)
class Losses:
    """Mean losses of one epoch."""

    epoch: int
    ce_acoustic: float
    ce_visual: float
    lmmd: float


def write_curves(runs: Path, corpora: Sequence[str], folder: Path) -> None:
    """Write ``<corpus>.csv`` of every corpus on which FDAN was trained under the paper's protocol.

    Raises:
        CorpusError: a history is broken.
    """
    folder.mkdir()
    for run, paths in find_histories(runs, corpora).items():
        if run == RunName(PAPER, run.corpus, "fdan"):
            epochs = zip(*(read_history(path) for path in paths), strict=False)
            means = [
                Losses(
                    place, *(fmean(getattr(e, name) for e in seeds) for name in ("ce_acoustic", "ce_visual", "lmmd"))
                )
                for place, seeds in enumerate(epochs, start=1)
            ]
            write_records(folder / f"{run.corpus}.csv", Losses, means, floats=".6g")

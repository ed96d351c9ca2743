"""What the histories of training say for the audit: the LMMD's share of the gradient, and the test WAR by epoch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from fdan.data.emotions import CorpusError
from fdan.data.histories import lmmd_share, read_history, sampled_norms
from fdan.results.runs import Run


@dataclass(frozen=True)
class History:
    """One run of training, as far as it was recorded.

    Attributes:
        run: what was run.
        seed: its seed, and in a protocol with folds the fold: ``0``, ``0-DC``.
        path: the file.
        alpha: weight of the LMMD in this run (0 for a variant without), from its checkpoint; None if none was kept.
        gradients: pairs (norm of the cross-entropies' gradient, norm of the LMMD's, without alpha), sampled.
        test_war: WAR on the test part after each epoch, in percent; recorded for this audit, used nowhere else.
    """

    run: Run
    seed: str
    path: Path
    alpha: float | None
    gradients: tuple[tuple[float, float], ...]
    test_war: tuple[float, ...]

    def share(self, alpha: float) -> float | None:
        """Mean of ``alpha |g_LMMD| / (|g_CE| + alpha |g_LMMD|)``, in percent, at any alpha, on this run's path."""
        return 100 * lmmd_share(self.gradients, alpha) if self.gradients else None

    @property
    def gain(self) -> float | None:
        """What choosing the best epoch on the test part would add to the last one's WAR, in points."""
        return max(self.test_war) - self.test_war[-1] if self.test_war else None


def read_histories(runs: Mapping[Run, Sequence[Path]]) -> tuple[History, ...]:
    """Read the csv files of runs, as far as the two were measured.

    Raises:
        CorpusError: a file is not a history.
    """
    return tuple(_read(run, path) for run, paths in runs.items() for path in paths)


def _read(run: Run, path: Path) -> History:
    epochs = read_history(path)
    return History(
        run,
        path.stem.removeprefix("seed-"),
        path,
        _alpha(path.with_suffix(".safetensors")),
        tuple(sampled_norms(epochs)),
        tuple(epoch.test_war for epoch in epochs if epoch.test_war is not None),
    )


def _alpha(checkpoint: Path) -> float | None:
    if not checkpoint.is_file():
        return None
    try:
        with safe_open(checkpoint, framework="np") as file:
            return float(json.loads((file.metadata() or {})["fdan"])["about"]["alpha"])
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise CorpusError(f"{checkpoint}: not a checkpoint of this project; train again (dvc repro -f)") from None

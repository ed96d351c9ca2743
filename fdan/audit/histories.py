"""What the histories of training say for the audit: the LMMD's share of the gradient, and the test WAR by epoch."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open

from fdan.data.emotions import CorpusError
from fdan.data.histories import lmmd_share
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
    """Read the csv files of runs; columns that were not recorded are empty in the result.

    Raises:
        CorpusError: a cell is neither empty nor a number.
    """
    return tuple(_read(run, path) for run, paths in runs.items() for path in paths)


def _read(run: Run, path: Path) -> History:
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        rows = list(csv.DictReader(file))

    def numbers(column: str) -> list[float | None]:
        return [_number(row.get(column) or "", f"{path}: line {line}: {column}") for line, row in enumerate(rows, 2)]

    pairs = zip(numbers("gradient_ce"), numbers("gradient_lmmd"), strict=True)
    return History(
        run,
        path.stem.removeprefix("seed-"),
        path,
        _alpha(path.with_suffix(".safetensors")),
        tuple((ce, lmmd) for ce, lmmd in pairs if ce is not None and lmmd is not None),
        tuple(war for war in numbers("test_war") if war is not None),
    )


def _number(text: str, where: str) -> float | None:
    try:
        value = float(text) if text.strip() else None
    except ValueError:
        value = math.nan
    if value is not None and not math.isfinite(value):
        raise CorpusError(f"{where}: {text!r} is not a number; train again (dvc repro -f)")
    return value


def _alpha(checkpoint: Path) -> float | None:
    if not checkpoint.is_file():
        return None
    try:
        with safe_open(checkpoint, framework="np") as file:
            return float(json.loads((file.metadata() or {})["fdan"])["about"]["alpha"])
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise CorpusError(f"{checkpoint}: not a checkpoint of this project; train again (dvc repro -f)") from None

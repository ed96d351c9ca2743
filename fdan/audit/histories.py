"""What the histories of training say for the audit: the LMMD's share of the gradient, and the test WAR by epoch."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from safetensors import SafetensorError, safe_open

from fdan.data.utterance import CorpusError
from fdan.results import Run


@dataclass(frozen=True)
class History:
    """One run of training, as far as it was recorded.

    Attributes:
        run: what was run.
        seed: its seed, and in a protocol with folds the fold: ``0``, ``0-DC``.
        path: the file.
        alpha: weight of the LMMD in this run (0 for a variant without), from its checkpoint; None without one.
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
        sums = [(alpha * lmmd, ce + alpha * lmmd) for ce, lmmd in self.gradients]
        shares = [part / whole for part, whole in sums if whole > 0]
        return 100 * fmean(shares) if shares else None

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
            about = json.loads((file.metadata() or {})["fdan"])["about"]
        return float(about["alpha"]) if about["variant"]["lmmd"] else 0.0
    except (SafetensorError, KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True)
class Trial:
    """One row of the search over alpha and weight decay, scored on a validation part, in percent."""

    alpha: float
    weight_decay: float
    learning_rate: float
    war: float
    lmmd_share: float | None
    chosen: bool


def read_trials(path: Path) -> tuple[Trial, ...]:
    """Read ``reports/tuning/<corpus>.csv``; none where there is no such file.

    Raises:
        CorpusError: a column is missing or a cell is no number.
    """
    if not path.is_file():
        return ()
    trials = []
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            where = f"{path}: line {line}"
            cells = {key: _number(row.get(key) or "", f"{where}: {key}") for key in _TRIAL}
            if any(cells[key] is None for key in _TRIAL if key != "lmmd_share"):
                raise CorpusError(f"{where}: expected numbers for {', '.join(_TRIAL)}")
            alpha, decay, rate, war = (cells[key] or 0.0 for key in _TRIAL[:4])
            chosen = str(row.get("chosen")).strip().lower() in {"1", "true", "yes", "x", "chosen"}
            trials.append(Trial(alpha, decay, rate, war, cells["lmmd_share"], chosen))
    return tuple(trials)


_TRIAL = ("alpha", "weight_decay", "learning_rate", "war", "lmmd_share")

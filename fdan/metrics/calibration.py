"""Temperature scaling (Guo et al., ICML 2017), and how far probabilities can be believed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fdan.data.emotions import CorpusError
from fdan.data.records import read_records, write_records
from fdan.metrics.predictions import Predictions
from fdan.runtime.project import Project

TEMPERATURES = np.exp(np.arange(-300, 301) / 100)
"""Those tried: 0.05 to 20, each one percent above the last."""

LEAST = 5e-5
"""What stands as 0 in a file of four decimals."""

BINS = 10

GROUPS = 10
"""Held-out speakers are drawn in so many groups at most."""


@dataclass(frozen=True)
class Calibration:
    """The temperature of a network's probabilities, and what it does under the protocol ``speaker``.

    No speaker is in training there, but in a corpus with an official split, whose speakers may be on both sides.

    Attributes:
        temperature: that divides the logits.
        speakers: those whose utterances it was fitted to.
        tested: their utterances.
        ece: expected calibration error of those, in percent, as the network says it.
        ece_scaled: likewise, each speaker with a temperature that was fitted to the other speakers.
    """

    temperature: float
    speakers: int
    tested: int
    ece: float
    ece_scaled: float


@dataclass(frozen=True)
class Bin:
    """Utterances whose highest probability, with the temperature, lies in (low, high].

    Attributes:
        low: of the highest probability.
        high: likewise.
        count: of utterances.
        confidence: mean highest probability; None without any.
        right: share that is right; likewise.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


@dataclass(frozen=True)
class Risk:
    """What answering the surest utterances alone would cost.

    Attributes:
        coverage: share of the utterances that is answered.
        min_confidence: the lowest highest probability among them.
        risk: share of the answers that is wrong.
    """

    coverage: float
    min_confidence: float
    risk: float


def scaled(probabilities: Float64[np.ndarray, "n c"], temperature: float) -> Float64[np.ndarray, "n c"]:
    """``softmax(log p / T)``: a softmax's probabilities with its logits divided by T."""
    logs = np.log(np.maximum(probabilities, LEAST)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    found: Float64[np.ndarray, "n c"] = powers / powers.sum(axis=1, keepdims=True)
    return found


def fit_temperature(probabilities: Float64[np.ndarray, "n c"], truth: Int64[np.ndarray, " n"]) -> float:
    """The one of `TEMPERATURES` under which the true emotions are most likely."""
    rows = np.arange(len(truth))
    losses = [-np.log(scaled(probabilities, t)[rows, truth]).sum() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def reliability(confidence: Float64[np.ndarray, " n"], right: Bool[np.ndarray, " n"]) -> list[Bin]:
    """Ten bins of equal width."""
    places = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    bins = []
    for place in range(BINS):
        there = places == place
        means = (float(confidence[there].mean()), float(right[there].mean())) if there.any() else (None, None)
        bins.append(Bin(place / BINS, (place + 1) / BINS, int(there.sum()), *means))
    return bins


def calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance of confidence from what is right, each bin as heavy as its count, in percent."""
    total = sum(b.count for b in bins)
    gaps = (b.count * abs(b.confidence - b.right) for b in bins if b.confidence is not None and b.right is not None)
    return 100 * sum(gaps) / total


def risk_coverage(confidence: Float64[np.ndarray, " n"], right: Bool[np.ndarray, " n"]) -> list[Risk]:
    """From the surest utterance to all of them; utterances that are equally sure are answered together."""
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~right[order])
    last = [i for i in range(len(order)) if i + 1 == len(order) or confidence[order[i]] != confidence[order[i + 1]]]
    return [Risk((i + 1) / len(order), float(confidence[order[i]]), float(wrong[i]) / (i + 1)) for i in last]


def calibrate(unseen: Predictions, speakers: Mapping[str, str]) -> tuple[Calibration, list[Bin], list[Risk]]:
    """Fit the temperature on all tested speakers, and draw each of them with one that was fitted to the others.

    Args:
        unseen: predictions under the protocol ``speaker``, all folds pooled.
        speakers: of each utterance; more than ten are drawn in ten groups.

    Raises:
        CorpusError: there are not two speakers.
    """
    names = sorted({speakers[utterance] for utterance in unseen.utterances})
    if len(names) < 2:
        raise CorpusError(f"calibration: found {len(names)} tested speakers, expected two or more")
    groups = np.array([names.index(speakers[utterance]) % GROUPS for utterance in unseen.utterances])
    confidence = np.zeros(len(groups))
    for own in (groups == group for group in set(groups.tolist())):
        temperature = fit_temperature(unseen.probabilities[~own], unseen.truth[~own])
        confidence[own] = scaled(unseen.probabilities[own], temperature).max(axis=1)
    right = unseen.predicted == unseen.truth
    before, bins = reliability(unseen.probabilities.max(axis=1), right), reliability(confidence, right)
    temperature = fit_temperature(unseen.probabilities, unseen.truth)
    found = Calibration(temperature, len(names), len(right), calibration_error(before), calibration_error(bins))
    return found, bins, risk_coverage(confidence, right)


def write_calibration(found: Calibration, bins: Sequence[Bin], risks: Sequence[Risk], folder: Path) -> None:
    """Write ``temperature.csv``, ``reliability.csv`` and ``risk.csv``, six significant digits."""
    folder.mkdir()
    write_records(folder / "temperature.csv", Calibration, [found], floats=".6g")
    write_records(folder / "reliability.csv", Bin, bins, floats=".6g")
    write_records(folder / "risk.csv", Risk, risks, floats=".6g")


def read_temperature(project: Project, corpus: str) -> float:
    """Return the temperature that the stage ``train`` found for a corpus; 1 where it has not run.

    Raises:
        CorpusError: its file is broken.
    """
    path = project.calibration(corpus) / "temperature.csv"
    return read_records(path, Calibration)[0].temperature if path.is_file() else 1.0

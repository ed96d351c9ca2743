"""The contrasts of the study, measured on unseen actors."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fdan.data.emotions import CorpusError
from fdan.metrics.predictions import Predictions
from fdan.results.differences import detectable
from fdan.results.effects import verdict
from fdan.results.jackknife import over_groups
from fdan.results.printing import interval, number
from fdan.results.runs import Measured, find_diverged, find_runs, measure
from fdan.results.statistics import SIGNIFICANCE, Estimate, holm
from fdan.study.params import FACES, SPEECH, STUDY, TEACHER, Contrast, StudyParams, contrast_seeds

_EXACT = 1e-9
"""In points: an interval that is narrower is that of a difference which is the same without any actor."""


class Score(NamedTuple):
    """A score in percent, or a difference in points, and the ends of its 95 % interval over actors."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Effect:
    """A contrast, measured.

    Attributes:
        contrast: which arms.
        seeds: how many both arms have.
        war: the difference of pooled WAR, mean over the seeds, in points, with its interval over actors.
        uar: likewise.
        p: after Holm's correction over all primary contrasts; None for an exploratory one.
        detectable: the minimum detectable difference of WAR at 80 % power, with Holm's correction; likewise, and None
            where no decision differs.
        verdict: of the WAR.
    """

    contrast: Contrast
    seeds: int
    war: Score
    uar: Score
    p: float | None
    detectable: float | None
    verdict: str


def read_runs(folder: Path) -> dict[str, Measured]:
    """Read the predictions of all arms on the features of one backbone: arm -> its seeds."""
    runs = find_runs(folder / "reports/predictions", [SPEECH])
    return {run.name: seeds for run, seeds in measure(runs).items() if run.group == STUDY}


def read_diverged(folder: Path) -> set[str]:
    """Return the arms of which a training diverged, on the features of one backbone."""
    return {run.name for run in find_diverged(folder / "reports/predictions", [SPEECH]) if run.group == STUDY}


def read_teacher(folder: Path) -> dict[str, Measured]:
    """Read the predictions on held-out photographs: classifier -> its seeds."""
    runs = find_runs(folder / "reports/predictions", [FACES])
    return {run.name: seeds for run, seeds in measure(runs).items() if run.group == TEACHER}


def effects(measured: Mapping[str, Measured], study: StudyParams, speakers: Mapping[str, str]) -> list[Effect]:
    """Return the contrasts whose arms were both run, in the order of the params.

    Args:
        measured: arm -> its seeds.
        study: the contrasts.
        speakers: utterance -> actor.

    Raises:
        CorpusError: two arms were tested on different utterances.
    """
    run = [c for c in study.contrasts if c.first in measured and c.second in measured]
    differences = [_difference(measured[c.first], measured[c.second], speakers) for c in run]
    family = len(study.primaries)
    corrected = iter(holm([found.p for c, (_, found) in zip(run, differences, strict=True) if c.primary], family))
    effects = []
    for contrast, (seeds, found) in zip(run, differences, strict=True):
        war, uar = _scores(found)
        p = next(corrected) if contrast.primary else None
        least = detectable(found, family) if contrast.primary and war.high - war.low > _EXACT else None
        said = _verdict(war, contrast.published, study.margin, p)
        effects.append(Effect(contrast, seeds, war, uar, p, least, said))
    return effects


def _verdict(war: Score, published: float | None, margin: float, p: float | None) -> str:
    if published is None:
        return verdict_unpublished(war.low, war.high, margin, p)
    return verdict(war.low, war.high, published, margin)


def verdict_unpublished(low: float, high: float, margin: float, p: float | None) -> str:
    """Return what an interval says where the paper has no such difference.

    Args:
        low: its lower end, in points.
        high: its upper end.
        margin: a difference within +- this is too small to matter.
        p: after Holm's correction: *confirmed* means that the interval lies above 0 and p is below 0.05. None for an
            exploratory difference, which is not tested.
    """
    found = verdict(low, high, math.inf, margin)
    if found != "smaller than published":
        return found
    return "confirmed" if low > 0 and p is not None and p < SIGNIFICANCE else "inconclusive"


def rates(measured: Measured, speakers: Mapping[str, str]) -> tuple[Score, Score]:
    """Return the pooled WAR and UAR of an arm, mean over its seeds, in percent, with intervals over actors."""
    return _scores(over_groups(list(measured.seeds.values()), _actors(measured.first, speakers)))


def _difference(first: Measured, second: Measured, speakers: Mapping[str, str]) -> tuple[int, Estimate]:
    """How many seeds both have, and the difference over actors."""
    one, other = first.first, second.first
    if (one.utterances, one.classes) != (other.utterances, other.classes):
        raise CorpusError(
            f"{first.run.folder} and {second.run.folder}: tested on {len(one.utterances)} and "
            f"{len(other.utterances)} utterances, expected the same; run both again"
        )
    seeds = contrast_seeds(first.seeds, second.seeds)
    of_first, of_second = ([run.seeds[seed] for seed in seeds] for run in (first, second))
    return len(seeds), over_groups(of_first, _actors(one, speakers), of_second)


def _scores(found: Estimate) -> tuple[Score, Score]:
    war, uar = found.war_interval, found.uar_interval
    return Score(found.war, war.low, war.high), Score(found.uar, uar.low, uar.high)


def _actors(tested: Predictions, speakers: Mapping[str, str]) -> list[str]:
    return [speakers[utterance] for utterance in tested.utterances]


def in_print(found: Score, sign: str = "+") -> str:
    """Return a difference in points, or with an empty sign a rate, and its 95 % interval."""
    return f"{number(found.estimate, sign)} {interval(found.low, found.high, sign)}"

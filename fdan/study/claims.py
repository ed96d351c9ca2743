"""The contrasts of the study, measured on unseen actors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float64

from fdan.data.emotions import CorpusError
from fdan.metrics.predictions import Predictions
from fdan.results.printing import interval, number
from fdan.results.runs import Measured, find_diverged, find_runs, measure
from fdan.results.statistics import correct, holm
from fdan.study.jackknife import Jackknifed, detectable, jackknife, p_of, verdict, verdict_unpublished
from fdan.study.params import FACES, SPEECH, STUDY, TEACHER, Contrast, StudyParams, contrast_seeds


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
    war: Jackknifed
    uar: Jackknifed
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
    tests, family = [p for c, (*_, p) in zip(run, differences, strict=True) if c.primary], len(study.primaries)
    corrected = iter(holm(tests, family))
    found = []
    for contrast, (seeds, groups, war, uar, _) in zip(run, differences, strict=True):
        p = next(corrected) if contrast.primary else None
        least = detectable(war, groups, family) if contrast.primary and war.low < war.high else None
        said = _verdict(war, contrast.published, study.margin, p)
        found.append(Effect(contrast, seeds, war, uar, p, least, said))
    return found


def _verdict(war: Jackknifed, published: float | None, margin: float, p: float | None) -> str:
    if published is None:
        return verdict_unpublished(war.low, war.high, margin, p)
    return verdict(war.low, war.high, published, margin)


def rates(measured: Measured, speakers: Mapping[str, str]) -> tuple[Jackknifed, Jackknifed]:
    """Return the pooled WAR and UAR of an arm, mean over its seeds, in percent, with intervals over actors."""
    first = measured.first
    right = np.stack([correct(p) for p in measured.seeds.values()]).mean(axis=0)
    return _estimates(right, first, _actors(first, speakers))


def _difference(
    first: Measured, second: Measured, speakers: Mapping[str, str]
) -> tuple[int, int, Jackknifed, Jackknifed, float]:
    """Seeds, actors, the differences of WAR and UAR, and the p of that of WAR."""
    one, other = first.first, second.first
    if (one.utterances, one.classes) != (other.utterances, other.classes):
        raise CorpusError(
            f"{first.run.folder} and {second.run.folder}: tested on {len(one.utterances)} and "
            f"{len(other.utterances)} utterances, expected the same; run both again"
        )
    seeds = contrast_seeds(first.seeds, second.seeds)
    gains = np.stack([correct(first.seeds[s]).astype(float) - correct(second.seeds[s]) for s in seeds]).mean(axis=0)
    actors = _actors(one, speakers)
    war, uar = _estimates(gains, one, actors)
    groups = len(set(actors))
    return len(seeds), groups, war, uar, p_of(war, groups)


def _estimates(
    gains: Float64[np.ndarray, "n"], tested: Predictions, actors: Sequence[str]
) -> tuple[Jackknifed, Jackknifed]:
    """WAR and UAR of what each utterance gains, a number in [-1, 1], with intervals over actors."""

    def war(mask: Bool[np.ndarray, "n"]) -> float:
        return 100 * float(gains[mask].mean())

    def uar(mask: Bool[np.ndarray, "n"]) -> float:
        truth = tested.truth[mask]
        return 100 * float(np.mean([gains[mask][truth == emotion].mean() for emotion in np.unique(truth)]))

    return jackknife(war, actors), jackknife(uar, actors)


def _actors(tested: Predictions, speakers: Mapping[str, str]) -> list[str]:
    return [speakers[utterance] for utterance in tested.utterances]


def in_print(found: Jackknifed, sign: str = "+") -> str:
    """Return a difference in points, or with an empty sign a rate, and its 95 % interval."""
    return f"{number(found.estimate, sign)} {interval(found.low, found.high, sign)}"

"""Claims as effects: the primary contrasts of params.yaml, their intervals, and a verdict on each.

A reproduction asks whether an effect is as large as published, not only whether it differs from 0. One contrast per
claim is fixed in params.yaml before the run; it alone gets a p. All other differences are exploratory and have
intervals.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Literal

from annotated_types import Gt, MinLen

from fdan.results.comparisons import compare
from fdan.results.differences import detectable
from fdan.results.runs import Measured, RunName
from fdan.results.statistics import Estimate, Interval, StatisticsError, holm
from fdan.results.units import Unit

Protocol = Literal["paper", "disjoint", "speaker", "rotated", "finetune"]


class Size(StrEnum):
    """What an interval says of an effect that the paper published."""

    REVERSED = "reversed"
    NEGLIGIBLE = "negligible"
    SMALLER = "smaller than published"
    AS_PUBLISHED = "as published"
    LARGER = "larger than published"
    INCONCLUSIVE = "inconclusive"


def verdict(low: float, high: float, published: float, margin: float) -> Size:
    """Compare the interval of an effect with the published effect; the first rule that applies decides.

    1. reversed: the interval lies below 0.
    2. negligible: it lies within ``(-margin, margin)``, as two one-sided tests of equivalence would say
       (TOST; Schuirmann, J. Pharmacokinet. Biopharm. 15:657, 1987).
    3. smaller than published: it lies below the published effect.
    4. as published: it lies above 0 and includes the published effect.
    5. larger than published: it lies above the published effect.
    6. inconclusive: everything else, such as an interval that includes both 0 and the published effect.

    Args:
        low: lower end of the 95 % interval, in points.
        high: upper end.
        published: the paper's effect, above 0: the contrast is written so that the paper's difference is positive.
        margin: the largest difference that is too small to matter, above 0.

    Raises:
        StatisticsError: the ends are not in order, or `published` or `margin` is not above 0.
    """
    if not low <= high or published <= 0 or margin <= 0:
        raise StatisticsError(
            f"verdict: interval [{low}, {high}], published {published}, margin {margin}: expected ends in order, and a "
            "published effect and a margin above 0"
        )
    if high < 0:
        return Size.REVERSED
    if -margin < low and high < margin:
        return Size.NEGLIGIBLE
    if high < published:
        return Size.SMALLER
    if low > published:
        return Size.LARGER
    return Size.AS_PUBLISHED if low > 0 else Size.INCONCLUSIVE


@dataclass(frozen=True)
class Contrast:
    """One primary contrast of section ``claims``.

    Attributes:
        claim: in words.
        first: the run that the paper says is better.
        second: the run that is subtracted from it.
        protocols: the contrast is measured in the first of these in which both were run.
        corpus: whose speech is tested, or ``all``.
        published: the paper's difference of WAR, in points.
    """

    claim: Annotated[str, MinLen(1)]
    first: Annotated[str, MinLen(1)]
    second: Annotated[str, MinLen(1)]
    protocols: Annotated[tuple[Protocol, ...], MinLen(1)]
    corpus: Annotated[str, MinLen(1)]
    published: Annotated[float, Gt(0)]


@dataclass(frozen=True)
class ClaimsParams:
    """Section ``claims`` of params.yaml; `margin` in points of WAR."""

    margin: Annotated[float, Gt(0)]
    primary: tuple[Contrast, ...]


@dataclass(frozen=True)
class Effect:
    """One primary contrast, measured; None for what was not run.

    Attributes:
        claim: in words.
        corpus: whose speech is tested.
        first: the run that the paper says is better.
        second: the run that is subtracted from it.
        protocol: in which it was measured; empty where it was not.
        published: the paper's difference of WAR, in points.
        margin: in points.
        family: how many primary contrasts Holm's correction counts, run or not.
        seeds: pairs of networks.
        utterances: tested.
        unit: what the interval takes as drawn at random.
        war: ours, in points.
        low: of its 95 % interval.
        high: likewise.
        p: that the difference is 0, uncorrected.
        p_holm: after Holm's correction over the primary contrasts.
        detectable: the minimum detectable effect, in points.
        missing: why it was not measured: ``not run``, or ``undertrained``; empty where it was.
        verdict: one of `Size`; none on a synthetic corpus, which the paper did not measure.
    """

    claim: str
    corpus: str
    first: str
    second: str
    protocol: str
    published: float
    margin: float
    family: int
    seeds: int = 0
    utterances: int = 0
    unit: str = ""
    war: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_holm: float | None = None
    detectable: float | None = None
    missing: str = ""
    verdict: Size | None = None

    @property
    def interval(self) -> Interval | None:
        """Return the 95 % interval; None where the contrast was not run."""
        return None if self.low is None or self.high is None else Interval(self.low, self.high)


def effects(
    claims: ClaimsParams,
    measured: Mapping[RunName, Measured],
    speakers: Mapping[str, Mapping[str, str]],
    targets: Sequence[str],
    synthetic: Collection[str] = (),
    undertrained: Collection[RunName] = (),
) -> tuple[Effect, ...]:
    """Measure every primary contrast.

    Args:
        claims: the contrasts.
        measured: all runs.
        speakers: corpus -> utterance -> speaker.
        targets: the corpora that ``all`` means.
        synthetic: those whose clips are synthetic: their differences are not compared with the paper's.
        undertrained: runs that nothing is concluded from: a contrast of one is measured in its next protocol.
    """
    named = [
        replace(contrast, corpus=corpus)
        for contrast in claims.primary
        for corpus in (targets if contrast.corpus == "all" else [contrast.corpus])
    ]
    family = len(named)
    found = [_effect(contrast, claims.margin, family, measured, speakers, undertrained) for contrast in named]
    found = [replace(effect, verdict=None) if effect.corpus in synthetic else effect for effect in found]
    adjusted = iter(holm([effect.p for effect in found if effect.p is not None], family))
    return tuple(effect if effect.p is None else replace(effect, p_holm=next(adjusted)) for effect in found)


def _effect(
    contrast: Contrast,
    margin: float,
    family: int,
    measured: Mapping[RunName, Measured],
    speakers: Mapping[str, Mapping[str, str]],
    undertrained: Collection[RunName],
) -> Effect:
    corpus, published, missing = contrast.corpus, contrast.published, "not run"
    said = (contrast.claim, corpus, contrast.first, contrast.second)
    for protocol in contrast.protocols:
        names = [RunName(protocol, corpus, name) for name in (contrast.first, contrast.second)]
        pair = [measured.get(name) for name in names]
        if all(pair) and any(name in undertrained for name in names):
            missing = "undertrained"
            continue
        if pair[0] and pair[1] and (found := measure_difference(pair[0], pair[1], speakers.get(corpus, {}))):
            difference, unit, seeds = found
            ends = difference.war_interval
            return Effect(
                *(*said, protocol, published, margin, family, seeds, len(pair[0].first.utterances), str(unit)),
                difference.war,
                ends.low,
                ends.high,
                difference.p,
                detectable=detectable(difference, family),
                verdict=verdict(ends.low, ends.high, published, margin),
            )
    return Effect(*said, "", published, margin, family, missing=missing)


def measure_difference(
    first: Measured, second: Measured, speakers: Mapping[str, str]
) -> tuple[Estimate, Unit, int] | None:
    """Return first minus second over the unit of their protocol, and the pairs of seeds; None on other utterances."""
    compared = compare(first, second, speakers)
    return (*compared.primary, compared.pairs) if compared.primary else None

"""Rows beside a reference on the same test utterances: network by network, seeds against seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from fdan.metrics.predictions import Predictions
from fdan.results.jackknife import over_groups
from fdan.results.runs import PAPER, PROTOCOLS, Measured, RunName
from fdan.results.statistics import Estimate, Interval, bootstrap, correct, wilson
from fdan.results.units import Grouping, Unit, grouping

HELD_OUT = "speaker"
"""The protocol whose test utterances are of speakers that training did not have."""


@dataclass(frozen=True)
class Compared:
    """One row, and its difference from a reference on the same utterances.

    Attributes:
        measured: its scores.
        interval: 95 %, of its mean WAR; see `of_mean`.
        unit: what that interval takes as drawn at random.
        pairs: how many seeds of the reference were paired with as many of this row; 0 where none was.
        paired: ``seed`` where they have the same numbers, ``rank`` where they have none in common.
        difference: reference minus this row over resampled seeds and utterances; None for the reference itself, and
            where the utterances are not the same.
        difference_by_speaker: the same by the jackknife over speakers or dialogues; None also without such groups.
        groups: the speakers or dialogues of that jackknife.
    """

    measured: Measured
    interval: Interval
    unit: Unit = Unit.UTTERANCE
    pairs: int = 0
    paired: str = ""
    difference: Estimate | None = None
    difference_by_speaker: Estimate | None = None
    groups: Grouping | None = None

    @property
    def size(self) -> int:
        """Test utterances."""
        return len(self.measured.first.utterances)

    @property
    def primary(self) -> tuple[Estimate, Unit] | None:
        """The difference over the protocol's own unit: speakers or dialogues where they were held out."""
        if held_out(self.measured.run.group) and self.difference_by_speaker and self.groups:
            return self.difference_by_speaker, self.groups.unit
        return (self.difference, Unit.UTTERANCE) if self.difference else None

    def record(self) -> "Comparison":
        """Return all of its numbers."""
        run, lead, by_speaker = self.measured.run, self.difference, self.difference_by_speaker
        mean, sd = self.measured.mean_sd("war")
        war, war_by_speaker = lead and lead.war_interval, by_speaker and by_speaker.war_interval
        uar, uar_by_speaker = lead and lead.uar_interval, by_speaker and by_speaker.uar_interval
        return Comparison(
            corpus=run.corpus,
            source=f"reports/predictions/{run.folder}",
            group=run.group,
            row=run.name,
            seeds=len(self.measured.scores),
            utterances=self.size,
            war_mean=mean,
            war_sd=sd,
            war_low=self.interval.low,
            war_high=self.interval.high,
            war_unit=str(self.unit),
            compared_seeds=self.pairs,
            paired_by=self.paired,
            war_lead=lead.war if lead else None,
            uar_lead=lead.uar if lead else None,
            war_lead_low_utterances=war.low if war else None,
            war_lead_high_utterances=war.high if war else None,
            war_lead_low_speakers=war_by_speaker.low if war_by_speaker else None,
            war_lead_high_speakers=war_by_speaker.high if war_by_speaker else None,
            uar_lead_low_utterances=uar.low if uar else None,
            uar_lead_high_utterances=uar.high if uar else None,
            uar_lead_low_speakers=uar_by_speaker.low if uar_by_speaker else None,
            uar_lead_high_speakers=uar_by_speaker.high if uar_by_speaker else None,
            group_unit=str(self.groups.unit) if self.groups else "",
            groups=self.groups.number if self.groups else 0,
        )


@dataclass(frozen=True)
class Comparison:
    """The numbers of a `Compared` to their full precision, as csv and JSON hold them; None for what there is not.

    WAR and UAR are in percent, leads (FDAN minus the row) in points, with the ends of their 95 % intervals over seeds
    and utterances, or by the jackknife over speakers or dialogues (columns ``_speakers``).

    Attributes:
        corpus: whose test utterances were recognised.
        source: the folder of the predictions.
        group: of `RunName`.
        row: its name there.
        seeds: how many there are.
        utterances: how many were tested.
        war_mean: over the seeds.
        war_sd: likewise; None of one seed.
        war_low: of the mean's interval.
        war_high: likewise.
        war_unit: what that interval takes as drawn: ``utterances``, ``speakers`` or ``dialogues``.
        compared_seeds: how many were paired with FDAN's.
        paired_by: ``seed``, ``rank`` or nothing.
        war_lead: None for FDAN itself, and where the utterances are not the same.
        uar_lead: likewise.
        group_unit: of the columns ``_speakers``: ``speakers`` or ``dialogues``; empty where neither is known.
        groups: how many of them are in the test part.
    """

    corpus: str
    source: str
    group: str
    row: str
    seeds: int
    utterances: int
    war_mean: float
    war_sd: float | None
    war_low: float
    war_high: float
    war_unit: str
    compared_seeds: int
    paired_by: str
    war_lead: float | None
    uar_lead: float | None
    war_lead_low_utterances: float | None
    war_lead_high_utterances: float | None
    war_lead_low_speakers: float | None
    war_lead_high_speakers: float | None
    uar_lead_low_utterances: float | None
    uar_lead_high_utterances: float | None
    uar_lead_low_speakers: float | None
    uar_lead_high_speakers: float | None
    group_unit: str
    groups: int

    @property
    def run(self) -> RunName:
        """Return what was run."""
        return RunName(self.group, self.corpus, self.row)

    @property
    def lead_interval(self) -> Interval | None:
        """Return the interval of the WAR's lead over seeds and utterances."""
        low, high = self.war_lead_low_utterances, self.war_lead_high_utterances
        return None if low is None or high is None else Interval(low, high)

    @property
    def lead_interval_by_speaker(self) -> Interval | None:
        """Return the same over seeds and speakers."""
        low, high = self.war_lead_low_speakers, self.war_lead_high_speakers
        return None if low is None or high is None else Interval(low, high)

    @property
    def excludes_zero(self) -> bool | None:
        """Whether the interval of the WAR's lead excludes 0; None where there is none. It is no test: see claims."""
        return None if self.lead_interval is None else not self.lead_interval.has(0.0)


def held_out(group: str) -> bool:
    """Whether the test utterances of a group of runs are of speakers that training did not have."""
    return group.partition("-")[0] == HELD_OUT


def alone(measured: Measured, speakers: Mapping[str, str] | None = None) -> Compared:
    """Return a row with its interval, compared with nothing; `speakers` as in `of_mean`."""
    groups = _held_out_groups(measured, speakers)
    return Compared(measured, of_mean(measured, speakers), groups.unit if groups else Unit.UTTERANCE, groups=groups)


def of_mean(measured: Measured, speakers: Mapping[str, str] | None = None) -> Interval:
    """Return the 95 % interval of a row's mean WAR.

    Where speakers are held out it is the jackknife's over speakers or dialogues. Elsewhere it is Wilson's for one
    network, and for several the bootstrap's over seeds and utterances.

    Args:
        measured: the row.
        speakers: utterance -> speaker; without it utterances are the unit in every protocol.
    """
    if len(measured.seeds) == 1 and _held_out_groups(measured, speakers) is None:
        right = correct(measured.first)
        return wilson(int(right.sum()), len(right))
    return estimate(measured, speakers).war_interval


def estimate(measured: Measured, speakers: Mapping[str, str] | None = None) -> Estimate:
    """Return WAR and UAR of a row with their errors, over the unit of its protocol; arguments as in `of_mean`."""
    runs = list(measured.seeds.values())
    groups = _held_out_groups(measured, speakers)
    return over_groups(runs, groups.groups) if groups else bootstrap(_matrix(runs), measured.first.truth)


def _held_out_groups(measured: Measured, speakers: Mapping[str, str] | None) -> Grouping | None:
    if speakers is None or not held_out(measured.run.group):
        return None
    return grouping(measured.first.utterances, speakers)


def pair_seeds(first: Measured, second: Measured) -> tuple[list[tuple[Predictions, Predictions]], str]:
    """Pair the networks of two rows, by ``seed`` or by ``rank``.

    The seeds that both have are compared one network against one, never a mean of three against one. Where they have
    none in common the first is paired with the first, and so on, as many as the row with fewer has.
    """
    common = [seed for seed in first.seeds if seed in second.seeds]
    if common:
        return [(first.seeds[seed], second.seeds[seed]) for seed in common], "seed"
    return list(zip(first.seeds.values(), second.seeds.values(), strict=False)), "rank"


def compare(reference: Measured, other: Measured, speakers: Mapping[str, str]) -> Compared:
    """Compare a row with a reference.

    Args:
        reference: for example FDAN.
        other: the row.
        speakers: utterance -> speaker.
    """
    ours, theirs = reference.first, other.first
    row = alone(other, speakers)
    if (ours.utterances, ours.classes) != (theirs.utterances, theirs.classes) or (ours.truth != theirs.truth).any():
        return row
    pairs, paired = pair_seeds(reference, other)
    first, second = [one for one, _ in pairs], [two for _, two in pairs]
    groups = grouping(theirs.utterances, speakers)
    return Compared(
        other,
        row.interval,
        row.unit,
        len(pairs),
        paired,
        bootstrap(_matrix(first) - _matrix(second), theirs.truth),
        over_groups(first, groups.groups, second) if groups else None,
        groups,
    )


def _matrix(seeds: Sequence[Predictions]) -> Float64[np.ndarray, "m n"]:
    return np.stack([correct(predictions) for predictions in seeds]).astype(np.float64)


def compare_with_fdan(
    measured: Mapping[RunName, Measured], speakers: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[Compared, ...]]:
    """Compare every run on the paper's test part with FDAN; no entry where nothing was run.

    Args:
        measured: all runs.
        speakers: corpus -> utterance -> speaker; its order is the order of the result.
    """
    found = {}
    for corpus in speakers:
        fdan = measured.get(RunName(PAPER, corpus, "fdan"))
        others = [
            m
            for run, m in measured.items()
            if run.corpus == corpus and (run.group == PAPER or run.group not in PROTOCOLS) and m is not fdan
        ]
        rows = [alone(other) if fdan is None else compare(fdan, other, speakers[corpus]) for other in others]
        if fdan or rows:
            found[corpus] = (*([alone(fdan)] if fdan else []), *rows)
    return found

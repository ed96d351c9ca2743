"""Which rows can be told apart on their test utterances: seeds against seeds, network by network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

from fdan.metrics.predictions import Predictions
from fdan.results.published import PUBLISHED
from fdan.results.runs import PAPER, Measured, RunName
from fdan.results.statistics import (
    SIGNIFICANCE,
    Estimate,
    Interval,
    McNemar,
    bootstrap,
    correct,
    holm,
    mcnemar,
    wilson,
)


@dataclass(frozen=True)
class Compared:
    """One row, and what tells it from a reference on the same utterances.

    Attributes:
        measured: its scores.
        interval: 95 %, of its mean WAR; see `of_mean`.
        pairs: how many seeds of the reference were set against as many of this row; 0 where none was.
        paired: ``seed`` where they have the same numbers, ``rank`` where they have none in common.
        difference: reference minus this row over resampled seeds and utterances; None for the reference itself, and
            where the utterances are not the same.
        difference_by_speaker: the same over seeds and speakers; None also where the corpus names fewer than two.
        adjusted: p of the difference after Holm's correction over the family; None for a row outside of it.
        test: McNemar, reference first, where one network was set against one.
    """

    measured: Measured
    interval: Interval
    pairs: int = 0
    paired: str = ""
    difference: Estimate | None = None
    difference_by_speaker: Estimate | None = None
    adjusted: float | None = None
    test: McNemar | None = None

    @property
    def size(self) -> int:
        """Test utterances."""
        return len(self.measured.first.utterances)

    @property
    def significant(self) -> bool | None:
        """Whether the corrected p tells the row from the reference; None where there is none."""
        return None if self.adjusted is None else self.adjusted < SIGNIFICANCE

    def record(self) -> "Comparison":
        """Return all of its numbers."""
        run, test, lead, by_speaker = self.measured.run, self.test, self.difference, self.difference_by_speaker
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
            p=lead.p if lead and self.adjusted is not None else None,
            p_holm=self.adjusted,
            told_apart=self.significant,
            fdan_alone=test.only_first if test else None,
            row_alone=test.only_second if test else None,
            p_mcnemar=test.p if test else None,
        )


@dataclass(frozen=True)
class Comparison:
    """The numbers of a `Compared` to their full precision, as csv and JSON hold them; None for what there is not.

    WAR and UAR are in percent, leads (FDAN minus the row) in points, with the ends of their 95 % intervals over seeds
    and utterances, or seeds and speakers.

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
        compared_seeds: how many were set against FDAN's.
        paired_by: ``seed``, ``rank`` or nothing.
        war_lead: None for FDAN itself, and where the utterances are not the same.
        uar_lead: likewise.
        p: of the WAR's lead, uncorrected; None for a row that the paper does not have.
        p_holm: after Holm's correction.
        told_apart: whether that is below 0.05.
        fdan_alone: utterances that FDAN alone has right, where one network was set against one.
        row_alone: those that the row alone has right.
        p_mcnemar: of McNemar's test of the two.
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
    p: float | None
    p_holm: float | None
    told_apart: bool | None
    fdan_alone: int | None
    row_alone: int | None
    p_mcnemar: float | None

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


def alone(measured: Measured) -> Compared:
    """A row with its interval, compared with nothing."""
    return Compared(measured, of_mean(measured))


def of_mean(measured: Measured) -> Interval:
    """The 95 % interval of a row's mean WAR: of one network Wilson's, of several that of seeds and utterances."""
    if len(measured.seeds) == 1:
        right = correct(measured.first)
        return wilson(int(right.sum()), len(right))
    return bootstrap(_matrix(list(measured.seeds.values())), measured.first.truth).war_interval


def pair_seeds(first: Measured, second: Measured) -> tuple[list[tuple[Predictions, Predictions]], str]:
    """Which network of one row stands against which of the other, and whether by ``seed`` or by ``rank``.

    Like with like: the seeds that both have, one network against one, never a mean of three against one. Where they
    have none in common the first stands against the first, and so on, as many as the row with fewer has.
    """
    common = [seed for seed in first.seeds if seed in second.seeds]
    if common:
        return [(first.seeds[seed], second.seeds[seed]) for seed in common], "seed"
    return list(zip(first.seeds.values(), second.seeds.values(), strict=False)), "rank"


def compare(reference: Measured, other: Measured, speakers: Mapping[str, str]) -> Compared:
    """A row beside a reference; without a corrected p, which is a matter of the family.

    Args:
        reference: for example FDAN.
        other: the row.
        speakers: utterance -> speaker.
    """
    ours, theirs = reference.first, other.first
    if (ours.utterances, ours.classes) != (theirs.utterances, theirs.classes) or (ours.truth != theirs.truth).any():
        return alone(other)
    pairs, paired = pair_seeds(reference, other)
    gains = _matrix([one for one, _ in pairs]) - _matrix([two for _, two in pairs])
    voices = [speakers.get(utterance, "") for utterance in theirs.utterances]
    named = all(voices) and len(set(voices)) > 1
    return Compared(
        other,
        of_mean(other),
        len(pairs),
        paired,
        bootstrap(gains, theirs.truth),
        bootstrap(gains, theirs.truth, voices) if named else None,
        test=mcnemar(*map(correct, pairs[0])) if len(pairs) == 1 else None,
    )


def _matrix(seeds: Sequence[Predictions]) -> Float64[np.ndarray, "m n"]:
    return np.stack([correct(predictions) for predictions in seeds]).astype(np.float64)


def family(corpus: str) -> tuple[str, ...]:
    """The rows of a corpus in the paper's tables that FDAN is tested against, run or not, by their names in print."""
    return tuple(dict.fromkeys(row.row for row in PUBLISHED if row.corpus == corpus and row.row != "FDAN"))


def compare_with_fdan(
    measured: Mapping[RunName, Measured], speakers: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[Compared, ...]]:
    """FDAN, then every other run on the paper's test part compared with it; no entry where nothing was run.

    The family of Holm's correction is `family`: it does not change with what else was run. Rows outside of it have
    intervals and no p.

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
            if run.corpus == corpus and run.group not in {"disjoint", "speaker"} and m is not fdan
        ]
        rows = [alone(other) if fdan is None else compare(fdan, other, speakers[corpus]) for other in others]
        if fdan or rows:
            found[corpus] = (*([alone(fdan)] if fdan else []), *_corrected(rows, len(family(corpus))))
    return found


def _corrected(rows: Sequence[Compared], size: int) -> tuple[Compared, ...]:
    tested = [row.difference.p for row in rows if row.difference and row.measured.run.row]
    corrected = iter(holm(tested, size))
    return tuple(
        replace(row, adjusted=next(corrected)) if row.difference and row.measured.run.row else row for row in rows
    )

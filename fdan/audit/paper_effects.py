"""The effects that the paper's own rows show, and whether our runs replicate them: one label for each effect.

An effect is replicated where our 95 % interval lies above 0, the paper's sign, and the paper's effect lies in the
prediction interval of a second measurement (Patil, Peng & Leek, Perspect. Psychol. Sci. 11:539, 2016). The label is
printed only where our test part is large enough to find the published effect: its power is at least 0.8 in the
simulation of power.py.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from fdan.audit.power import Cell, cell_for, prediction_interval, read_power, replicates
from fdan.results.differences import published_error
from fdan.results.effects import measure_difference
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.runs import CNN, PAPER, Measured, RunName

TESTABLE = 0.8
"""The power that a label needs."""

SEEDS = 3
"""The pairs of networks that the simulated power is of; with fewer there is no label."""


class Label(StrEnum):
    """What is said of one effect."""

    REPLICATED = "replicated"
    NOT_REPLICATED = "not replicated"
    TOO_SMALL = "not testable at this size"
    SYNTHETIC = "synthetic clips"
    UNDERTRAINED = "undertrained"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Replication:
    """One effect of the paper; None for what was not run.

    Attributes:
        table: the paper's table.
        corpus: whose speech is tested.
        row: the row that FDAN is compared with, in print.
        protocol: of the better one of our two runs: ``paper``, ``rotated``, ``finetune`` or ``multi``; empty: not run.
        published: the paper's effect, in points of WAR and above 0: FDAN minus the row; in Table 3 the row minus FDAN.
        published_error: its standard error, from the binomial errors of both numbers at the paper's test size.
        label: what is said.
        seeds: pairs of networks.
        utterances: tested.
        war: our effect.
        low: of its 95 % interval.
        high: likewise.
        predicted_low: of the prediction interval, which holds the paper's effect in 95 % of cases if both measure the
            same truth.
        predicted_high: likewise.
        power: how often the label would be *replicated* if the truth were the published effect.
        false_positives: how often it would be if the truth were 0.
    """

    table: int
    corpus: str
    row: str
    protocol: str
    published: float
    published_error: float
    label: Label
    seeds: int = 0
    utterances: int = 0
    war: float | None = None
    low: float | None = None
    high: float | None = None
    predicted_low: float | None = None
    predicted_high: float | None = None
    power: float | None = None
    false_positives: float | None = None


def own_effects() -> Iterator[tuple[PublishedRow, PublishedRow, PublishedRow]]:
    """Yield each own row of the paper beside FDAN's: the row itself, the better one of the two, and the worse one."""
    fdans = {row.corpus: row for row in PUBLISHED if row.row == "FDAN" and row.table in (1, 2)}
    for row in PUBLISHED:
        if row.kind != "quoted" and row.row != "FDAN":
            fdan = fdans[row.corpus]
            yield (row, row, fdan) if row.table == 3 else (row, fdan, row)


def replications(
    measured: Mapping[RunName, Measured],
    speakers: Mapping[str, Mapping[str, str]],
    sizes: Mapping[str, int],
    synthetic: Collection[str] = (),
    undertrained: Collection[RunName] = (),
) -> tuple[Replication, ...]:
    """Judge every effect of the paper's own rows.

    Args:
        measured: all runs.
        speakers: corpus -> utterance -> speaker.
        sizes: corpus -> utterances of the paper's test part.
        synthetic: corpora whose clips are synthetic: nothing on them is judged.
        undertrained: runs that nothing is concluded from: an effect of one is measured on the next pair of runs.
    """
    power = read_power()
    found = (
        _replication(row, better, worse, measured, speakers.get(row.corpus, {}), sizes[row.corpus], power, undertrained)
        for row, better, worse in own_effects()
    )
    return tuple(
        replace(effect, label=Label.SYNTHETIC) if effect.protocol and effect.corpus in synthetic else effect
        for effect in found
    )


def _replication(
    row: PublishedRow,
    better: PublishedRow,
    worse: PublishedRow,
    measured: Mapping[RunName, Measured],
    speakers: Mapping[str, str],
    size: int,
    power: tuple[Cell, ...],
    undertrained: Collection[RunName],
) -> Replication:
    assert better.war is not None
    assert worse.war is not None
    published, error = round(better.war - worse.war, 2), published_error(better.war, worse.war, size)
    said, label = (row.table, row.corpus, row.row), Label.NOT_RUN
    for first, second in _candidates(row, better, worse):
        pair = measured.get(first), measured.get(second)
        if not pair[0] or not pair[1] or not (found := measure_difference(pair[0], pair[1], speakers)):
            continue
        if first in undertrained or second in undertrained:
            label = Label.UNDERTRAINED
            continue
        difference, _, seeds = found
        utterances = len(pair[0].first.utterances)
        cell = cell_for(power, row, utterances) if seeds >= SEEDS else None
        label = Label.TOO_SMALL
        if cell and cell.power >= TESTABLE:
            label = Label.REPLICATED if replicates(difference, published, error) else Label.NOT_REPLICATED
        ends = prediction_interval(difference, error)
        return Replication(
            *(*said, first.group, published, error, label, seeds, utterances),
            difference.war,
            difference.war_interval.low,
            difference.war_interval.high,
            ends.low,
            ends.high,
            cell.power if cell else None,
            cell.false_positives if cell else None,
        )
    return Replication(*said, "", published, error, label)


def _candidates(row: PublishedRow, better: PublishedRow, worse: PublishedRow) -> list[tuple[RunName, RunName]]:
    """Return the pairs of runs that may show an effect: fine-tuned, then on rotated splits, then on the paper's."""
    corpus = row.corpus
    fdan = RunName(PAPER, corpus, "fdan")
    if row.table == 3:
        return [(RunName("multi", corpus, "fdan"), fdan)]
    if row.table == 4:
        return [
            (RunName(group, corpus, better.run), RunName(group, corpus, worse.run))
            for group in ("finetune", "rotated", PAPER)
        ]
    cnn = RunName(CNN, corpus, row.run)
    return [(RunName("finetune", corpus, "fdan"), cnn), (fdan, cnn)]

"""The table of uncertainty beside the paper's: intervals, tests and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from fdan.results.comparisons import Compared, Comparison, family
from fdan.results.corpus_summary import Chosen, Facts, synthetic_first, tuned_notes
from fdan.results.printing import Sheet, cells, interval, mean_sd, number, p_value
from fdan.results.runs import PAPER, label
from fdan.results.statistics import Interval

DECISION_WORDS = {True: "differs", False: "cannot be told apart", None: "—"}
"""What a corrected p says, in words."""

COLUMNS = (
    *(("WAR", name) for name in ("ours", "95 %")),
    *(("FDAN minus row", name) for name in ("WAR", "over utterances", "over speakers", "seeds")),
    *(("p", name) for name in ("alone", "Holm", "McNemar")),
    ("", "so"),
)
"""Heads of `line`."""


_IN_HEAD = ("corpus", "source")
"""What the csv form has in print, and what it leaves out."""


def uncertainty_sheet(
    compared: Mapping[str, Sequence[Compared]], facts: Facts, chosen: Chosen, notes: Sequence[str] = ()
) -> Sheet:
    """Return the companion of Tables 1 to 4: intervals, tests and what they say; `notes` stand below it."""
    rows = [row.record() for several in compared.values() for row in several]
    names = [field.name for field in fields(Comparison) if field.name not in _IN_HEAD]
    return Sheet(
        title="Uncertainty.",
        label="tab:fdan-uncertainty",
        caption=synthetic_first(facts, list(compared))
        + "FDAN against every other row on the same test utterances, in percent and points. ours: mean ± sd over "
        "seeds, with its 95 % interval: of several networks over resampled seeds and utterances, of a single one "
        "Wilson's. FDAN minus row: the networks of the seeds that both have, one against one, averaged, with 95 % "
        "percentile intervals over resampled seeds and utterances, and over seeds and speakers; with one seed in "
        "common over utterances, or speakers, alone; where seeds differ by more than their utterances explain (F "
        "test), no narrower than t intervals. seeds: how many were compared, where the row with fewer counts. p: of "
        "that difference over seeds and utterances; Holm: after Holm's correction over the rows of the corpus in the "
        "paper's tables other than FDAN, run or not"
        f" ({', '.join(f'{facts[corpus].name} {len(family(corpus))}' for corpus in compared)}); rows that the paper "
        "does not have get no p. McNemar: the exact test where one network stands against one, uncorrected. Below 0.05 "
        "by Holm the row differs; otherwise the two cannot be told apart, whatever their means.",
        columns=(("", "Corpus"), ("", "System"), *COLUMNS),
        lines=tuple((facts[row.corpus].name, label(row.run), *line(row)) for row in rows),
        fields=("corpus", "synthetic", *names) if rows else (),
        records=tuple(
            cells((facts[row.corpus].name, facts[row.corpus].synthetic, *(getattr(row, name) for name in names)))
            for row in rows
        ),
        notes=(*_pair_notes(compared, facts), *_speaker_notes(compared, facts), *tuned_notes(chosen, facts), *notes),
    )


def line(row: Comparison) -> tuple[str, ...]:
    """Return a comparison in print, a cell for each of `COLUMNS`: the same on every page."""
    scores = mean_sd(row.war_mean, row.war_sd), interval(row.war_low, row.war_high)
    if row.war_lead is None:
        reference = (row.group, row.row) == (PAPER, "fdan")
        return (*scores, *["—"] * 7, "reference" if reference else "not on the same utterances")
    return (
        *scores,
        number(row.war_lead, "+"),
        span(row.lead_interval),
        span(row.lead_interval_by_speaker),
        str(row.compared_seeds),
        *("—" if p is None else p_value(p) for p in (row.p, row.p_holm, row.p_mcnemar)),
        DECISION_WORDS[row.told_apart],
    )


def span(ends: Interval | None) -> str:
    """Return the interval of a difference in print, a dash for none."""
    return "—" if ends is None else interval(ends.low, ends.high, "+")


def _pair_notes(compared: Mapping[str, Sequence[Compared]], facts: Facts) -> list[str]:
    notes = []
    for corpus, rows in compared.items():
        names = [label(row.measured.run) for row in rows if row.paired == "rank"]
        if names:
            notes.append(
                f"{facts[corpus].name}: {', '.join(names)} and FDAN have no seed in common: the first stands against "
                "the first, and so on."
            )
    return notes


def _speaker_notes(compared: Mapping[str, Sequence[Compared]], facts: Facts) -> list[str]:
    notes = []
    for corpus in compared:
        speakers = facts[corpus].speakers
        name = facts[corpus].name
        if 0 < speakers < 10:
            notes.append(
                f"{name} has {speakers} speakers: an interval over them rests on {speakers} draws, is too narrow for "
                f"what it claims, and says little about a speaker who is not among them."
            )
        elif speakers:
            notes.append(f"{name}: {speakers} speakers in the test part.")
        else:
            notes.append(f"{name}: speakers not named, so no interval over them.")
    return notes

"""The table of uncertainty beside the paper's: FDAN minus every other row, with intervals and no p."""

from collections.abc import Mapping, Sequence
from dataclasses import fields

from fdan.results.comparisons import Compared, Comparison
from fdan.results.corpus_summary import Chosen, Facts, synthetic_first, tuned_notes
from fdan.results.printing import Sheet, cells, interval, mean_sd, number
from fdan.results.runs import PAPER, label
from fdan.results.statistics import Interval

COLUMNS = (
    ("WAR", "ours [95 %]"),
    *(("FDAN minus row", name) for name in ("WAR", "over utterances", "over speakers", "seeds")),
)
"""Heads of `line`."""


_IN_HEAD = ("corpus", "source")
"""What the csv form has in print, and what it leaves out."""


def uncertainty_sheet(
    compared: Mapping[str, Sequence[Compared]], facts: Facts, chosen: Chosen, notes: Sequence[str] = ()
) -> Sheet:
    """Return the companion of Tables 1 to 4: the intervals of all differences from FDAN; `notes` stand below it."""
    rows = [row.record() for several in compared.values() for row in several]
    names = [field.name for field in fields(Comparison) if field.name not in _IN_HEAD]
    return Sheet(
        title="Uncertainty.",
        label="tab:fdan-uncertainty",
        caption=synthetic_first(facts, list(compared))
        + "FDAN minus every other row on the same test utterances, in points of WAR with 95 % intervals, beside the "
        "WAR of the row. These differences are exploratory and have no p: the claims that are tested stand in the "
        "table of claims. How to read the intervals: docs/statistics.md.",
        columns=(("", "Corpus"), ("", "System"), *COLUMNS),
        lines=tuple((facts[row.corpus].name, label(row.run), *line(row)) for row in rows),
        fields=("corpus", "synthetic", *names) if rows else (),
        records=tuple(
            cells((facts[row.corpus].name, facts[row.corpus].synthetic, *(getattr(row, name) for name in names)))
            for row in rows
        ),
        notes=(*_pair_notes(compared, facts), *_group_notes(compared, facts), *tuned_notes(chosen, facts), *notes),
    )


def line(row: Comparison) -> tuple[str, ...]:
    """Return a comparison in print, a cell for each of `COLUMNS`: the same on every page."""
    score = f"{mean_sd(row.war_mean, row.war_sd)} {interval(row.war_low, row.war_high)}"
    if row.war_lead is None:
        reference = (row.group, row.row) == (PAPER, "fdan")
        return (score, "reference" if reference else "other utterances", "—", "—", "—")
    ends = span(row.lead_interval), span(row.lead_interval_by_speaker)
    return (score, number(row.war_lead, "+"), *ends, str(row.compared_seeds))


def span(ends: Interval | None) -> str:
    """Return the interval of a difference in print, a dash for none."""
    return "—" if ends is None else interval(ends.low, ends.high, "+")


def _pair_notes(compared: Mapping[str, Sequence[Compared]], facts: Facts) -> list[str]:
    notes = []
    for corpus, rows in compared.items():
        names = [label(row.measured.run) for row in rows if row.paired == "rank"]
        if names:
            notes.append(
                f"{facts[corpus].name}: {', '.join(names)} and FDAN have no seed in common; they are paired in the "
                "order of their seeds."
            )
    return notes


def _group_notes(compared: Mapping[str, Sequence[Compared]], facts: Facts) -> list[str]:
    notes = []
    for corpus, rows in compared.items():
        name = facts[corpus].name
        groups = next((row.groups for row in rows if row.groups), None)
        if groups is None:
            notes.append(f"{name}: the speakers are not named, so there is no interval over them.")
        else:
            notes.append(
                f"{name}: over speakers is a jackknife over {groups.number} {groups.unit}, with t of "
                f"{groups.number - 1} degrees of freedom."
            )
    return notes

"""The table of uncertainty beside the paper's: intervals, tests and what they say."""

from collections.abc import Mapping, Sequence
from typing import Any

from fdan.results.comparisons import Compared, family
from fdan.results.facts import Chosen, Facts, synthetic_first, tuned_notes
from fdan.results.printing import Sheet, cells, interval, mean_sd, number, p_value
from fdan.results.runs import PAPER, RunName, label

SO = {True: "differs", False: "cannot be told apart", None: "—"}
"""What a corrected p says, in words."""

COLUMNS = (
    *(("WAR", name) for name in ("ours", "95 %")),
    *(("FDAN minus row", name) for name in ("WAR", "over utterances", "over speakers", "seeds")),
    *(("p", name) for name in ("alone", "Holm", "McNemar")),
    ("", "so"),
)
"""Heads of `line`."""


def uncertainty_sheet(compared: Mapping[str, Sequence[Compared]], facts: Facts, chosen: Chosen) -> Sheet:
    """The companion of Tables 1 to 4: intervals, tests and what they say."""
    records = [
        {"corpus": facts[corpus].name, "synthetic": facts[corpus].synthetic, **row.record()}
        for corpus, rows in compared.items()
        for row in rows
    ]
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
        lines=tuple((str(record["corpus"]), system(record), *line(record)) for record in records),
        fields=tuple(records[0]) if records else (),
        records=tuple(cells(record.values()) for record in records),
        notes=(*_pair_notes(compared, facts), *_speaker_notes(compared, facts), *tuned_notes(chosen, facts)),
    )


def system(record: Mapping[str, Any]) -> str:
    """The row of a record in print."""
    return label(RunName(record["group"], record["corpus"], record["row"]))


def line(record: Mapping[str, Any]) -> tuple[str, ...]:
    """A record of `Compared` in print, a cell for each of `COLUMNS`: the same on every page."""
    scores = mean_sd(record["war_mean"], record["war_sd"]), interval(record["war_low"], record["war_high"])
    if record["war_lead"] is None:
        reference = (record["group"], record["row"]) == (PAPER, "fdan")
        return (*scores, *["—"] * 7, "reference" if reference else "not on the same utterances")
    return (
        *scores,
        number(record["war_lead"], "+"),
        *(span(record, over) for over in ("utterances", "speakers")),
        str(record["compared_seeds"]),
        *("—" if record[key] is None else p_value(record[key]) for key in ("p", "p_holm", "p_mcnemar")),
        SO[record["told_apart"]],
    )


def span(record: Mapping[str, Any], over: str = "utterances") -> str:
    """The interval of a record's difference in WAR, ``over`` utterances or speakers."""
    low, high = (record[f"war_lead_{side}_{over}"] for side in ("low", "high"))
    return "—" if low is None else interval(low, high, "+")


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

"""The table of uncertainty beside the paper's: intervals, tests and what they say."""

from collections.abc import Mapping, Sequence

from fdan.results.comparisons import Compared
from fdan.results.facts import Chosen, Facts, synthetic_first, tuned_notes
from fdan.results.printing import Sheet, interval, mean_sd, number, p_value
from fdan.results.runs import PAPER, label


def uncertainty_sheet(compared: Mapping[str, Sequence[Compared]], facts: Facts, chosen: Chosen) -> Sheet:
    """The companion of Tables 1 to 4: intervals, tests and what they say."""
    lines, records = [], []
    for corpus, rows in compared.items():
        for row in rows:
            lines.append((facts[corpus].name, label(row.measured.run), *_cells(row)))
            records.append((facts[corpus].name, facts[corpus].origin, *_numbers(row)))
    metrics = ("war", "uar")
    ends = [
        f"{m}_lead_{side}_{over}" for m in metrics for over in ("utterances", "speakers") for side in ("low", "high")
    ]
    return Sheet(
        title="Uncertainty.",
        label="tab:fdan-uncertainty",
        caption=synthetic_first(facts, list(compared))
        + "FDAN against each ablation and baseline on the same test utterances, in percent. seeds: mean ± sd. "
        "system: their probabilities averaged, the most probable class chosen; all that follows is about this system, "
        "and more seeds make a better one. "
        "Wilson: 95 % interval of its WAR. FDAN minus row: percentage points, with 95 % percentile intervals of a "
        "paired bootstrap over utterances and over speakers. McNemar: utterances that FDAN alone : the row alone has "
        "right, the exact p, and p after Holm's correction over all rows of the corpus. Below 0.05 the row differs; "
        "otherwise the two cannot be told apart, whatever their means.",
        columns=(
            ("", "Corpus"),
            ("", "System"),
            ("WAR", "seeds"),
            ("WAR", "system"),
            ("WAR", "Wilson"),
            *(("FDAN minus row", name) for name in ("WAR", "over utterances", "over speakers")),
            *(("McNemar", name) for name in ("alone", "p", "Holm")),
            ("", "so"),
        ),
        lines=tuple(lines),
        fields=(
            *("corpus", "synthetic", "group", "row", "seeds", "utterances", "hits", "war_mean", "war_sd"),
            *("wilson_low", "wilson_high", "war_lead", "uar_lead", *ends),
            *("fdan_alone", "row_alone", "p", "p_holm", "told_apart"),
        ),
        records=tuple(records),
        notes=(*_speaker_notes(compared, facts), *tuned_notes(chosen, facts)),
    )


def _cells(row: Compared) -> tuple[str, ...]:
    scores = (
        mean_sd(*row.measured.mean_sd("war")),
        f"{number(100 * row.correct / row.size)} ({row.correct}/{row.size})",
        interval(row.interval.low, row.interval.high),
    )
    if row.difference is None or row.test is None or row.adjusted is None:
        reference = row.measured.run.group == PAPER and row.measured.run.name == "fdan"
        return (*scores, *["—"] * 6, "reference" if reference else "not on the same utterances")
    spans = [row.difference.war_interval, row.difference_by_speaker.war_interval if row.difference_by_speaker else None]
    return (
        *scores,
        number(row.difference.war, "+"),
        *("—" if span is None else interval(span.low, span.high, "+") for span in spans),
        f"{row.test.only_first} : {row.test.only_second}",
        p_value(row.test.p),
        p_value(row.adjusted),
        "differs" if row.significant else "cannot be told apart",
    )


def _numbers(row: Compared) -> tuple[object, ...]:
    mean, sd = row.measured.mean_sd("war")
    run, difference, speakers = row.measured.run, row.difference, row.difference_by_speaker
    spans = [
        span
        for m in ("war_interval", "uar_interval")
        for span in (getattr(difference, m, None), getattr(speakers, m, None))
    ]
    values: list[float | None] = [mean, sd, row.interval.low, row.interval.high]
    values += [difference.war if difference else None, difference.uar if difference else None]
    values += [end for span in spans for end in ((span.low, span.high) if span else (None, None))]
    test = (row.test.only_first, row.test.only_second, f"{row.test.p:.6f}") if row.test else ("", "", "")
    told = {None: "", True: "yes", False: "no"}[row.significant]
    return (
        *(run.group, run.name, len(row.measured.scores), row.size, row.correct),
        *("" if value is None else f"{value + 0:.2f}" for value in values),
        *(*test, "" if row.adjusted is None else f"{row.adjusted:.6f}", told),
    )


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

"""The answer, which the page begins with: what the audit found, and FDAN's lead over every row as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from fdan.audit.page import Audit
from fdan.audit.replication import Statement
from fdan.audit.verdicts import Outcome, Verdict
from fdan.corpora.registry import title_of
from fdan.results.comparisons import Comparison
from fdan.results.printing import mean_sd, number
from fdan.results.runs import PAPER, RunName, label
from fdan.results.uncertainty import span


@dataclass(frozen=True)
class Lead:
    """FDAN minus one row on the same test utterances, in points of WAR.

    Attributes:
        row: its name in print.
        war: mean and sd of the row's own WAR.
        lead: of FDAN.
        interval: 95 %, over seeds and utterances.
        excludes_zero: whether that interval excludes 0.
        low: left end of the interval, from 0 to 100 over the picture's width.
        high: right end.
        dot: the lead itself.
    """

    row: str
    war: str
    lead: str
    interval: str
    excludes_zero: bool | None
    low: float
    high: float
    dot: float


@dataclass(frozen=True)
class Leads:
    """FDAN's leads on one corpus; their pictures reach from `-reach` to `reach` points."""

    corpus: str
    fdan: str
    reach: int
    rows: tuple[Lead, ...]


@dataclass(frozen=True)
class Summary:
    """What is said before anything is shown.

    Attributes:
        paragraph: all of it in few sentences.
        statements: of each table of the paper.
        of_the_paper: verdicts that need no run, by outcome.
        of_our_runs: verdicts on the runs at hand, likewise.
        leads: of FDAN, corpus by corpus.
    """

    paragraph: str
    statements: tuple[Statement, ...]
    of_the_paper: Mapping[Outcome, Sequence[str]]
    of_our_runs: Mapping[Outcome, Sequence[str]]
    leads: tuple[Leads, ...]


def summarise(audit: Audit) -> Summary:
    """Return what the page begins with."""
    rows = audit.uncertainty.rows
    leads = [
        to_leads(corpus, [r for r in rows if r.corpus == corpus]) for corpus in dict.fromkeys(r.corpus for r in rows)
    ]
    return Summary(
        audit.paragraph,
        audit.replication,
        by_outcome(audit.verdicts.of_the_paper),
        by_outcome(audit.verdicts.of_our_runs),
        tuple(lead for lead in leads if lead.rows),
    )


def by_outcome(verdicts: Sequence[Verdict]) -> dict[Outcome, list[str]]:
    """The sentences of each outcome that there is."""
    groups = {outcome: [v.sentence for v in verdicts if v.outcome is outcome] for outcome in Outcome}
    return {outcome: sentences for outcome, sentences in groups.items() if sentences}


def to_leads(corpus: str, rows: Sequence[Comparison]) -> Leads:
    """The leads of one corpus; rows that were not compared with FDAN are none."""
    compared = [(row, row.war_lead, ends) for row in rows if row.war_lead is not None and (ends := row.lead_interval)]
    fdan = next((row for row in rows if row.run == RunName(PAPER, corpus, "fdan")), None)
    furthest = max((abs(end) for *_, ends in compared for end in (ends.low, ends.high)), default=0)
    reach = 10 * max(1, ceil(furthest / 10))

    def place(points: float) -> float:
        return round(50 + 50 * points / reach, 2)

    return Leads(
        title_of(corpus),
        mean_sd(fdan.war_mean, fdan.war_sd) if fdan else "",
        reach,
        tuple(
            Lead(
                label(row.run),
                mean_sd(row.war_mean, row.war_sd),
                number(lead, "+"),
                span(ends),
                row.excludes_zero,
                place(ends.low),
                place(ends.high),
                place(lead),
            )
            for row, lead, ends in compared
        ),
    )

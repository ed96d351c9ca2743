"""The answer, which the page begins with: five sentences, what the audit found, and FDAN minus every row."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from fdan.audit.page import Audit
from fdan.audit.replication import Statement
from fdan.audit.verdicts import Outcome, Verdict
from fdan.corpora.registry import title_of
from fdan.report.opening import opening
from fdan.results.comparisons import Comparison
from fdan.results.printing import mean_sd, number
from fdan.results.runs import PAPER, RELEASED, RunName, label
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
    excludes_zero: bool
    low: float
    high: float
    dot: float


@dataclass(frozen=True)
class Leads:
    """FDAN's leads on one corpus.

    Attributes:
        corpus: in print.
        fdan: mean and sd of FDAN's WAR.
        reach: the pictures of the leads reach from `-reach` to `reach` points.
        rows: those that are ranked.
        undertrained: the names of the rows that are not.
    """

    corpus: str
    fdan: str
    reach: int
    rows: tuple[Lead, ...]
    undertrained: tuple[str, ...] = ()


@dataclass(frozen=True)
class Summary:
    """The answer.

    Attributes:
        opening: all of it in five sentences.
        statements: of each table of the paper.
        of_the_paper: verdicts that need no run, by outcome.
        of_our_runs: verdicts on the runs at hand, likewise.
        leads: of FDAN, corpus by corpus.
    """

    opening: tuple[str, ...]
    statements: tuple[Statement, ...]
    of_the_paper: Mapping[Outcome, Sequence[str]]
    of_our_runs: Mapping[Outcome, Sequence[str]]
    leads: tuple[Leads, ...]


def summarise(audit: Audit, undertrained: Collection[RunName] = (), synthetic: bool = False) -> Summary:
    """Return what the page begins with; nothing in it ranks a run that is undertrained, or the released head."""
    rows = [row for row in audit.uncertainty.rows if row.group != RELEASED]
    corpora = dict.fromkeys(row.corpus for row in rows)
    leads = [to_leads(corpus, [r for r in rows if r.corpus == corpus], undertrained) for corpus in corpora]
    return Summary(
        opening(audit, rows, undertrained, synthetic),
        audit.replication,
        by_outcome(audit.verdicts.of_the_paper),
        by_outcome(audit.verdicts.of_our_runs),
        tuple(lead for lead in leads if lead.rows or lead.undertrained),
    )


def by_outcome(verdicts: Sequence[Verdict]) -> dict[Outcome, list[str]]:
    """The sentences of each outcome that there is."""
    groups = {outcome: [v.sentence for v in verdicts if v.outcome is outcome] for outcome in Outcome}
    return {outcome: sentences for outcome, sentences in groups.items() if sentences}


def to_leads(corpus: str, rows: Sequence[Comparison], undertrained: Collection[RunName] = ()) -> Leads:
    """Return the leads of one corpus; a row that was not compared with FDAN has none."""
    compared = [(row, row.war_lead, ends) for row in rows if row.war_lead is not None and (ends := row.lead_interval)]
    ranked = [found for found in compared if found[0].run not in undertrained]
    fdan = next((row for row in rows if row.run == RunName(PAPER, corpus, "fdan")), None)
    furthest = max((abs(end) for *_, ends in ranked for end in (ends.low, ends.high)), default=0)
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
                ends.low > 0 or ends.high < 0,
                place(ends.low),
                place(ends.high),
                place(lead),
            )
            for row, lead, ends in ranked
        ),
        tuple(label(row.run) for row, *_ in compared if row.run in undertrained),
    )

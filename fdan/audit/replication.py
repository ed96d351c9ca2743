"""What a replication says at its end: of each table whether it was replicated, why, and where the evidence is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fdan.audit.findings import Findings
from fdan.audit.verdicts import Outcome, of_the_paper, several
from fdan.corpora.registry import title_of
from fdan.results.comparisons import Comparison
from fdan.results.deviations import differing
from fdan.results.published import PUBLISHED, PublishedRow
from fdan.results.runs import CNN, PAPER


class Status(StrEnum):
    """ReScience's words, and one for where nothing can be said."""

    YES = "replicated"
    PARTLY = "partly replicated"
    NO = "not replicated"
    UNTESTED = "not testable here"


@dataclass(frozen=True)
class Statement:
    """Of one table: status, reason, and the files that hold the evidence."""

    table: int
    status: Status
    reason: str
    evidence: tuple[str, ...]


def statements(found: Findings) -> tuple[Statement, ...]:
    """One statement for each of the paper's tables.

    A table makes two kinds of claim: the value of each row, which holds where it lies in the 95 % interval of our mean
    WAR; and FDAN's lead over each row (in Table 3 that row's lead over FDAN), which holds where the corrected p tells
    the two apart in that direction. All hold, and all rows were run: replicated; none: not replicated; else partly.
    Rows that the paper quotes are no part of it. Made-up clips test nothing.
    """
    return tuple(_statement(found, table) for table in sorted({row.table for row in PUBLISHED}))


def _statement(found: Findings, table: int) -> Statement:
    evidence = (f"tables/table{table}.md", "tables/uncertainty.md")
    own = [row for row in PUBLISHED if row.table == table and row.kind != "quoted"]
    measured = [(row, ours) for row in own if (ours := _ours(found, row)) is not None]
    names = several([title_of(corpus) for corpus in dict.fromkeys(row.corpus for row in own)])
    if found.synthetic:
        return Statement(table, Status.UNTESTED, "only made-up clips were at hand", evidence)
    if not any(row.row == "FDAN" or table == 3 for row, _ in measured):
        return Statement(table, Status.UNTESTED, f"FDAN was not run on {names}", evidence)
    values = [_value(row, ours) for row, ours in measured]
    leads = [lead for row, ours in measured if (lead := _lead(table, ours)) is not None]
    claims = [*values, *leads]
    holding = claims.count(Outcome.HOLDS)
    reason = (
        f"{values.count(Outcome.HOLDS)} of {len(values)} WARs lie in the 95 % interval of ours; of {len(leads)} "
        f"leads {leads.count(Outcome.HOLDS)} were found again, {leads.count(Outcome.FAILS)} the other way round, and "
        f"of {leads.count(Outcome.OPEN)} it cannot be told; {len(own) - len(measured)} of {len(own)} rows were not run"
    )
    if holding == len(claims) and len(measured) == len(own):
        return Statement(table, Status.YES, reason, evidence)
    return Statement(table, Status.PARTLY if holding else Status.NO, reason, evidence)


def _ours(found: Findings, row: PublishedRow) -> Comparison | None:
    """The numbers of a published row among our runs."""
    for ours in found.uncertainty.rows:
        in_table = ours.group in {PAPER, "multi", CNN}
        if in_table and (ours.corpus, ours.run.row) == (row.corpus, row.run):
            return ours
    return None


def _value(row: PublishedRow, ours: Comparison) -> Outcome:
    assert row.war is not None  # the paper's own rows have one each
    return Outcome.HOLDS if ours.war_low <= row.war <= ours.war_high else Outcome.FAILS


def _lead(table: int, ours: Comparison) -> Outcome | None:
    if ours.told_apart is None or ours.war_lead is None:  # FDAN itself
        return None
    if not ours.told_apart:
        return Outcome.OPEN
    ahead = (ours.war_lead > 0) != (table == 3)
    return Outcome.HOLDS if ahead else Outcome.FAILS


def paragraph(found: Findings) -> str:
    """A paragraph that can be quoted as it stands."""
    failing = [verdict.sentence for verdict in of_the_paper(found) if verdict.outcome is Outcome.FAILS]
    said = [
        "This is a reproduction of the paper from its text, by people who did not write it; the published code is "
        "incomplete and does something else than the text.",
        _summary(statements(found)),
        *([] if found.synthetic else [differing(found.deviations)]),
    ]
    if failing:
        said.append(" ".join(["Without any run, the paper's own text and tables say:", *(f"{s}." for s in failing)]))
    said.append("None of this says why; it says what can and what cannot be found again.")
    return " ".join(said)


def _summary(found: Sequence[Statement]) -> str:
    """Each table's status with its reason, those that are alike together."""
    alike: dict[tuple[Status, str], list[str]] = {}
    for statement in found:
        alike.setdefault((statement.status, statement.reason), []).append(str(statement.table))
    if {status for status, _ in alike} == {Status.UNTESTED}:
        return f"None of its {len(found)} tables could be tested here, because {several([why for _, why in alike])}."
    said = [
        f"{'Table' if len(tables) == 1 else 'Tables'} {several(tables)}: {status} ({why})"
        for (status, why), tables in alike.items()
    ]
    return f"Of its {len(found)} tables: {'. '.join(said)}."

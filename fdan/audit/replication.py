"""What a replication says at its end: of each table whether it was replicated, why, and where the evidence is."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from fdan.audit.findings import Findings
from fdan.audit.paper_effects import Label, Replication
from fdan.audit.verdicts import Outcome, of_the_paper, several


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
    """Return one statement for each of the paper's tables.

    A table shows effects: FDAN minus each own row of the paper, in Table 3 the row minus FDAN. Each has a label of
    `paper_effects`. All effects have the label *replicated*: the table is replicated. Some: partly. None of those that
    are testable: not replicated. Synthetic clips and undertrained runs test nothing.
    """
    return tuple(_statement(found, table) for table in sorted({effect.table for effect in found.replications}))


def _statement(found: Findings, table: int) -> Statement:
    evidence = (f"tables/table{table}.md", "audit.md")
    if found.synthetic:
        return Statement(table, Status.UNTESTED, "only synthetic clips were at hand", evidence)
    effects = [effect for effect in found.replications if effect.table == table]
    return Statement(table, _status([effect.label for effect in effects]), _reason(effects), evidence)


def _status(labels: Sequence[Label]) -> Status:
    if not {Label.REPLICATED, Label.NOT_REPLICATED} & set(labels):
        return Status.UNTESTED
    if Label.REPLICATED not in labels:
        return Status.NO
    return Status.YES if set(labels) == {Label.REPLICATED} else Status.PARTLY


def _reason(effects: Sequence[Replication]) -> str:
    """How many effects have each label, and in which protocols they were measured."""
    counts = {label: sum(effect.label is label for effect in effects) for label in Label}
    said = ", ".join(f"{count} {label}" for label, count in counts.items() if count)
    protocols = dict.fromkeys(effect.protocol for effect in effects if effect.protocol)
    return f"of {len(effects)} effects {said}" + (f"; measured on: {several(list(protocols))}" if protocols else "")


def paragraph(found: Findings) -> str:
    """Return the answer, of at most 120 words, that can be quoted as it stands."""
    judged = of_the_paper(found)
    failing = sum(verdict.outcome is Outcome.FAILS for verdict in judged)
    said = [
        "This is a reproduction of the paper from its text, by people who did not write it.",
        _summary(statements(found)),
        *([] if found.synthetic else _claims(found)),
        f"Of {len(judged)} verdicts on the paper's own text and tables, which need no run, {failing} say that a claim "
        "does not hold.",
        "None of this says why; it says what was replicated and what was not.",
    ]
    return " ".join(said)


def _claims(found: Findings) -> list[str]:
    """How many primary claims have each verdict."""
    verdicts = [str(effect.verdict or "not run") for effect in found.claims]
    said = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    return [f"Of {len(verdicts)} primary effects: {said}."] if verdicts else []


def _summary(found: Sequence[Statement]) -> str:
    """Each table's status; where none could be tested for one reason, that reason."""
    reasons = {statement.reason for statement in found if statement.status is Status.UNTESTED}
    if {statement.status for statement in found} == {Status.UNTESTED} and len(reasons) == 1:
        return f"None of its {len(found)} tables could be tested here, because {reasons.pop()}."
    alike: dict[Status, list[str]] = {}
    for statement in found:
        alike.setdefault(statement.status, []).append(str(statement.table))
    said = [
        f"{'Table' if len(tables) == 1 else 'Tables'} {several(tables)} {status}" for status, tables in alike.items()
    ]
    return f"Of its {len(found)} tables: {'; '.join(said)}."

"""The five sentences that open the page: runs, what replicates, what does not, what the numbers allow, advice."""

from collections.abc import Collection, Sequence

from fdan.audit.page import Audit
from fdan.audit.replication import Statement, Status
from fdan.audit.verdicts import Outcome, several
from fdan.corpora.registry import title_of
from fdan.results.comparisons import Comparison
from fdan.results.runs import RunName

ADVICE = {
    True: "We recommend running make paper on the real corpora before any number of ours is quoted.",
    False: "We recommend unseen speakers, several seeds, the last epoch and intervals, not one number of one split.",
}
"""Whether the clips are synthetic -> what we recommend."""


def opening(
    audit: Audit, rows: Sequence[Comparison], undertrained: Collection[RunName], synthetic: bool
) -> tuple[str, ...]:
    """Return the five sentences.

    Args:
        audit: what was found.
        rows: those of the audit that are compared with FDAN.
        undertrained: runs that no sentence ranks.
        synthetic: whether the clips of any target are synthetic.
    """
    failing = sum(verdict.outcome is Outcome.FAILS for verdict in audit.verdicts.of_the_paper)
    return (
        _run(rows),
        _replicated(audit.replication),
        _not_replicated(audit.replication, failing, len(audit.verdicts.of_the_paper)),
        _allowed(rows, undertrained),
        ADVICE[synthetic],
    )


def _run(rows: Sequence[Comparison]) -> str:
    corpora = {row.corpus: row.utterances for row in rows}
    if not rows:
        return "No row has been run yet."
    parts = [
        f"{sum(row.corpus == corpus for row in rows)} systems on {title_of(corpus)} ({size} test utterances)"
        for corpus, size in corpora.items()
    ]
    return f"We trained {several(parts)}, {sum(row.seeds for row in rows)} runs in all."


def _replicated(found: Sequence[Statement]) -> str:
    named = [(_tables(found, status), status) for status in (Status.YES, Status.PARTLY)]
    said = [f"{tables} {status}" for tables, status in named if tables]
    if said:
        return f"{' and '.join(said)}."
    reasons = {statement.reason for statement in found}
    if all(statement.status is Status.UNTESTED for statement in found) and len(reasons) == 1:
        return f"None of the paper's {len(found)} tables could be tested, because {reasons.pop()}."
    return f"None of the paper's {len(found)} tables is replicated."


def _tables(found: Sequence[Statement], status: Status) -> str:
    numbers = [str(statement.table) for statement in found if statement.status is status]
    if not numbers:
        return ""
    return f"Table {numbers[0]} is" if len(numbers) == 1 else f"Tables {several(numbers)} are"


def _not_replicated(found: Sequence[Statement], failing: int, checks: int) -> str:
    tables = _tables(found, Status.NO)
    start = f"{tables} {Status.NO}, and of" if tables else "Of"
    verb = "does" if failing == 1 else "do"
    return f"{start} {checks} checks of the paper's own text and tables, which need no run, {failing} {verb} not hold."


def _allowed(rows: Sequence[Comparison], undertrained: Collection[RunName]) -> str:
    compared = [(row.run, ends) for row in rows if (ends := row.lead_interval) is not None]
    ranked = [ends for run, ends in compared if run not in undertrained]
    if not compared:
        return "No row could be compared with FDAN on the same test utterances."
    clear = sum(ends.low > 0 or ends.high < 0 for ends in ranked)
    left = len(compared) - len(ranked)
    rest = f"; {left} undertrained {'row is' if left == 1 else 'rows are'} not ranked" if left else ""
    return f"The 95 % interval of FDAN minus the row excludes 0 for {clear} of {len(ranked)} rows{rest}."

"""The page of the quoted rows: of each method its source, what is known, what was chosen, and what it scored here."""

from collections.abc import Iterator, Sequence

from fdan.methods.registry import QUOTED_METHODS, Method
from fdan.results.comparisons import Compared
from fdan.results.corpus_summary import synthetic_first
from fdan.results.load_results import Evidence
from fdan.results.paper_sheets import parameters, words_note
from fdan.results.paper_tables import Row, Table
from fdan.results.printing import METRICS, interval, mean_sd, number
from fdan.results.published import QUOTED
from fdan.results.runs import METHOD, WORDS, RunName

KINDS = {
    "faithful": "public code or text gives the structure in every detail",
    "partial": "the published idea, with details of ours",
    "inspired": "only an abstract could be had, which leaves the structure open",
}
"""Kind -> what it means."""


def rows_page(tables: Sequence[Table], evidence: Evidence, differing: str) -> str:
    """``reports/rows.md``: a paragraph for each row that the paper quotes, in its order.

    Args:
        tables: those that have quoted rows.
        evidence: what was measured, on the paper's corpora and on others.
        differing: what a caption says of the parameters that are not the paper's.
    """
    rows = [row for table in tables for row in table.rows if row.kind]
    lines = [
        "# The quoted rows, measured",
        "",
        f"{synthetic_first(evidence.facts, evidence.corpora)}The paper sets FDAN beside eight methods by the numbers "
        "of their publications, each measured on another split. Here each is trained and tested on FDAN's own split "
        f"and scored like FDAN. {'; '.join(f'*{kind}*: {meaning}' for kind, meaning in KINDS.items())}. WAR, UAR and "
        "w-F1 in percent, mean ± sd over seeds; intervals as in [the table of uncertainty]"
        f"(tables/uncertainty.md). {differing} Made by the stage `results`.",
        "",
        *(
            f"![WAR of all rows of Table {table.number}](figures/rows/{corpus}.png)\n"
            for table in tables
            if (corpus := corpus_of(table)) in evidence.targets
        ),
        *(line for corpus in evidence.corpora for line in _words(corpus, evidence)),
    ]
    for row in rows:
        method, known = QUOTED_METHODS[row.published.run], QUOTED[row.published.row]
        lines += [
            f"## {row.published.row}",
            "",
            f"*{method.kind.capitalize()}.* Source: {known.source}. Known: {method.known} "
            f"Chosen here: {method.differs} The paper quotes {_triple(row)} in Table {row.published.table}. "
            f"{known.why}",
            "",
            *(f"- {line}" for corpus in evidence.corpora for line in _scored(row, method, corpus, evidence)),
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def corpus_of(table: Table) -> str:
    """The corpus on which all rows of a table were measured."""
    return table.rows[0].published.corpus


def _triple(row: Row) -> str:
    paper = row.published
    return f"{number(paper.war)} / {number(paper.uar)} / {number(paper.wf1)} (WAR / UAR / w-F1)"


def _words(corpus: str, evidence: Evidence) -> Iterator[str]:
    """What n-grams reach on a corpus, for whoever reads text."""
    name = evidence.facts[corpus].name
    run = RunName(METHOD, corpus, WORDS)
    if why := evidence.missing.get(run):
        yield f"{name}: {why}, so no yardstick of text.\n"
    for compared in evidence.compared.get(corpus, ()):
        if compared.measured.run == run:
            yield f"The yardstick of text on {name}, n-grams with logistic regression: {_scores(compared)}.\n"


def _scored(row: Row, method: Method, corpus: str, evidence: Evidence) -> Iterator[str]:
    """What a method scored on one corpus; on that of its table by the table's own row."""
    fact, run = evidence.facts[corpus], RunName(METHOD, corpus, row.published.run)
    where = f"{fact.name} ({'synthetic, ' * fact.synthetic}{fact.train} train, {fact.test} test)"
    found = [c for c in evidence.compared.get(corpus, ()) if c.measured.run == run]
    diverged = f" {'; '.join(evidence.diverged[run])}." if run in evidence.diverged else ""
    if not found:
        yield f"{where}: {evidence.missing.get(run, 'not run')}.{diverged}"
    for compared in found:
        seeds = len(compared.measured.scores)
        said = [f"{where}: {_scores(compared)}; {seeds} seed{'s' * (seeds > 1)}"]
        if counts := evidence.trained.get(run):
            said.append(f"{parameters(counts)} trained parameters")
        if compared.difference is not None:
            said.append(f"FDAN minus it {number(compared.difference.war, '+')} {_span(compared)}")
        words = evidence.words(corpus) if method.reads_text else None
        note = words_note(compared.measured.mean_sd("war")[0], words)
        yield f"{', '.join(said)}.{diverged} {note}".rstrip()


def _scores(compared: Compared) -> str:
    printed = [f"{name} {mean_sd(*compared.measured.mean_sd(key.lower()))}" for key, name in METRICS.items()]
    printed[0] += f" {interval(compared.interval.low, compared.interval.high)}"
    return ", ".join(printed)


def _span(compared: Compared) -> str:
    assert compared.difference is not None
    return interval(compared.difference.war_interval.low, compared.difference.war_interval.high, "+")

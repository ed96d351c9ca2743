"""The page of rows: each quoted method's source, what was chosen, its scores here; and the released head's."""

from collections.abc import Iterator, Sequence
from statistics import fmean

from fdan.methods.registry import QUOTED_METHODS, Method
from fdan.results.comparisons import Compared
from fdan.results.corpus_summary import synthetic_first
from fdan.results.load_results import Evidence
from fdan.results.paper_sheets import below_words, parameters
from fdan.results.paper_tables import Row, Table
from fdan.results.printing import METRICS, grid, interval, mean_sd, number, with_interval
from fdan.results.published import QUOTED
from fdan.results.runs import METHOD, RELEASED, WORDS, RunName, label, training_war

KINDS = {
    "faithful": "public code or text gives the structure in every detail",
    "partial": "the idea is published, and the details are ours",
    "inspired": "only an abstract was available, which leaves the structure open",
}
"""Kind -> what it means."""


def rows_page(tables: Sequence[Table], evidence: Evidence, differing: str) -> str:
    """Return ``reports/rows.md``: a paragraph for each row that the paper quotes, in its order, and the released head.

    Args:
        tables: those that have quoted rows.
        evidence: what was measured, on the paper's corpora and on others.
        differing: a sentence on the settings that differ from the paper.
    """
    rows = [row for table in tables for row in table.rows if row.kind]
    lines = [
        "# The quoted rows, measured",
        "",
        f"{synthetic_first(evidence.facts, evidence.corpora)}The paper compares FDAN with eight methods by the numbers "
        "of their publications, each measured on another split. Here each is trained and tested on FDAN's own split "
        f"and scored like FDAN. {'; '.join(f'*{kind}*: {meaning}' for kind, meaning in KINDS.items())}. WAR, UAR and "
        "w-F1 are in percent, as mean ± sd over seeds with the [95 % interval](../docs/statistics.md) of the WAR. "
        f"{differing} The stage `results` writes this page.",
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
    return "\n".join([*lines, *_released(evidence)]).rstrip() + "\n"


def corpus_of(table: Table) -> str:
    """The corpus on which all rows of a table were measured."""
    return table.rows[0].published.corpus


def _triple(row: Row) -> str:
    paper = row.published
    return f"{number(paper.war)} / {number(paper.uar)} / {number(paper.wf1)} (WAR / UAR / w-F1)"


def _words(corpus: str, evidence: Evidence) -> Iterator[str]:
    """The scores of n-grams on a corpus, the baseline of the methods that read text."""
    name = evidence.facts[corpus].name
    run = RunName(METHOD, corpus, WORDS)
    if why := evidence.missing.get(run):
        yield f"{name}: {why}, so there is no text baseline.\n"
    for compared in evidence.compared.get(corpus, ()):
        if compared.measured.run == run:
            yield f"The text baseline on {name}, n-grams with logistic regression: {_scores(compared)}.\n"


def _scored(row: Row, method: Method, corpus: str, evidence: Evidence) -> Iterator[str]:
    """The scores of a method on one corpus; an undertrained one is compared with nothing."""
    fact, run = evidence.facts[corpus], RunName(METHOD, corpus, row.published.run)
    where = f"{fact.name} ({'synthetic, ' * fact.synthetic}{fact.train} train, {fact.test} test)"
    found = [c for c in evidence.compared.get(corpus, ()) if c.measured.run == run]
    diverged = f" {'; '.join(evidence.diverged[run])}." if run in evidence.diverged else ""
    if not found:
        yield f"{where}: {evidence.missing.get(run, 'not run')}.{diverged}"
    for compared in found:
        seeds, trained = len(compared.measured.scores), evidence.trained.get(run, ())
        said = [f"{where}: {_scores(compared)}; {seeds} seed{'s' * (seeds > 1)}"]
        if trained:
            said.append(f"{parameters([seed.parameters for seed in trained])} trained parameters")
        if (war := training_war(trained)) is not None:
            said.append(f"training WAR {number(war)}")
        if run in evidence.undertrained:
            said.append("undertrained, so it is not ranked")
        elif compared.difference is not None:
            ends = compared.difference.war_interval
            lead = f"{number(compared.difference.war, '+')} {interval(ends.low, ends.high, '+')}"
            said.append(f"FDAN minus {method.title}: {lead} WAR")
        yield f"{', '.join(said)}.{diverged}{_not_above(compared, method, corpus, evidence)}"


def _not_above(compared: Compared, method: Method, corpus: str, evidence: Evidence) -> str:
    words = evidence.words(corpus) if method.reads_text else None
    if not below_words(compared.measured.mean_sd("war")[0], words, compared.measured.run in evidence.undertrained):
        return ""
    return f" It reads text and is not above n-grams with logistic regression on the same split (WAR {number(words)})."


def _scores(compared: Compared) -> str:
    war, *others = (f"{name} {mean_sd(*compared.measured.mean_sd(key.lower()))}" for key, name in METRICS.items())
    return ", ".join([with_interval(war, (compared.interval.low, compared.interval.high)), *others])


def _released(evidence: Evidence) -> Iterator[str]:
    """A section on the head of the released code: its last epoch, and the best one on the test part."""
    runs = [c for several in evidence.compared.values() for c in several if c.measured.run.group == RELEASED]
    if not runs:
        return
    yield from (
        "## The released head on our frozen features",
        "",
        "The authors' released code has another head than the paper's text. It trains the backbone, which is frozen "
        "here. It prints the best test epoch; we count the last. The paper claims nothing of these settings, so this "
        "is a description and no test.",
        "",
    )
    columns = (
        ("", "Corpus"),
        ("", "Settings"),
        ("last epoch", "WAR"),
        ("best test epoch", "WAR"),
        ("best", "minus last"),
    )
    lines = []
    for compared in runs:
        run, wars = compared.measured.run, evidence.best_epochs.get(compared.measured.run, ())
        last, best = compared.measured.mean_sd("war"), fmean(wars) if wars else None
        scores = with_interval(mean_sd(*last), (compared.interval.low, compared.interval.high))
        gain = None if best is None else best - last[0]
        lines.append((evidence.facts[run.corpus].name, label(run), scores, number(best), number(gain, "+")))
    yield grid(columns, tuple(lines))

"""The tables of protocols, and of corpora that the paper does not have."""

from collections.abc import Collection, Sequence

from fdan.results.comparisons import Compared, alone
from fdan.results.corpus_summary import synthetic_first, tuned_notes
from fdan.results.load_results import Evidence
from fdan.results.printing import METRICS, Sheet, cells, interval, mean_sd
from fdan.results.runs import PAPER, PROTOCOLS, RunName, label
from fdan.results.units import Unit


def protocols_sheet(evidence: Evidence, notes: Sequence[str] = ()) -> Sheet:
    """WAR, UAR and w-F1 per protocol, variant and corpus; a protocol without runs says so.

    Runs with tuned settings, under the paper's protocol, stand below it; `notes` stand below everything.
    """
    rows: list[tuple[str, RunName]] = []
    for corpus in evidence.targets:
        for protocol in PROTOCOLS:
            here = _runs(evidence, corpus, {protocol}) or [RunName(protocol, corpus, "fdan")]
            tuned = _runs(evidence, corpus, {"tuned"}) if protocol == PAPER else []
            rows += [(protocol, run) for run in (*here, *tuned)]
    return _scores_sheet(
        "Protocols.",
        "protocols",
        "Protocol",
        rows,
        evidence,
        "WAR, UAR and w-F1 by protocol, in percent: mean ± standard deviation over seeds, with the 95 % interval "
        "of the mean WAR. Unit says what the interval takes as drawn at random (docs/statistics.md).",
        (
            *(f"{name}: {text}." for name, text in PROTOCOLS.items()),
            *tuned_notes(evidence.chosen, evidence.facts),
            *notes,
        ),
    )


def corpora_sheet(evidence: Evidence, corpora: Sequence[str]) -> Sheet:
    """The runs on corpora that the paper does not have."""
    rows: list[tuple[str, RunName]] = []
    for corpus in corpora:
        groups = {run.group for run in (*evidence.measured, *evidence.diverged)} - (PROTOCOLS.keys() - {PAPER})
        here = _runs(evidence, corpus, groups) or [RunName(PAPER, corpus, "fdan")]
        rows += [(run.group, run) for run in here]
    return _scores_sheet(
        "Other corpora.",
        "corpora",
        "Kind",
        rows,
        evidence,
        "Corpora that the paper does not have, split by its rule: WAR, UAR and w-F1 in percent, mean ± sample "
        "standard deviation over seeds, with the 95 % interval of the mean WAR (docs/statistics.md).",
        (),
    )


def _runs(evidence: Evidence, corpus: str, groups: Collection[str]) -> list[RunName]:
    """Those on a corpus, in the order of their measurement; then those of which every seed diverged."""
    runs = dict.fromkeys((*evidence.measured, *evidence.diverged))
    return [run for run in runs if run.corpus == corpus and run.group in groups]


def _scores_sheet(
    title: str,
    label_: str,
    kind: str,
    rows: Sequence[tuple[str, RunName]],
    evidence: Evidence,
    caption: str,
    notes: tuple[str, ...],
) -> Sheet:
    lines: list[tuple[str, ...]] = []
    records: list[tuple[object, ...]] = []
    facts = evidence.facts
    for group, run in rows:
        m, diverged = evidence.measured.get(run), evidence.diverged.get(run, ())
        scores = [m.mean_sd(key.lower()) if m else (None, None) for key in METRICS]
        row = alone(m, evidence.speakers.get(run.corpus)) if m else None
        size = len(m.first.utterances) if m else 0
        printed = [mean_sd(mean, sd) for mean, sd in scores]
        if not m and diverged:
            printed = ["diverged", "—", "—"]
        if row:
            printed[0] += f" {interval(row.interval.low, row.interval.high)}"
        fact = facts[run.corpus]
        lines.append((fact.name, group, label(run), str(size or "—"), *printed, _unit(row)))
        head = (fact.name, fact.synthetic, group, run.name, len(m.scores) if m else 0, size)
        values = [value for pair in scores for value in pair]
        records.append(cells((*head, *values, *_ends(row), row and str(row.unit))))
    return Sheet(
        title=title,
        label=f"tab:fdan-{label_}",
        caption=synthetic_first(facts, list(dict.fromkeys(run.corpus for _, run in rows))) + caption,
        columns=(
            *(("", name) for name in ("Corpus", kind, "System")),
            *(("test", "n"), ("WAR", "ours [95 %]"), ("UAR", "ours"), ("w-F1", "ours")),
            ("", "Unit"),
        ),
        lines=tuple(lines),
        fields=(
            *("corpus", "synthetic", kind.lower(), "row", "seeds", "utterances"),
            *(f"{key}_{part}" for key in METRICS for part in ("mean", "sd")),
            *("WAR_low", "WAR_high", "unit"),
        ),
        records=tuple(records),
        notes=(*notes, *(note for run, note in evidence.diverged_notes.items() if run in {r for _, r in rows})),
    )


def _ends(row: Compared | None) -> tuple[float | None, float | None]:
    return (row.interval.low, row.interval.high) if row else (None, None)


def _unit(row: Compared | None) -> str:
    """``8 speakers``: what the interval takes as drawn, with its number where that is not the utterances'."""
    if row is None:
        return "—"
    return f"{row.groups.number} {row.unit}" if row.groups and row.unit != Unit.UTTERANCE else str(row.unit)

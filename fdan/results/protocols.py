"""The tables of protocols, and of corpora that the paper does not have."""

from collections.abc import Mapping, Sequence

from fdan.results.comparisons import of_mean
from fdan.results.facts import Chosen, Facts, synthetic_first, tuned_notes
from fdan.results.printing import METRICS, Sheet, cells, interval, mean_sd
from fdan.results.runs import PAPER, PROTOCOLS, Measured, RunName, label


def protocols_sheet(
    measured: Mapping[RunName, Measured], facts: Facts, corpora: Sequence[str], chosen: Chosen
) -> Sheet:
    """WAR, UAR and w-F1 per protocol, variant and corpus; a protocol without runs says so.

    Runs with tuned settings, under the paper's protocol, stand below it.
    """
    rows: list[tuple[str, RunName, Measured | None]] = []
    for corpus in corpora:
        for protocol in PROTOCOLS:
            here = [m for run, m in measured.items() if (run.group, run.corpus) == (protocol, corpus)]
            rows += [(protocol, m.run, m) for m in here] or [(protocol, RunName(protocol, corpus, "fdan"), None)]
            if protocol == PAPER:
                rows += [(PAPER, run, m) for run, m in measured.items() if (run.group, run.corpus) == ("tuned", corpus)]
    return _scores_sheet(
        "Protocols.",
        "protocols",
        "Protocol",
        rows,
        facts,
        "WAR, UAR and w-F1 under three protocols, in percent: mean ± sample standard deviation over seeds; 95 %: "
        "interval of the mean WAR over resampled seeds and utterances, of a single network Wilson's. paper and "
        "disjoint have the same test utterances, speaker has others.",
        (*(f"{name}: {text}." for name, text in PROTOCOLS.items()), *tuned_notes(chosen, facts)),
    )


def alphas_note(alpha: float, own: float) -> tuple[str, ...]:
    """What stands below the protocols where two alphas were at work: such rows are not like for like."""
    if alpha == own:
        return ()
    told = f"paper was trained with alpha {alpha:g}, disjoint and speaker with {own:g} (protocols.alpha)"
    return (f"{told}: a difference between them is not the protocol's alone.",)


def corpora_sheet(measured: Mapping[RunName, Measured], facts: Facts, corpora: Sequence[str]) -> Sheet:
    """The runs on corpora that the paper does not have."""
    rows: list[tuple[str, RunName, Measured | None]] = []
    for corpus in corpora:
        here = [m for run, m in measured.items() if run.corpus == corpus and run.group not in {"disjoint", "speaker"}]
        rows += [(m.run.group, m.run, m) for m in here] or [(PAPER, RunName(PAPER, corpus, "fdan"), None)]
    return _scores_sheet(
        "Other corpora.",
        "corpora",
        "Kind",
        rows,
        facts,
        "Corpora that the paper does not have, split by its rule; in percent, mean ± sample standard deviation over "
        "seeds; 95 %: interval of the mean WAR over resampled seeds and utterances, of a single network Wilson's.",
        (),
    )


def _scores_sheet(
    title: str,
    label_: str,
    kind: str,
    rows: Sequence[tuple[str, RunName, Measured | None]],
    facts: Facts,
    caption: str,
    notes: tuple[str, ...],
) -> Sheet:
    lines: list[tuple[str, ...]] = []
    records: list[tuple[object, ...]] = []
    for group, run, m in rows:
        scores = [m.mean_sd(key.lower()) if m else (None, None) for key in METRICS]
        ends = of_mean(m) if m else None
        size = len(m.first.utterances) if m else 0
        printed = [mean_sd(mean, sd) for mean, sd in scores]
        span = "—" if ends is None else interval(ends.low, ends.high)
        fact = facts[run.corpus]
        lines.append((fact.name, group, label(run), str(size or "—"), printed[0], span, *printed[1:]))
        head = (fact.name, fact.synthetic, group, run.name, len(m.scores) if m else 0, size)
        values = [value for pair in scores for value in pair]
        records.append(cells((*head, *values, ends and ends.low, ends and ends.high)))
    return Sheet(
        title=title,
        label=f"tab:fdan-{label_}",
        caption=synthetic_first(facts, list(dict.fromkeys(run.corpus for _, run, _ in rows))) + caption,
        columns=(
            *(("", name) for name in ("Corpus", kind, "System")),
            *(("test", "n"), ("WAR", "ours"), ("WAR", "95 %"), ("UAR", "ours"), ("w-F1", "ours")),
        ),
        lines=tuple(lines),
        fields=(
            *("corpus", "synthetic", kind.lower(), "row", "seeds", "utterances"),
            *(f"{key}_{part}" for key in METRICS for part in ("mean", "sd")),
            *("WAR_low", "WAR_high"),
        ),
        records=tuple(records),
        notes=notes,
    )

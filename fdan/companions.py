"""The tables beside the paper's: uncertainty, protocols, and corpora that the paper does not have."""

from collections.abc import Mapping, Sequence

from fdan.comparisons import Compared, alone
from fdan.published import PUBLISHED
from fdan.results import PAPER, Measured, Run
from fdan.sheets import Sheet, interval, mean_sd, number, p_value
from fdan.tables import METRICS, CorpusFacts
from fdan.tuning import Trial

PROTOCOLS = {
    PAPER: "8/10 of each emotion's speech trains, and all faces, those of test utterances too",
    "disjoint": "the same test part; no face of a test utterance trains",
    "speaker": "other speakers train: each speaker of SAVEE held out once, all pooled; MELD's own train, dev and test",
}
"""Name -> what it is, in the order of the tables."""


_GROUPS = {"multi": "FDAN (faces of several corpora)", "tuned": "FDAN (tuned)", "released": "FDAN (as released)"}


def label(run: Run) -> str:
    """A run in print."""
    if run.group in _GROUPS:
        return _GROUPS[run.group]
    return next((row.row for row in PUBLISHED if row.run == run.name), run.name)


def synthetic_first(facts: Mapping[str, CorpusFacts], corpora: Sequence[str]) -> str:
    """What every caption starts with if it must: that the numbers were measured on made-up clips."""
    names = [facts[c].name for c in corpora if c in facts and facts[c].synthetic]
    if not names:
        return ""
    return f"SYNTHETIC DEMO, not {' or '.join(names)}: measured on made-up clips; says nothing about the paper. "


Chosen = Mapping[str, Trial]
"""Corpus -> the settings of its tuned runs."""


def uncertainty_sheet(
    compared: Mapping[str, Sequence[Compared]], facts: Mapping[str, CorpusFacts], chosen: Chosen
) -> Sheet:
    """The companion of Tables 1 to 4: intervals, tests and what they say."""
    lines, records = [], []
    for corpus, rows in compared.items():
        for row in rows:
            lines.append((_name(corpus, facts), label(row.measured.run), *_cells(row)))
            records.append((_name(corpus, facts), _origin(corpus, facts), *_numbers(row)))
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
        notes=(*_speaker_notes(compared, facts), *_tuned_notes(chosen, facts)),
    )


def _cells(row: Compared) -> tuple[str, ...]:
    scores = (
        mean_sd(*row.measured.mean_sd("war")),
        f"{number(100 * row.hits / row.size)} ({row.hits}/{row.size})",
        interval(row.interval.low, row.interval.high),
    )
    if row.lead is None or row.test is None or row.adjusted is None:
        reference = row.measured.run.group == PAPER and row.measured.run.name == "fdan"
        return (*scores, *["—"] * 6, "reference" if reference else "not on the same utterances")
    spans = [row.lead.war_interval, row.lead_by_speaker.war_interval if row.lead_by_speaker else None]
    return (
        *scores,
        number(row.lead.war, "+"),
        *("—" if span is None else interval(span.low, span.high, "+") for span in spans),
        f"{row.test.only_first} : {row.test.only_second}",
        p_value(row.test.p),
        p_value(row.adjusted),
        "differs" if row.told_apart else "cannot be told apart",
    )


def _numbers(row: Compared) -> tuple[object, ...]:
    mean, sd = row.measured.mean_sd("war")
    run, lead, speakers = row.measured.run, row.lead, row.lead_by_speaker
    spans = [
        span for m in ("war_interval", "uar_interval") for span in (getattr(lead, m, None), getattr(speakers, m, None))
    ]
    values: list[float | None] = [mean, sd, row.interval.low, row.interval.high]
    values += [lead.war if lead else None, lead.uar if lead else None]
    values += [end for span in spans for end in ((span.low, span.high) if span else (None, None))]
    test = (row.test.only_first, row.test.only_second, f"{row.test.p:.6f}") if row.test else ("", "", "")
    told = {None: "", True: "yes", False: "no"}[row.told_apart]
    return (
        *(run.group, run.name, len(row.measured.scores), row.size, row.hits),
        *("" if value is None else f"{value + 0:.2f}" for value in values),
        *(*test, "" if row.adjusted is None else f"{row.adjusted:.6f}", told),
    )


def _speaker_notes(compared: Mapping[str, Sequence[Compared]], facts: Mapping[str, CorpusFacts]) -> list[str]:
    notes = []
    for corpus in compared:
        speakers = facts[corpus].speakers if corpus in facts else 0
        name = _name(corpus, facts)
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


def _tuned_notes(chosen: Chosen, facts: Mapping[str, CorpusFacts]) -> list[str]:
    return [
        f"{_name(corpus, facts)}, tuned: alpha {trial.alpha:g}, weight decay {trial.weight_decay:g}, learning rate "
        f"{trial.learning_rate:g}, chosen on a part of the training speech (validation WAR {number(trial.war)}), then "
        "trained on all of it."
        for corpus, trial in chosen.items()
    ]


def protocols_sheet(
    measured: Mapping[Run, Measured], facts: Mapping[str, CorpusFacts], corpora: Sequence[str], chosen: Chosen
) -> Sheet:
    """WAR, UAR and w-F1 per protocol, variant and corpus; a protocol without runs says so.

    Runs with tuned settings, under the paper's protocol, stand below it.
    """
    rows: list[tuple[str, Run, Measured | None]] = []
    for corpus in corpora:
        for protocol in PROTOCOLS:
            here = [m for run, m in measured.items() if (run.group, run.corpus) == (protocol, corpus)]
            rows += [(protocol, m.run, m) for m in here] or [(protocol, Run(protocol, corpus, "fdan"), None)]
            if protocol == PAPER:
                rows += [(PAPER, run, m) for run, m in measured.items() if (run.group, run.corpus) == ("tuned", corpus)]
    return _scores_sheet(
        "Protocols.",
        "protocols",
        "Protocol",
        rows,
        facts,
        "WAR, UAR and w-F1 under three protocols, in percent: mean ± sample standard deviation over seeds; Wilson: "
        "95 % interval of the WAR of the seeds' average. paper and disjoint have the same test utterances, speaker has "
        "others.",
        (*(f"{name}: {text}." for name, text in PROTOCOLS.items()), *_tuned_notes(chosen, facts)),
    )


def corpora_sheet(measured: Mapping[Run, Measured], facts: Mapping[str, CorpusFacts], corpora: Sequence[str]) -> Sheet:
    """The runs on corpora that the paper does not have."""
    rows: list[tuple[str, Run, Measured | None]] = []
    for corpus in corpora:
        here = [m for run, m in measured.items() if run.corpus == corpus and run.group not in {"disjoint", "speaker"}]
        rows += [(m.run.group, m.run, m) for m in here] or [(PAPER, Run(PAPER, corpus, "fdan"), None)]
    return _scores_sheet(
        "Other corpora.",
        "corpora",
        "Kind",
        rows,
        facts,
        "Corpora that the paper does not have, split by its rule; in percent, mean ± sample standard deviation over "
        "seeds; Wilson: 95 % interval of the WAR of the seeds' average.",
        (),
    )


def _scores_sheet(
    title: str,
    label_: str,
    kind: str,
    rows: Sequence[tuple[str, Run, Measured | None]],
    facts: Mapping[str, CorpusFacts],
    caption: str,
    notes: tuple[str, ...],
) -> Sheet:
    lines: list[tuple[str, ...]] = []
    records: list[tuple[object, ...]] = []
    for group, run, m in rows:
        scores = [m.mean_sd(key.lower()) if m else (None, None) for key in METRICS]
        own = alone(m) if m else None
        span = "—" if own is None else interval(own.interval.low, own.interval.high)
        size = own.size if own else 0
        printed = [mean_sd(mean, sd) for mean, sd in scores]
        lines.append((_name(run.corpus, facts), group, label(run), str(size or "—"), printed[0], span, *printed[1:]))
        numbers = [value for pair in scores for value in pair]
        numbers += [own.interval.low, own.interval.high] if own else [None, None]
        facts_ = (
            _name(run.corpus, facts),
            _origin(run.corpus, facts),
            group,
            run.name,
            len(m.scores) if m else 0,
            size,
        )
        records.append((*facts_, *("" if value is None else f"{value + 0:.2f}" for value in numbers)))
    return Sheet(
        title=title,
        label=f"tab:fdan-{label_}",
        caption=synthetic_first(facts, list(dict.fromkeys(run.corpus for _, run, _ in rows))) + caption,
        columns=(
            *(("", name) for name in ("Corpus", kind, "System")),
            *(("test", "n"), ("WAR", "ours"), ("WAR", "Wilson"), ("UAR", "ours"), ("w-F1", "ours")),
        ),
        lines=tuple(lines),
        fields=(
            *("corpus", "synthetic", kind.lower(), "row", "seeds", "utterances"),
            *(f"{key}_{part}" for key in METRICS for part in ("mean", "sd")),
            *("WAR_wilson_low", "WAR_wilson_high"),
        ),
        records=tuple(records),
        notes=notes,
    )


def _name(corpus: str, facts: Mapping[str, CorpusFacts]) -> str:
    return facts[corpus].name if corpus in facts else corpus.upper()


def _origin(corpus: str, facts: Mapping[str, CorpusFacts]) -> str:
    return "yes" if corpus in facts and facts[corpus].synthetic else "no"

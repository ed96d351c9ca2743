"""Verdicts on claims: one holds, does not hold or is inconclusive, and a sentence says why; some only describe."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fdan.audit.findings import Findings
from fdan.corpora.registry import title_of
from fdan.results.claims import contrast, signed
from fdan.results.effects import Effect, Size
from fdan.results.printing import METRICS, number, p_value
from fdan.results.published import CORPORA
from fdan.results.runs import PAPER, RELEASED, label
from fdan.results.statistics import Interval
from fdan.results.uncertainty import span


class Outcome(StrEnum):
    """What can be said of a claim; `MEASURED` is a description, which makes no claim."""

    HOLDS = "holds"
    FAILS = "does not hold"
    OPEN = "inconclusive"
    MEASURED = "measured"


@dataclass(frozen=True)
class Verdict:
    """An outcome, the sentence that says why, and the point of the page where the evidence is."""

    outcome: Outcome
    sentence: str
    point: int


def several(names: Sequence[str]) -> str:
    """``A, B and C``."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "none"


def savee_arithmetic(found: Findings) -> list[Verdict]:
    """Point 1: SAVEE's numbers are those of one run on the test part that the paper describes."""
    part = found.arithmetic.savee
    wars = [row for row in part.rows if row.war.possible is False]
    uars = [row for row in part.rows if row.uar.possible is False]
    if not wars and not uars:
        return [Verdict(Outcome.HOLDS, f"SAVEE: one run on {part.size} utterances allows every WAR and UAR", 1)]
    said = [f"the WAR {number(row.printed_war)} of {row.row}" for row in wars]
    said += [f"{len(uars)} of its {len(part.rows)} UARs"] if uars else []
    means = part.readings[0]
    text = (
        f"SAVEE's numbers are not those of one run on its test part of {part.size} utterances. Impossible of one run: "
        f"{several(said)}. As a {means.name}, {len(means.rows)} of {len(part.rows)} pairs are possible; the paper does "
        "not say what it averages"
    )
    return [Verdict(Outcome.FAILS, text, 1)]


def meld_arithmetic(found: Findings) -> list[Verdict]:
    """Point 1: MELD's numbers are those of one run on the test part that the paper describes."""
    part, scan = found.arithmetic.meld, found.arithmetic.scan
    fitting = sum(row.both is not None and row.both.possible is True for row in part.rows)
    other = "no other test size" if scan.sizes == (part.size,) else f"one of {len(scan.sizes)} test sizes"
    text = (
        f"MELD: {fitting} of {len(part.rows)} WAR/UAR pairs are possible in one run on {part.size} utterances; {other} "
        f"from {scan.first} to {scan.last} allows all WARs"
    )
    return [Verdict(Outcome.HOLDS if fitting == len(part.rows) else Outcome.FAILS, text, 1)]


def meld_gap(found: Findings) -> list[Verdict]:
    """Point 1: why MELD's WAR and UAR are nearly equal; a question."""
    gaps = found.arithmetic.gaps
    own, elsewhere = ([gap.points for gap in rows] for rows in (gaps.own, gaps.elsewhere))
    text = (
        f"MELD: why UAR nearly equals WAR, where {number(gaps.largest_share)} % of the test utterances are neutral. "
        f"WAR minus UAR is {number(min(own), '+')} to {number(max(own), '+')} in the paper's {len(own)} rows, and "
        f"{number(min(elsewhere), '+')} to {number(max(elsewhere), '+')} in {len(elsewhere)} systems elsewhere"
    )
    return [Verdict(Outcome.OPEN, text, 1)] if max(own) < min(elsewhere) else []


def published_leads(found: Findings) -> list[Verdict]:
    """Point 2: the paper's FDAN is ahead of its other rows by more than the error of both numbers."""
    verdicts = []
    for corpus in CORPORA:
        leads = [lead for lead in found.intervals.differences if lead.corpus == corpus and lead.table != 3]
        verdicts += _published(
            title_of(corpus),
            {lead.row: lead.difference for lead in leads if lead.outside and not lead.quoted},
            {lead.row: lead.difference for lead in leads if not lead.outside},
        )
        for lead in found.intervals.differences:
            if (lead.corpus, lead.table, lead.outside) == (corpus, 3, False):
                text = (
                    f"{title_of(corpus)}: the faces of both corpora help. Sec. 3.4 calls it significant; that row "
                    f"minus FDAN is {number(-lead.difference, '+')}, which is within the error of both numbers"
                )
                verdicts.append(Verdict(Outcome.OPEN, text, 2))
    return verdicts


def _published(corpus: str, beyond: Mapping[str, float], within: Mapping[str, float]) -> list[Verdict]:
    said = [
        (Outcome.HOLDS, beyond, "which is more than the error of both numbers at the paper's test size"),
        (Outcome.OPEN, within, "which is within the error of both numbers at the paper's test size"),
    ]
    return [
        Verdict(
            outcome,
            f"{corpus}: FDAN beats {several(list(rows))}. FDAN minus the row, as published, is "
            f"{', '.join(number(lead, '+') for lead in rows.values())}, {why}",
            2,
        )
        for outcome, rows, why in said
        if rows
    ]


def unreported(found: Findings) -> list[Verdict]:
    """Points 3 and 4: what the paper does not say."""
    return [Verdict(Outcome.OPEN, "The paper does not say which epoch, which alpha or how many runs it reports", 4)]


def quoted_alike(found: Findings) -> list[Verdict]:
    """Point 7: the settings of the quoted rows are similar to the paper's (Sec. 3.3)."""
    rows = found.quoted.rows
    unlike = sum(row.like_for_like == "no" for row in rows)
    text = (
        f"Sec. 3.3 calls the settings of the quoted rows similar. {unlike} of {len(rows)} are not; how the "
        "others were measured is not known"
    )
    return [Verdict(Outcome.FAILS if unlike else Outcome.OPEN, text, 7)]


def map_claim(found: Findings) -> list[Verdict]:
    """Point 7: what Sec. 3.4 says of MAP."""
    claim, names = found.quoted, {key.lower(): name for key, name in METRICS.items()}
    rival, fdan = (number(getattr(row, claim.says)) for row in (claim.rival, claim.fdan))
    text = f"Sec. 3.4 says that MAP outperforms FDAN on {names[claim.says]}. Table 2 says {rival} against {fdan}"
    if claim.says in claim.ahead:
        return [Verdict(Outcome.HOLDS, text, 7)]
    return [Verdict(Outcome.FAILS, f"{text}; MAP is ahead on {several([names[key] for key in claim.ahead])}", 7)]


OF_THE_PAPER: tuple[Callable[[Findings], list[Verdict]], ...] = (
    *(savee_arithmetic, map_claim, quoted_alike),
    *(meld_arithmetic, meld_gap, published_leads, unreported),
)
"""The points that need no run."""


def of_the_paper(found: Findings) -> list[Verdict]:
    """Every verdict that needs no run."""
    return [verdict for judge in OF_THE_PAPER for verdict in judge(found)]


_OUTCOMES = {
    Size.AS_PUBLISHED: Outcome.HOLDS,
    Size.LARGER: Outcome.HOLDS,
    Size.REVERSED: Outcome.FAILS,
    Size.NEGLIGIBLE: Outcome.FAILS,
    Size.SMALLER: Outcome.FAILS,
    Size.INCONCLUSIVE: Outcome.OPEN,
}
"""Verdict on an effect -> on the claim that it is as large as published."""


def claims(found: Findings, corpus: str) -> list[Verdict]:
    """Points 2 and 3: each primary contrast is as large as published."""
    return [
        Verdict(Outcome.MEASURED if e.verdict is None else _OUTCOMES[e.verdict], _claim(e), 2)
        for e in found.claims
        if e.corpus == corpus
    ]


def _claim(effect: Effect) -> str:
    """A sentence on one primary contrast; on synthetic clips it says what was compared and no more."""
    name = contrast(effect)
    if effect.p_holm is None:
        return f"{title_of(effect.corpus)}: {name} was not measured ({effect.missing})"
    name += f" ({effect.protocol})"
    if effect.verdict is None:
        return f"{title_of(effect.corpus)}: {name} is {signed(effect)} WAR on synthetic clips"
    p = p_value(effect.p_holm)
    return (
        f"{title_of(effect.corpus)}, {effect.claim}: {name} is {signed(effect)} WAR, "
        f"published {number(effect.published, '+')}: {effect.verdict} "
        f"(p {p if p.startswith('<') else f'= {p}'} after Holm; minimum detectable effect "
        f"{number(effect.detectable, digits=1)})"
    )


def our_leads(found: Findings, corpus: str) -> list[Verdict]:
    """Point 2: FDAN minus each of the paper's other rows, in our runs; exploratory, so a description."""
    compared = [row for row in found.uncertainty.rows if row.corpus == corpus and row.run.row and row.lead_interval]
    rows = [row for row in compared if row.run not in found.undertrained]
    name = title_of(corpus)
    if not compared:
        return [Verdict(Outcome.MEASURED, f"{name}: FDAN was compared with no row of the paper", 2)]
    groups = {
        "lies above 0 for": [r for r in rows if r.excludes_zero and (r.war_lead or 0) > 0],
        "lies below 0 for": [r for r in rows if r.excludes_zero and (r.war_lead or 0) < 0],
        "includes 0 for": [r for r in rows if not r.excludes_zero],
    }
    said = [f"{words} {several([label(r.run) for r in group])}" for words, group in groups.items() if group]
    left = [label(row.run) for row in compared if row.run in found.undertrained]
    parts = [f"the interval of FDAN minus the row {', and '.join(said)}"] if said else []
    parts += [f"{several(left)} {'is' if len(left) == 1 else 'are'} undertrained, so not ranked"] if left else []
    return [Verdict(Outcome.MEASURED, f"{name}, exploratory: {'; '.join(parts)}", 2)]


def lmmd_share(found: Findings, corpus: str) -> list[Verdict]:
    """Point 3: how much of the gradient the LMMD is; a description."""
    share = next((s for s in found.alpha.summary if (s.group, s.corpus, s.row) == (PAPER, corpus, "fdan")), None)
    if share is None or share.lmmd_weight is None:
        return []
    text = f"{title_of(corpus)}: at alpha = {share.lmmd_weight:g} the LMMD is {share.mean:.3g} % of FDAN's gradient"
    return [Verdict(Outcome.MEASURED, text, 3)]


def last_epoch(found: Findings, corpus: str) -> list[Verdict]:
    """Point 4: what choosing the best epoch on the test part would add; a bias, so a description."""
    chosen = next((s for s in found.selection.summary if (s.group, s.corpus, s.row) == (PAPER, corpus, "fdan")), None)
    if chosen is None:
        return []
    least = "" if found.selection.every == (1,) else "at least "
    text = (
        f"{title_of(corpus)}: choosing FDAN's epoch on the test part would add {least}{number(chosen.mean, '+')} WAR, "
        "a bias that is never below 0"
    )
    return [Verdict(Outcome.MEASURED, text, 4)]


def no_leak(found: Findings, corpus: str) -> list[Verdict]:
    """Point 5: the faces of test utterances, and speakers on both sides, add nothing."""
    margin = found.claims[0].margin if found.claims else 0.0
    said = {
        "disjoint": "the faces of test utterances in training add nothing. FDAN with them minus FDAN without them",
        "speaker": "FDAN recognises unseen speakers as well. FDAN on the paper's split minus FDAN on unseen speakers",
    }
    return [
        Verdict(
            adds_nothing(row.interval, margin),
            f"{title_of(corpus)}: {said[row.group]} is {number(row.difference, '+')} {span(row.interval)} WAR",
            5,
        )
        for row in found.leak.rows
        if (row.corpus, row.row) == (corpus, "fdan")
    ]


def adds_nothing(ends: Interval, margin: float) -> Outcome:
    """Judge the claim that an advantage is too small to matter: by the interval's upper end, else by its lower one."""
    if ends.high < margin:
        return Outcome.HOLDS
    return Outcome.FAILS if ends.low > 0 else Outcome.OPEN


def as_released(found: Findings, corpus: str) -> list[Verdict]:
    """Point 6: FDAN beside the rows of the released head; the paper claims nothing of them, so a description."""
    return [
        Verdict(
            Outcome.MEASURED,
            f"{title_of(corpus)}: FDAN minus {label(row.run)} is {number(row.war_lead, '+')} "
            f"{span(row.lead_interval)} WAR at that row's last epoch{_best(row.war_lead, gain)}",
            6,
        )
        for row, gain, _ in found.released.rows
        if row.corpus == corpus and row.group == RELEASED and row.lead_interval and row.run not in found.undertrained
    ]


def _best(lead: float | None, gain: float | None) -> str:
    return "" if lead is None or gain is None else f", and {number(lead - gain, '+')} at its best test epoch"


OF_OUR_RUNS: tuple[Callable[[Findings, str], list[Verdict]], ...] = (
    claims,
    our_leads,
    lmmd_share,
    last_epoch,
    no_leak,
    as_released,
)
"""The points that need runs, of each corpus."""


def of_our_runs(found: Findings) -> list[Verdict]:
    """Every verdict on the runs at hand, corpus by corpus."""
    return [verdict for corpus in found.corpora for judge in OF_OUR_RUNS for verdict in judge(found, corpus)]

"""What the findings say of a claim: it holds, it does not, or it cannot be told; and why, in a sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fdan.audit.findings import Findings
from fdan.corpora.registry import title_of
from fdan.results.comparisons import Comparison
from fdan.results.printing import METRICS, interval, number
from fdan.results.published import CORPORA
from fdan.results.runs import CNN, PAPER, label
from fdan.results.statistics import Interval
from fdan.results.uncertainty import span


class Outcome(StrEnum):
    """What can be said of a claim."""

    HOLDS = "holds"
    FAILS = "does not hold"
    OPEN = "cannot be told"


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
    """Point 2: the paper's FDAN is ahead of its other rows by more than the size of the test part explains."""
    verdicts = []
    for corpus in CORPORA:
        here = [lead for lead in found.intervals.differences if lead.corpus == corpus]
        ahead = [lead.row for lead in here if not lead.quoted and lead.outside]
        inside = [lead for lead in here if not lead.outside and lead.table != 3]
        name = title_of(corpus)
        if ahead:
            text = (
                f"{name}: FDAN's published lead over {several(ahead)} is more than the size of the test part explains"
            )
            verdicts.append(Verdict(Outcome.HOLDS, text, 2))
        if inside:
            leads = ", ".join(number(lead.difference, "+") for lead in inside)
            text = (
                f"{name}: whether FDAN beats {several([lead.row for lead in inside])}. Its lead ({leads}) is inside "
                "the 95 % interval of its own WAR"
            )
            verdicts.append(Verdict(Outcome.OPEN, text, 2))
        for lead in here:
            if lead.table == 3 and not lead.outside:
                text = (
                    f"{name}: whether the faces of both corpora help. Sec. 3.4 calls it significant; FDAN minus that "
                    f"row is {number(lead.difference, '+')}, inside the same interval"
                )
                verdicts.append(Verdict(Outcome.OPEN, text, 2))
    return verdicts


def unreported(found: Findings) -> list[Verdict]:
    """Points 3 and 4: what the paper does not say."""
    return [Verdict(Outcome.OPEN, "Which epoch, which alpha, how many runs: the paper does not say", 4)]


def quoted_alike(found: Findings) -> list[Verdict]:
    """Point 7: the settings of the quoted rows are similar to the paper's (Sec. 3.3)."""
    rows = found.quoted.rows
    unlike = sum(row.like_for_like == "no" for row in rows)
    text = (
        f"Sec. 3.3 calls the settings of the quoted rows similar. {unlike} of {len(rows)} are not; of the others it "
        "cannot be told"
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


def our_leads(found: Findings, corpus: str) -> list[Verdict]:
    """Point 2: FDAN is ahead of the paper's other rows in our runs."""
    tested = [row for row in found.uncertainty.rows if row.corpus == corpus and row.told_apart is not None]
    name = title_of(corpus)
    groups = [
        (Outcome.HOLDS, "FDAN is ahead of", [r for r in tested if r.told_apart and (r.war_lead or 0) > 0]),
        (Outcome.FAILS, "FDAN is behind", [r for r in tested if r.told_apart and (r.war_lead or 0) < 0]),
        (Outcome.OPEN, "FDAN cannot be told apart from", [r for r in tested if not r.told_apart]),
    ]
    if not tested:
        return [Verdict(Outcome.OPEN, f"{name}: not run", 2)]
    return [
        Verdict(
            outcome, f"{name}: {words} {several([label(r.run) for r in rows])}{_no_rivals(found, rows, outcome)}", 2
        )
        for outcome, words, rows in groups
        if rows
    ]


def _no_rivals(found: Findings, rows: Sequence[Comparison], outcome: Outcome) -> str:
    """To be ahead of a network that was hardly trained says nothing."""
    cut = [d.key for d in found.deviations if d.key in ("cnn.epochs", "cnn.weights")]
    if outcome is not Outcome.HOLDS or not cut or not any(row.group == CNN for row in rows):
        return ""
    return f"; the CNN rows are no rivals here, with {several(cut)} not the paper's"


def lmmd_acts(found: Findings, corpus: str) -> list[Verdict]:
    """Point 3: the LMMD at this alpha moves the result: FDAN against FDAN2, which has none."""
    share = next((s for s in found.alpha.summary if (s.group, s.corpus, s.row) == (PAPER, corpus, "fdan")), None)
    row = _row(found, corpus, PAPER, "fdan2")
    if share is None or share.lmmd_weight is None:
        return []
    text = f"{title_of(corpus)}: at alpha = {share.lmmd_weight:g} the LMMD is {share.mean:.3g} % of the gradient"
    if row is None or row.lead_interval is None:
        return [Verdict(Outcome.OPEN, text, 3)]
    text += f", and FDAN is {_lead(row)} WAR above FDAN2, which has none"
    return [Verdict(_zero(row.lead_interval), text, 3)]


def last_epoch(found: Findings, corpus: str) -> list[Verdict]:
    """Point 4: choosing the best epoch on the test part would add nothing."""
    chosen = next((s for s in found.selection.summary if (s.group, s.corpus, s.row) == (PAPER, corpus, "fdan")), None)
    if chosen is None:
        return []
    whole = found.selection.every == (1,)
    text = f"{title_of(corpus)}: the best epoch on the test part is {'' if whole else 'at least '}"
    text += f"{number(chosen.mean, '+')} WAR above the last"
    return [Verdict(Outcome.FAILS if chosen.mean > 0 else Outcome.HOLDS if whole else Outcome.OPEN, text, 4)]


def no_leak(found: Findings, corpus: str) -> list[Verdict]:
    """Point 5: the faces of test utterances, and speakers on both sides, add nothing."""
    verdicts = []
    for row in found.leak.rows:
        if (row.corpus, row.row) != (corpus, "fdan"):
            continue
        if row.group == "disjoint" and row.other.lead_interval:
            text = f"with the faces of the test utterances in training FDAN is {_lead(row.other)} WAR above without"
            outcome = Outcome.OPEN if row.other.lead_interval.has(0.0) else Outcome.FAILS
        else:
            apart = row.other.war_high < row.paper.war_low or row.paper.war_high < row.other.war_low
            text = f"on speakers it has not heard FDAN has {_war(row.other)} WAR, against {_war(row.paper)} on the "
            text += "paper's split"
            outcome = Outcome.FAILS if apart else Outcome.OPEN
        verdicts.append(Verdict(outcome, f"{title_of(corpus)}: {text}", 5))
    return verdicts


def as_released(found: Findings, corpus: str) -> list[Verdict]:
    """Point 6: the released code does what the text says."""
    row = _row(found, corpus, "released", "released")
    if row is None or row.lead_interval is None:
        return []
    text = f"{title_of(corpus)}: FDAN as the paper writes it is {_lead(row)} WAR above what the released code does"
    return [Verdict(Outcome.OPEN if row.lead_interval.has(0.0) else Outcome.FAILS, text, 6)]


OF_OUR_RUNS: tuple[Callable[[Findings, str], list[Verdict]], ...] = (
    our_leads,
    lmmd_acts,
    last_epoch,
    no_leak,
    as_released,
)
"""The points that need runs, of each corpus."""


def of_our_runs(found: Findings) -> list[Verdict]:
    """Every verdict on the runs at hand, corpus by corpus."""
    return [verdict for corpus in found.corpora for judge in OF_OUR_RUNS for verdict in judge(found, corpus)]


def _row(found: Findings, corpus: str, group: str, name: str) -> Comparison | None:
    rows = (row for row in found.uncertainty.rows if (row.corpus, row.group, row.row) == (corpus, group, name))
    return next(rows, None)


def _zero(lead: Interval) -> Outcome:
    """Whether something is above 0: by its interval."""
    return Outcome.HOLDS if lead.low > 0 else Outcome.FAILS if lead.high < 0 else Outcome.OPEN


def _lead(row: Comparison) -> str:
    return f"{number(row.war_lead, '+')} {span(row.lead_interval)}"


def _war(row: Comparison) -> str:
    return f"{number(row.war_mean)} {interval(row.war_low, row.war_high)}"

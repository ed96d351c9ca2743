"""The table of claims: each primary contrast beside the paper's effect, with the only p of all tables."""

from collections.abc import Sequence
from dataclasses import fields

from fdan.results.corpus_summary import Facts, synthetic_first
from fdan.results.effects import Effect
from fdan.results.printing import Sheet, cells, interval, number, p_value
from fdan.results.runs import PROTOCOLS, RunName, label


def claims_sheet(found: Sequence[Effect], facts: Facts) -> Sheet:
    """Return the table of claims; a contrast that was not run says so."""
    known = [effect for effect in found if effect.corpus in facts]
    names = [field.name for field in fields(Effect) if field.name != "corpus"]
    family = f"the {found[0].family} contrasts that params.yaml names" if found else "no contrast"
    return Sheet(
        title="Claims.",
        label="tab:fdan-claims",
        caption=synthetic_first(facts, list(dict.fromkeys(effect.corpus for effect in known)))
        + "The primary contrast of each claim: the difference of WAR in points with its 95 % interval, beside the "
        f"paper's. p is corrected by Holm over {family}, run or not; no other table has a p. How to read them: "
        "docs/statistics.md.",
        columns=(
            *(("", name) for name in ("Corpus", "Claim", "Contrast")),
            *(("WAR", name) for name in ("ours [95 %]", "paper")),
            ("", "Verdict"),
            *(("Test", name) for name in ("p (Holm)", "detectable")),
        ),
        lines=tuple((facts[effect.corpus].name, *claim_line(effect)) for effect in known),
        fields=("corpus", "synthetic", *names),
        records=tuple(
            cells((facts[e.corpus].name, facts[e.corpus].synthetic, *(getattr(e, name) for name in names)))
            for e in known
        ),
        notes=_notes(known),
    )


def contrast(effect: Effect) -> str:
    """Return a contrast in print: ``FDAN minus FDAN2``."""
    first, second = (label(RunName("paper", effect.corpus, name)) for name in (effect.first, effect.second))
    return f"{first} minus {second}"


def signed(effect: Effect) -> str:
    """Return the difference with its interval, ``−1.90 [−16.4, +12.6]``, or why there is none."""
    ends = effect.interval
    return effect.missing if ends is None else f"{number(effect.war, '+')} {interval(ends.low, ends.high, '+')}"


def claim_line(effect: Effect) -> tuple[str, ...]:
    """Return the cells of a claim after its corpus."""
    where = f", {effect.protocol}" if effect.protocol else ""
    return (
        effect.claim,
        f"{contrast(effect)}{where}",
        signed(effect),
        number(effect.published, "+"),
        effect.verdict or ("—" if effect.war is None else "synthetic"),
        "—" if effect.p_holm is None else p_value(effect.p_holm),
        number(effect.detectable, digits=1),
    )


def _notes(found: Sequence[Effect]) -> tuple[str, ...]:
    if not found:
        return ()
    measured = dict.fromkeys(effect.protocol for effect in found if effect.protocol)
    return (
        f"Verdicts, in this order: reversed (the interval lies below 0), negligible (within ± "
        f"{number(found[0].margin)} points), smaller than published (below the paper's effect), as published (above 0, "
        "and it includes the paper's effect), larger than published, inconclusive.",
        "detectable: the smallest true difference, in points, that would be significant after Holm's correction with a "
        "probability of 80 %.",
        *(f"{name}: {PROTOCOLS[name]}." for name in measured if name in PROTOCOLS),
        *(["finetune: through the backbone, on the paper's split."] if "finetune" in measured else []),
    )

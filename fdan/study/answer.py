"""The study in at most 120 words, for a reader who reads nothing else."""

from collections.abc import Mapping, Sequence

from fdan.results.printing import number
from fdan.results.runs import Measured
from fdan.study.claims import Effect, in_print, rates
from fdan.study.tables import largest

WORDS = 120
"""The answer's length at most."""

_HOLD = {"confirmed", "as published", "larger than published"}
"""Verdicts on a claim that holds."""

_SMALL = {"negligible", "smaller than published"}
"""Verdicts on an effect that is shown to be small."""


def in_short(
    found: Sequence[Effect], measured: Mapping[str, Measured], speakers: Mapping[str, str], photographs: int
) -> str:
    """Return the answer to "does the paper's idea work on real people?", from what was run.

    Args:
        found: the contrasts that were run.
        measured: arm -> its seeds.
        speakers: utterance -> actor.
        photographs: how many there are.
    """
    if "fdan" not in measured:
        return "The paper's network, the arm `fdan`, was not run, so this page has no answer yet."
    war, _ = rates(measured["fdan"], speakers)
    actors = len({speakers[utterance] for utterance in measured["fdan"].first.utterances})
    said = [
        f"We trained the paper's network on the voices of {actors} actors and {photographs} photographs of other "
        f"people's faces. It recognises the acted emotion in {in_print(war, '')} % of the utterances of actors whose "
        f"voices it was not trained on; always choosing the most frequent emotion is right in {largest(measured)} %."
    ]
    effects = {(effect.contrast.first, effect.contrast.second): effect for effect in found}
    changes = (
        ("The photographs change this by {} points", ("fdan1", "no_faces")),
        ("the paper's cross-attention by {}", ("fdan", "fdan1")),
        ("its alignment term, LMMD, by {}", ("fdan", "fdan2")),
        ("correct instead of shuffled labels by {}", ("fdan", "permuted")),
        ("a speech encoder by {}", ("encoder", "fdan")),
    )
    parts = [text.format(_with_published(effects[key])) for text, key in changes if key in effects]
    if parts:
        said += [f"{'; '.join(parts)}.", "Brackets: 95 % intervals over actors."]
    said += _count([effect for effect in found if effect.contrast.primary])
    return " ".join(said)


def _with_published(effect: Effect) -> str:
    published = effect.contrast.published
    return in_print(effect.war) + (f" (published {number(published, '+')})" if published is not None else "")


def _count(effects: Sequence[Effect]) -> list[str]:
    """How many of the tested claims hold, in one sentence, if any was tested."""
    if not effects:
        return []
    verdicts = [effect.verdict for effect in effects]
    hold, small, reverse = (sum(v in kind for v in verdicts) for kind in (_HOLD, _SMALL, {"reversed"}))
    rest = len(effects) - hold - small - reverse
    return [
        f"Tested claims: {len(effects)}; confirmed: {hold}; too small or smaller than published: {small}; reversed: "
        f"{reverse}; inconclusive: {rest}."
    ]

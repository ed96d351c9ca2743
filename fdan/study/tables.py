"""The tables of the study's page; an arm or a contrast that was not run reads ``not run``."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from fdan.results.printing import grid, interval, number, p_value
from fdan.results.runs import Measured
from fdan.results.statistics import correct, wilson
from fdan.study.claims import Effect, in_print, rates
from fdan.study.params import Contrast, StudyParams

NOT_RUN = "not run"

Runs = Mapping[str, Measured]
"""Arm -> its seeds."""


def primaries(found: Sequence[Effect], params: StudyParams) -> str:
    """Return the tested contrasts, with p and verdict."""
    columns = (
        ("Claim", "Contrast"),
        ("Difference of WAR", "Difference of UAR", "Published", "p", "Detectable"),
        ("Verdict",),
    )
    lines = []
    for contrast, effect in _paired(params.primaries, found):
        words = (contrast.claim, f"{contrast.first} minus {contrast.second}")
        if effect is None:
            lines.append((*words, NOT_RUN, *[""] * 5))
            continue
        numbers = (in_print(effect.war), in_print(effect.uar), number(contrast.published, "+"), _p(effect.p))
        lines.append((*words, *numbers, number(effect.detectable), effect.verdict))
    return _table(columns, lines)


def others(found: Sequence[Effect], params: StudyParams) -> str:
    """Return the exploratory contrasts: differences and intervals, no p."""
    columns = ("Claim", "Contrast"), ("Seeds", "Difference of WAR", "Difference of UAR"), ()
    lines = []
    for contrast, effect in _paired([c for c in params.contrasts if not c.primary], found):
        cells = (str(effect.seeds), in_print(effect.war), in_print(effect.uar)) if effect else ("", NOT_RUN, "")
        lines.append((contrast.claim, f"{contrast.first} minus {contrast.second}", *cells))
    return _table(columns, lines)


def arms(measured: Runs, diverged: Collection[str], params: StudyParams, speakers: Mapping[str, str]) -> str:
    """Return the WAR and UAR of every arm on unseen actors; ``diverged`` where no seed's training came to its end."""
    columns = ("Arm", "System"), ("Seeds", "WAR", "UAR"), ()
    lines = []
    for name, arm in params.arms.items():
        cells = ("", "diverged" if name in diverged else NOT_RUN, "")
        if runs := measured.get(name):
            war, uar = rates(runs, speakers)
            cells = (str(len(runs.seeds)), in_print(war, ""), in_print(uar, ""))
        lines.append((name, arm.title, *cells))
    return _table(columns, lines)


def alphas(measured: Runs, found: Sequence[Effect], params: StudyParams, shares: Mapping[str, float]) -> str:
    """Return FDAN at each fixed alpha, against alpha 0, with LMMD's share of the gradient.

    Args:
        measured: arm -> its seeds.
        found: the contrasts that were run.
        params: the arms and contrasts.
        shares: arm -> LMMD's share of the gradient, in [0, 1].
    """
    zero = next((c.second for c in params.contrasts if params.arms[c.second].alpha == 0.0), "")
    varied = {
        name: arm.alpha
        for name, arm in params.arms.items()
        if isinstance(arm.alpha, float)
        and (name == zero or any((c.first, c.second) == (name, zero) for c in params.contrasts))
    }
    against = {effect.contrast.first: effect for effect in found if effect.contrast.second == zero}
    columns = ("Alpha",), ("Seeds", "WAR", "minus alpha 0", "LMMD's share of the gradient"), ()
    lines = []
    for name, alpha in sorted(varied.items(), key=lambda pair: pair[1]):
        if runs := measured.get(name):
            share = f"{100 * shares[name]:.2g} %" if name in shares else ""
            difference = in_print(against[name].war) if name in against else ""
            cells = (str(len(runs.seeds)), number(runs.mean_sd("war")[0]), difference, share)
        else:
            cells = ("", NOT_RUN, "", "")
        lines.append((f"{alpha:g}", *cells))
    return _table(columns, lines)


def chosen(alphas: Mapping[str, Mapping[str, float]]) -> str:
    """Return one sentence on the alphas that validation actors chose, or none."""
    counts = Counter(alpha for folds in alphas.values() for alpha in folds.values())
    if not counts:
        return ""
    words = ", ".join(f"{alpha:g} in {count}" for alpha, count in sorted(counts.items()))
    return f"Validation actors chose alpha {words} of {counts.total()} folds."


def starved(measured: Runs, found: Sequence[Effect], params: StudyParams, speakers: Mapping[str, str]) -> str:
    """Return FDAN and the classifier without faces, each trained on the speech of few actors."""
    effects = {(effect.contrast.first, effect.contrast.second): effect for effect in found}
    columns = ("Actors whose speech trains",), ("FDAN", "no faces", "Difference of WAR"), ()
    lines = []
    for contrast in params.contrasts:
        actors = params.arms[contrast.first].actors
        if actors is None:
            continue
        both = [measured.get(name) for name in (contrast.first, contrast.second)]
        effect = effects.get((contrast.first, contrast.second))
        cells = [in_print(rates(runs, speakers)[0], "") if runs else NOT_RUN for runs in both]
        lines.append((str(actors), *cells, in_print(effect.war) if effect else ""))
    return _table(columns, lines)


def teacher(measured: Runs) -> str:
    """Return how many held-out photographs are recognised, of all and of each emotion."""
    if not measured:
        return f"{NOT_RUN.capitalize()}."
    truth, classes = next(iter(measured.values())).first.truth, next(iter(measured.values())).first.classes
    present = [place for place in range(len(classes)) if (truth == place).any()]
    columns = ("Emotion",), ("Photographs", *(f"{name}, % right" for name in measured)), ()
    right = {name: np.stack([correct(p) for p in runs.seeds.values()]).mean(axis=0) for name, runs in measured.items()}
    lines = [
        (classes[place], str((truth == place).sum()), *(number(100 * r[truth == place].mean()) for r in right.values()))
        for place in present
    ]
    wars = []
    for gains in right.values():
        ends = wilson(round(gains.sum()), len(gains))
        wars.append(f"{number(100 * gains.mean())} {interval(ends.low, ends.high)}")
    return _table(columns, [("all (WAR)", str(len(truth)), *wars), *lines])


def largest(measured: Runs) -> str:
    """Return the share of the largest class among the tested utterances, in percent; a dash if nothing was run."""
    if not measured:
        return number(None)
    truth = next(iter(measured.values())).first.truth
    return number(float(100 * np.bincount(truth).max() / len(truth)))


def _paired(contrasts: Iterable[Contrast], found: Sequence[Effect]) -> list[tuple[Contrast, Effect | None]]:
    effects = {(e.contrast.first, e.contrast.second): e for e in found}
    return [(contrast, effects.get((contrast.first, contrast.second))) for contrast in contrasts]


def _p(p: float | None) -> str:
    return number(None) if p is None else p_value(p)


def _table(columns: Sequence[Sequence[str]], lines: Sequence[tuple[str, ...]]) -> str:
    """Markdown: columns of text, of numbers to the right, and of text again."""
    before, numbers, after = columns
    heads = [("", name) for name in before] + [(" ", name) for name in numbers] + [("", name) for name in after]
    return grid(tuple(heads), tuple(lines)).rstrip("\n")

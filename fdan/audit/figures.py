"""The audit's figures; each is drawn from the findings alone, and says so where nothing was run."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fdan.audit.findings import Findings
from fdan.corpora.registry import title_of
from fdan.figures.style import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY
from fdan.results.runs import PAPER, RELEASED, RunName, label

CORPUS_COLOURS = (BLUE, RED, GREEN, ORANGE, PURPLE, SKY)


def _title(found: Findings, text: str) -> str:
    names = " or ".join(found.synthetic)
    return f"Synthetic demo, not {names}: {text}" if names else text


def _empty(text: str) -> Figure:
    figure = Figure(figsize=(6, 1.2), layout="constrained")
    axes = figure.subplots()
    axes.text(0.5, 0.5, f"{text}: not run", ha="center", va="center", size=10, color="0.3")
    axes.set_axis_off()
    return figure


def published(found: Findings) -> Figure:
    """Point 2: the paper's own WARs with Wilson intervals; those that point 1 finds impossible are crossed."""
    rows = found.intervals.rows
    parts = {"savee": found.arithmetic.savee, "meld": found.arithmetic.meld}
    impossible = {(c, row.row) for c, part in parts.items() for row in part.rows if row.war.possible is False}
    corpora = list(dict.fromkeys(row.corpus for row in rows))
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    panels = figure.subplots(1, len(corpora), squeeze=False, sharex=True)[0]
    for axes, corpus in zip(panels, corpora, strict=True):
        here = [row for row in rows if row.corpus == corpus]
        fdan = next(row for row in here if row.row == "FDAN")
        axes.axvspan(fdan.low, fdan.high, color=BLUE, alpha=0.12, linewidth=0)
        for place, row in enumerate(here):
            crossed = (corpus, row.row) in impossible
            colour = RED if crossed else "black"
            axes.plot([row.low, row.high], [place, place], color=colour, linewidth=1.2)
            axes.plot(row.printed_war, place, "X" if crossed else "o", color=colour, markersize=7 if crossed else 4)
        axes.set_yticks(range(len(here)), [row.row for row in here], fontsize=8)
        axes.invert_yaxis()
        axes.tick_params(axis="x", labelsize=8)
        axes.set_xlabel("WAR, %, with 95 % Wilson interval", fontsize=8)
        axes.set_title(f"{title_of(corpus)}: {here[0].size} test utterances", fontsize=9)
        _plain(axes, "x")
    figure.suptitle("The paper's WARs; X: impossible of one run; band: FDAN's interval", fontsize=9)
    return figure


def alpha(found: Findings) -> Figure:
    """Point 3: the LMMD's share of the gradient against alpha."""
    section = found.alpha
    curves = section.fdan_gradients_at_other_alphas
    corpora = list(dict.fromkeys([*curves, *(trial.corpus for trial in section.tuning)]))
    if not corpora:
        return _empty("The LMMD's share of the gradient")
    figure = Figure(figsize=(6.2, 3.6), layout="constrained")
    axes = figure.subplots()
    for corpus, colour in zip(corpora, CORPUS_COLOURS, strict=False):
        name = title_of(corpus)
        if corpus in curves:
            points = [(float(at), share) for at, share in curves[corpus].items()]
            said = f"{name}: FDAN's gradients, alpha varied in the formula"
            axes.plot(*zip(*points, strict=True), "--", color=colour, linewidth=1, label=said)
        runs = [(run.lmmd_weight, run.share) for run in section.runs if run.corpus == corpus and run.lmmd_weight]
        if runs:
            axes.plot(*zip(*runs, strict=True), "o", color=colour, markersize=5, mfc="none", label=f"{name}: runs")
        tried = [(trial.alpha, trial.share) for trial in section.tuning if trial.corpus == corpus and trial.alpha]
        if tried:
            said = f"{name}: trained at each alpha"
            axes.plot(*zip(*tried, strict=True), "+", color=colour, markersize=8, label=said)
    axes.axvspan(1e-5, 1e-3, color=GREY, alpha=0.15, linewidth=0, label="the paper's grid")
    axes.axvline(10, color=GREY, linewidth=1, linestyle=":", label="default weight of the released code, there of MMD")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set(xlabel="weight of the LMMD (alpha, or alpha after its ramp)", ylabel="LMMD's share of the gradient, %")
    axes.legend(fontsize=7, frameon=False)
    axes.set_title(_title(found, "how much alpha can move"), fontsize=9)
    _plain(axes, "both")
    return figure


def selection(found: Findings) -> Figure:
    """Point 4: best test epoch minus last epoch, a dot per run."""
    runs = found.selection.runs
    if not runs:
        return _empty("Best test epoch minus last epoch")
    groups = list(dict.fromkeys((run.corpus, run.group, run.row) for run in runs))
    figure = Figure(figsize=(6.2, 1.1 + 0.24 * len(groups)), layout="constrained")
    axes = figure.subplots()
    for place, group in enumerate(groups):
        gains = [run.gain for run in runs if (run.corpus, run.group, run.row) == group]
        axes.plot(gains, [place] * len(gains), "o", color=BLUE, markersize=5, alpha=0.6)
        axes.plot(sum(gains) / len(gains), place, "|", color="black", markersize=11)
    names = {
        (corpus, group, name): label(RunName(group, corpus, name)) if group == RELEASED else f"{group} {_name(name)}"
        for corpus, group, name in groups
    }
    _rows(axes, [f"{title_of(group[0])} {names[group]}" for group in groups])
    axes.set_xlim(left=-0.2)
    looked = "best test epoch" if found.selection.every == (1,) else "best test epoch looked at"
    axes.set_xlabel(f"{looked} minus last epoch, WAR points; bar: mean", fontsize=8)
    axes.set_title(_title(found, "gain of the best test epoch"), fontsize=9)
    return figure


def leak(found: Findings) -> Figure:
    """Point 5: WAR with its interval under each protocol."""
    rows = found.leak.rows
    if not rows:
        return _empty("WAR by protocol")
    styles = {PAPER: (BLUE, "o"), "disjoint": (RED, "s"), "speaker": (GREEN, "D")}
    groups = list(dict.fromkeys((row.corpus, row.row) for row in rows))
    figure = Figure(figsize=(6.2, 1.3 + 0.42 * len(groups)), layout="constrained")
    axes = figure.subplots()
    for place, group in enumerate(groups):
        others = [row for row in rows if (row.corpus, row.row) == group]
        here = {PAPER: others[0].paper, **{row.group: row.other for row in others}}
        for shift, (protocol, (colour, marker)) in enumerate(styles.items()):
            if protocol in here:
                row, y = here[protocol], place + 0.22 * (shift - 1)
                axes.plot([row.war_low, row.war_high], [y, y], color=colour, linewidth=1.2)
                name = protocol if place == 0 else None
                axes.plot(row.war_mean, y, marker, color=colour, markersize=5, label=name)
    _rows(axes, [f"{title_of(corpus)} {_name(name)}" for corpus, name in groups])
    axes.set_xlabel("WAR, %, with 95 % interval", fontsize=8)
    axes.set_title(_title(found, "WAR by protocol"), fontsize=9)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _name(name: str) -> str:
    return label(RunName(PAPER, "", name))


def _rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="x", labelsize=8)
    _plain(axes, "x")


def _plain(axes: Axes, grid: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis=grid, color="0.9", linewidth=0.6)  # type: ignore[arg-type]  # matplotlib wants the literals
    axes.set_axisbelow(True)


FIGURES: dict[str, Callable[[Findings], Figure]] = {
    "audit_published": published,
    "audit_alpha": alpha,
    "audit_selection": selection,
    "audit_leak": leak,
}
"""File name without suffix -> what draws it."""

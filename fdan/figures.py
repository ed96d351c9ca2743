"""Figs. 4 and 5 of the paper: confusion matrices, and t-SNE maps of the learnt features."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import numpy as np
import seaborn as sns
from jaxtyping import Float, Float64, Int64
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from openTSNE import TSNE
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from fdan.data.utterance import Emotion, Modality
from fdan.tuning import Trial, choose

# Okabe and Ito's colour-blind-safe palette; black stands in for its yellow, which white paper swallows.
_COLOURS = {
    Emotion.ANGER: "#D55E00",
    Emotion.DISGUST: "#009E73",
    Emotion.FEAR: "#CC79A7",
    Emotion.HAPPINESS: "#E69F00",
    Emotion.NEUTRAL: "#000000",
    Emotion.SADNESS: "#0072B2",
    Emotion.SURPRISE: "#56B4E9",
}


def confusion_figure(counts: Int64[np.ndarray, "c c"], classes: tuple[Emotion, ...], title: str) -> Figure:
    """Fig. 4: counts (row = true class, column = predicted) as percent of each true class.

    A class without test utterances has no such percentages: its row is hatched.
    """
    totals = counts.sum(axis=1, keepdims=True)
    absent = totals[:, 0] == 0
    percent = 100 * counts / np.maximum(totals, 1)
    names = [emotion.short for emotion in classes]
    figure = Figure(figsize=(4.6, 4.0), layout="constrained")
    axes = figure.subplots()
    sns.heatmap(
        percent,
        mask=np.broadcast_to(absent[:, None], counts.shape),
        vmin=0,
        vmax=100,
        cmap="Blues",
        annot=True,
        fmt=".1f",
        annot_kws={"size": 8},
        linewidths=0.5,
        square=True,
        cbar_kws={"label": "% of the true class", "shrink": 0.8},
        xticklabels=names,
        yticklabels=names,
        ax=axes,
    )
    for row in np.flatnonzero(absent):
        place = (0.0, float(row))
        axes.add_patch(Rectangle(place, len(classes), 1, fill=False, hatch="////", edgecolor="0.8", linewidth=0))
        box = {"facecolor": "white", "edgecolor": "none", "pad": 2}
        axes.text(len(classes) / 2, row + 0.5, "no test utterances", size=8, ha="center", va="center", bbox=box)
    axes.tick_params(length=0, labelsize=9)
    axes.tick_params(axis="y", labelrotation=0)
    figure.axes[1].tick_params(labelsize=9)  # the colour bar
    axes.set(xlabel="predicted class", ylabel="true class")
    axes.set_title(title, fontsize=10)
    return figure


@dataclass(frozen=True)
class Points:
    """The map's points of one modality and part.

    Attributes:
        xy: [n, 2], places on the map, without unit.
        emotions: [n], places in the figure's classes.
        modality: ``visual`` or ``acoustic``.
        part: trained on, or not.
    """

    xy: Float[np.ndarray, "n 2"]
    emotions: Int64[np.ndarray, "n"]
    modality: str
    part: Literal["train", "test"]


def embed(values: Float[np.ndarray, "n d"], seed: int) -> Float64[np.ndarray, "n 2"]:
    """A t-SNE map of the rows of `values`: the same bytes for the same input.

    By openTSNE (Poličar et al., J. Stat. Softw. 109(3), 2024) on exact neighbours: 11,000 points take it half
    a minute, where scikit-learn needs more than two. Points that are all the same, a single one among them,
    have no map: they stand in a row.
    """
    n = len(values)
    if np.ptp(values, axis=0).max() == 0:
        return np.column_stack((np.arange(n), np.zeros(n))).astype(np.float64)
    tsne = TSNE(perplexity=min(30, (n - 1) / 3), neighbors="exact", n_jobs=1, random_state=seed)
    with threadpool_limits(1):  # sums over several threads depend on how many there are
        return np.asarray(tsne.fit(values), dtype=np.float64)


def tsne_figure(points: Sequence[Points], classes: tuple[Emotion, ...], title: str) -> Figure:
    """Fig. 5: + visual, o acoustic (hollow: training, filled: test), a colour per emotion."""
    figure = Figure(figsize=(6.5, 4.6), layout="constrained")
    axes = figure.subplots()
    kinds = []
    # Test points are few and matter most: last, on top.
    for group in sorted(points, key=lambda p: (p.part == "test", p.modality == "acoustic")):
        colours = [_COLOURS[classes[place]] for place in group.emotions]
        visual, test = Modality(group.modality) is Modality.VISUAL, group.part == "test"
        x, y = group.xy.T
        if visual:
            axes.scatter(x, y, s=16, linewidths=0.7, marker="+", c=colours, alpha=0.6)
        elif test:  # a white rim keeps neighbours apart
            axes.scatter(x, y, s=20, linewidths=0.4, marker="o", facecolors=colours, edgecolors="white")
        else:
            axes.scatter(x, y, s=16, linewidths=0.7, marker="o", facecolors="none", edgecolors=colours)
        label = f"{group.modality}, {group.part}"
        kinds.append(_mark("+" if visual else "o", "0.3", "0.3" if test else "none", label))
    shown = sorted({int(place) for group in points for place in group.emotions})
    emotions = [_mark("s", _COLOURS[c], _COLOURS[c], f"{c.short} {c}") for c in (classes[place] for place in shown)]
    figure.legend(handles=emotions, loc="outside right upper", fontsize=8, frameon=False, handletextpad=0.2)
    figure.legend(handles=kinds, loc="outside right lower", fontsize=8, frameon=False, handletextpad=0.2)
    # The axes of a t-SNE map mean nothing: only nearness does.
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("0.7")
    axes.set_title(title, fontsize=10)
    return figure


def _mark(marker: str, edge: str, fill: str, label: str) -> Line2D:
    return Line2D(
        [], [], linestyle="", marker=marker, markeredgecolor=edge, markerfacecolor=fill, markersize=6, label=label
    )


def tuning_figure(trials: Sequence[Trial], title: str) -> Figure:
    """Validation WAR over alpha and weight decay, a panel per learning rate; the chosen point is framed."""
    rates = sorted({trial.learning_rate for trial in trials})
    alphas = sorted({trial.alpha for trial in trials}, reverse=True)
    decays = sorted({trial.weight_decay for trial in trials}, reverse=True)
    low, high = min(trial.war for trial in trials), max(trial.war for trial in trials)
    best = choose(trials)
    figure = Figure(figsize=(1.6 + 2.4 * len(rates), 1.3 + 0.55 * len(alphas)), layout="constrained")
    for axes, rate in zip(figure.subplots(1, len(rates), squeeze=False)[0], rates, strict=True):
        grid = np.full((len(alphas), len(decays)), np.nan)
        for trial in trials:
            if trial.learning_rate == rate:
                grid[alphas.index(trial.alpha), decays.index(trial.weight_decay)] = trial.war
        first, last = rate == rates[0], rate == rates[-1]
        sns.heatmap(
            grid,
            vmin=low,
            vmax=high,
            cmap="Blues",
            annot=True,
            fmt=".1f",
            annot_kws={"size": 8},
            linewidths=0.5,
            cbar=last,
            cbar_kws={"label": "WAR, %"},
            xticklabels=[f"{decay:g}" for decay in decays],
            yticklabels=[f"{alpha:g}" for alpha in alphas] if first else False,
            ax=axes,
        )
        if rate == best.learning_rate:
            place = (decays.index(best.weight_decay), alphas.index(best.alpha))
            axes.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor="#D55E00", linewidth=2, clip_on=False))
        axes.tick_params(length=0, labelsize=8)
        axes.tick_params(axis="y", labelrotation=0)
        axes.set(xlabel="weight decay", ylabel="alpha" if first else "")
        axes.set_title(f"learning rate {rate:g}", fontsize=9)
    figure.suptitle(title, fontsize=10)
    return figure


_UNDATED: dict[str, dict[str, str | None]] = {".png": {"Software": None}, ".pdf": {"CreationDate": None}}


def save(figure: Figure, path: Path) -> None:
    """Write a figure as ``.png`` for reading or ``.pdf`` for papers; its bytes depend on the figure alone."""
    with mpl.rc_context({"pdf.fonttype": 42}):  # TrueType: publishers refuse Type 3 fonts
        figure.savefig(path, dpi=200, metadata=_UNDATED[path.suffix])

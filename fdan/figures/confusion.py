"""Fig. 4: the confusion matrix."""

import numpy as np
import seaborn as sns
from jaxtyping import Int64
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fdan.data.emotions import Emotion


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

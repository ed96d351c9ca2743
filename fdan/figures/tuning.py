"""The map of the grid that was searched."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fdan.data.trials import Trial
from fdan.figures.style import RED


def tuning_figure(trials: Sequence[Trial], best: Trial, title: str) -> Figure:
    """Validation WAR over alpha and weight decay, a panel per learning rate; `best`, the chosen point, is framed."""
    rates = sorted({trial.learning_rate for trial in trials})
    alphas = sorted({trial.alpha for trial in trials}, reverse=True)
    decays = sorted({trial.weight_decay for trial in trials}, reverse=True)
    low, high = min(trial.war for trial in trials), max(trial.war for trial in trials)
    figure = Figure(figsize=(2.4 + 2.4 * len(rates), 1.3 + 0.55 * len(alphas)), layout="constrained")
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
            axes.add_patch(Rectangle(place, 1, 1, fill=False, edgecolor=RED, linewidth=2, clip_on=False))
        axes.tick_params(length=0, labelsize=8)
        axes.tick_params(axis="y", labelrotation=0)
        axes.set(xlabel="weight decay", ylabel="alpha" if first else "")
        axes.set_title(f"learning rate {rate:g}", fontsize=9)
    figure.suptitle(fill(title, round(11 * figure.get_figwidth())), fontsize=10)
    return figure

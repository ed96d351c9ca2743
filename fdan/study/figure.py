"""The study's figure: each contrast with its interval over actors."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from fdan.figures.style import BLUE, GREY, ORANGE, RED, note_figure
from fdan.study.claims import Effect

_COLOURS = {"reversed": RED, "negligible": GREY, "smaller than published": ORANGE, "inconclusive": GREY}
"""Of the verdicts; all others are blue."""


def draw(found: Sequence[Effect], margin: float) -> Figure:
    """Draw the differences of WAR with their intervals, a line each, and the published ones.

    Args:
        found: the contrasts, from above.
        margin: the band of differences that are too small to matter.
    """
    if not found:
        return note_figure("No contrast was run", "See the command's messages.")
    figure = Figure(figsize=(8.5, 1.5 + 0.62 * len(found)), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(-margin, margin, color="0.93", zorder=0)
    axes.axvline(0, color="black", linewidth=1)
    for place, effect in enumerate(found):
        colour = _COLOURS.get(effect.verdict, BLUE)
        axes.plot([effect.war.low, effect.war.high], [place, place], color=colour, linewidth=4, solid_capstyle="butt")
        axes.plot([effect.war.estimate], [place], "o", color=colour, markersize=10)
        if effect.contrast.published is not None:
            axes.plot([effect.contrast.published], [place], "D", markerfacecolor="white", color="black", markersize=9)
    axes.set_yticks(range(len(found)), [effect.contrast.claim for effect in found], fontsize=15)
    axes.tick_params(axis="x", labelsize=15)
    axes.invert_yaxis()
    axes.set_xlabel(
        f"difference of WAR in points, 95 % over actors\ndiamond: published; grey band: ±{margin:g} points", fontsize=15
    )
    return figure

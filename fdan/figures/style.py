"""How every figure looks and is saved: one palette, and bytes that depend on what is shown alone."""

from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

BLUE, ORANGE, RED, GREEN, PURPLE, SKY, GREY = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "0.55"
"""Okabe and Ito's palette, which colour-blind readers can tell apart."""

_UNDATED: dict[str, dict[str, str | None]] = {".png": {"Software": None}, ".pdf": {"CreationDate": None}}


PAPER_DPI, PAGE_DPI = 200, 160
"""Pixels per inch of the paper's figures, and of those of a page."""


def note_figure(title: str, note: str) -> Figure:
    """A figure that says why there is nothing to draw."""
    figure = Figure(figsize=(5, 1.5), layout="constrained")
    figure.suptitle(title, fontsize=10)
    figure.text(0.5, 0.4, note, ha="center", va="center", fontsize=9, wrap=True)
    return figure


def save(figure: Figure, path: Path, dpi: int = PAPER_DPI) -> None:
    """Write a figure as ``.png`` for reading or ``.pdf`` for papers; its bytes depend on the figure alone."""
    with mpl.rc_context({"pdf.fonttype": 42}):  # TrueType: publishers refuse Type 3 fonts
        figure.savefig(path, dpi=dpi, metadata=_UNDATED[path.suffix])

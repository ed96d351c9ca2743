"""Tables 1 and 2 at a glance: every row's WAR here with its interval, and what the paper prints for it."""

from collections.abc import Collection, Iterable
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from fdan.figures.style import BLUE, GREEN, GREY, ORANGE, PAGE_DPI, PURPLE, save
from fdan.results.paper_tables import Row, Table
from fdan.results.rows import corpus_of

COLOURS = {"": "black", "faithful": BLUE, "partial": GREEN, "inspired": PURPLE}
"""Kind of a row -> its colour; the paper's own rows have none."""

UNRANKED = "0.6"
"""Colour of an undertrained row, whose dot is hollow."""

PAPER = {"marker": "D", "color": ORANGE, "markersize": 5, "markerfacecolor": "none", "linestyle": "none"}


def write_rows(tables: Iterable[Table], corpora: Collection[str], folder: Path) -> None:
    """Write ``<corpus>.png`` of each of these corpora's tables into a folder, which is made."""
    folder.mkdir()
    for table in tables:
        if (corpus := corpus_of(table)) in corpora:
            save(rows_figure(table), folder / f"{corpus}.png", PAGE_DPI)


def rows_figure(table: Table) -> Figure:
    """WAR of all rows of a table, in its order: ours as a dot with its 95 % interval, the paper's as a diamond.

    A grey band is FDAN's interval. A row that was not run says so in its place, and so does an undertrained one.
    """
    rows = table.rows
    first = rows[0]
    figure = Figure(figsize=(7.6, 1.5 + 0.34 * len(rows)), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        _draw(axes, place, row)
    words = {row.found.words for row in rows} - {None}
    for war in words:
        axes.axvline(war, color=GREY, linestyle=":", linewidth=1.2)  # type: ignore[arg-type]
    axes.set_yticks(range(len(rows)), [_name(row) for row in rows])
    for label, row in zip(axes.get_yticklabels(), rows, strict=True):
        label.set(fontsize=8, color=_colour(row), linespacing=1.1)
    axes.set(xlim=(0, 100), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xlabel("WAR, %", fontsize=9)
    axes.tick_params(axis="x", labelsize=8)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)
    synthetic = f"Synthetic demo, not {first.corpus}; the paper's values are of the real corpus.\n" * first.synthetic
    axes.set_title(
        f"{synthetic}Table {table.number}: all rows on one split; grey: FDAN's interval", fontsize=9, loc="left"
    )
    handles = [
        Line2D([], [], color="black", marker="o", markersize=5, linewidth=1.4, label="here, with its 95 % interval"),
        Line2D([], [], **PAPER, label="printed in the paper († quoted, other splits)"),  # type: ignore[arg-type]
    ]
    if words:
        handles.append(Line2D([], [], color=GREY, linestyle=":", linewidth=1.2, label="n-grams, here"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8, frameon=False)
    return figure


def _name(row: Row) -> str:
    words = ", ".join(filter(None, [row.kind, "undertrained" * row.found.undertrained]))
    return f"{row.label}\n{words}" if words else row.label


def _colour(row: Row) -> str:
    return UNRANKED if row.found.undertrained else COLOURS[row.kind]


def _draw(axes: Axes, place: int, row: Row) -> None:
    cell, found, colour = row.cells["WAR"], row.found, _colour(row)
    if cell.mean is None:
        axes.text(1, place, found.missing or "not run", va="center", fontsize=8, color="0.4", style="italic")
    else:
        if found.interval is not None:
            axes.plot([found.interval.low, found.interval.high], [place, place], color=colour, linewidth=1.4)
            if row.name == "FDAN":
                axes.axvspan(found.interval.low, found.interval.high, color="black", alpha=0.07, linewidth=0)
        inside = "none" if found.undertrained else colour
        axes.plot(cell.mean, place, "o", color=colour, markersize=5, markerfacecolor=inside)
    if cell.paper is not None:
        axes.plot(cell.paper, place, **PAPER)  # type: ignore[arg-type]

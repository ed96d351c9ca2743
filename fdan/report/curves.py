"""Training curves as lines of an SVG: each network's losses by epoch, and the test WAR that was watched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from pathlib import Path
from statistics import fmean

from fdan.data.histories import Epoch, read_history
from fdan.results.printing import number
from fdan.results.runs import PAPER, RunName, find_histories, label

WIDTH, HEIGHT = 340, 210
"""Of a panel; its lines lie in the frame below."""

LEFT, RIGHT, TOP, BOTTOM = 46, 330, 12, 178

POINTS = 150
"""Of a line at most: more of them no screen shows."""

VARIANTS = ("fdan", "fdan1", "fdan2")


@dataclass(frozen=True)
class Line:
    """The mean over seeds of one network, and the band from the least to the most of them, as SVG paths."""

    name: str
    style: str
    path: str
    band: str


@dataclass(frozen=True)
class Panel:
    """One quantity by epoch; ticks are places in the frame and their text."""

    title: str
    lines: tuple[Line, ...]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class _Quantity:
    title: str
    of: Callable[[Epoch], float | None]
    logarithmic: bool


_QUANTITIES = (
    _Quantity("Cross-entropy, acoustic", lambda epoch: epoch.ce_acoustic, True),
    _Quantity("Cross-entropy, visual", lambda epoch: epoch.ce_visual, True),
    _Quantity("LMMD, not weighted", lambda epoch: epoch.lmmd, False),
    _Quantity("Test WAR, %, watched and never chosen by", lambda epoch: epoch.test_war, False),
)


def read_panels(folder: Path, corpus: str) -> tuple[Panel, ...]:
    """The panels of a corpus from the histories of its runs under the paper's protocol; none where it has none.

    Raises:
        CorpusError: a history is broken.
    """
    runs = find_histories(folder, [corpus])
    there = {name: runs[run] for name in VARIANTS if (run := RunName(PAPER, corpus, name)) in runs}
    histories = {name: [read_history(path) for path in paths] for name, paths in there.items()}
    return tuple(panel for quantity in _QUANTITIES if (panel := _panel(quantity, histories)))


Band = list[tuple[int, float, float, float]]
"""Epoch, mean, least and most over seeds."""


def _panel(quantity: _Quantity, histories: dict[str, list[list[Epoch]]]) -> Panel | None:
    bands = {name: band for name, seeds in histories.items() if (band := over_seeds(seeds, quantity.of))}
    values = [value for band in bands.values() for _, *three in band for value in three]
    if not values:
        return None
    logarithmic = quantity.logarithmic and min(values) > 0
    last = max(epoch for band in bands.values() for epoch, *_ in band)
    ticks = decades(min(values), max(values)) if logarithmic else steps(min(values), max(values))
    scale: Callable[[float], float] = log10 if logarithmic else float
    least, most = scale(ticks[0]), scale(ticks[-1])

    def x(epoch: int) -> float:
        return round(LEFT + (RIGHT - LEFT) * epoch / last, 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (scale(value) - least) / (most - least), 1)

    lines = []
    for name, band in bands.items():
        upper = [f"{x(epoch):g},{y(high):g}" for epoch, _, _, high in band]
        lower = [f"{x(epoch):g},{y(low):g}" for epoch, _, low, _ in reversed(band)]
        path = "M" + "L".join(f"{x(epoch):g},{y(mean):g}" for epoch, mean, *_ in band)
        seeds = len(histories[name])
        lines.append(Line(label(RunName(PAPER, "", name)), name, path, f"M{'L'.join(upper + lower)}Z" * (seeds > 1)))
    across = [round(tick) for tick in steps(0.0, float(last)) if tick <= last and tick == round(tick)]
    printed = (f"{tick:g}" if logarithmic else number(tick, digits=_digits(ticks)) for tick in ticks)
    return Panel(
        f"{quantity.title}{', logarithmic' * logarithmic}",
        tuple(lines),
        tuple((x(tick), str(tick)) for tick in across),
        tuple((y(tick), text) for tick, text in zip(ticks, printed, strict=True)),
    )


def over_seeds(seeds: Sequence[Sequence[Epoch]], of: Callable[[Epoch], float | None]) -> Band:
    """A quantity where every seed has measured it, at `POINTS` epochs at most; the last is always among them."""
    band: Band = []
    for place, epochs in enumerate(zip(*seeds, strict=False), start=1):
        values = [value for epoch in epochs if (value := of(epoch)) is not None]
        if len(values) == len(seeds):
            band.append((place, fmean(values), min(values), max(values)))
    every = ceil(len(band) / POINTS) or 1
    return band[::-1][::every][::-1]


def steps(least: float, most: float) -> list[float]:
    """Four to seven round numbers that enclose a range."""
    width = (most - least) or abs(most) or 1.0
    power = 10.0 ** floor(log10(width / 4))
    step = next(power * factor for factor in (1, 2, 5, 10) if width / (power * factor) <= 5)
    first, last = floor(least / step + 1e-9), ceil(most / step - 1e-9)
    return [step * place for place in range(first, max(last, first + 1) + 1)]


def decades(least: float, most: float) -> list[float]:
    """Powers of ten that enclose a positive range, every second or third of them where they are many."""
    first, last = floor(log10(least)), ceil(log10(most))
    last = max(last, first + 1)
    every = ceil((last - first) / 5)
    return [10.0**power for power in range(last - every * ceil((last - first) / every), last + 1, every)]


def _digits(ticks: Sequence[float]) -> int:
    step = ticks[1] - ticks[0]
    return max(0, -floor(log10(step) + 1e-9))

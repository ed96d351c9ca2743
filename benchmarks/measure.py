"""What every figure shares: a row of the table, and time measured side by side."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread

import numpy as np
import psutil
import torch


@dataclass(frozen=True)
class Row:
    """One line of the table and of ``build/bench.json``.

    Attributes:
        name: what is measured, and against what.
        value: in `unit`.
        unit: of `value` and `reference`.
        reference: what it is held against, measured in the same run; None where there is nothing.
        ratio: of the two, turned so that more is better; None without a reference.
        target: in words; empty where there is none.
        met: whether the target is; None without one.
    """

    name: str
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None


def at_most(name: str, value: float, unit: str, limit: float, reference: float | None = None) -> Row:
    """A row whose value must not exceed a limit; `reference` is the least it could be."""
    ratio = None if reference is None else reference / value
    return Row(name, value, unit, reference, ratio, f"<= {limit:g} {unit}".rstrip(), value <= limit)


def faster(name: str, seconds: float, reference: float, times: float | None = None) -> Row:
    """A row in milliseconds, which must be so many times faster than the reference."""
    ratio = reference / seconds
    target, met = ("", None) if times is None else (f">= {times:g} x", ratio >= times)
    return Row(name, 1e3 * seconds, "ms", 1e3 * reference, ratio, target, met)


def best(
    functions: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Seconds each function takes: the best of several rounds, in which they take turns.

    By default CPU seconds of this process, whose tensors are computed on one thread: the wall clock of a machine
    at rest. On a shared machine the wall clock would measure the others. Short functions are repeated
    within a round, for at least 20 ms.
    """
    repeats = dict.fromkeys(functions, 1)
    for name, function in functions.items():  # this also warms up
        start = clock()
        function()
        if clock() - start < 0.1:
            start = clock()
            function()
            repeats[name] = max(1, math.ceil(0.02 / max(clock() - start, 1e-6)))
    seconds = dict.fromkeys(functions, math.inf)
    for _ in range(rounds):
        for name, function in functions.items():
            start = clock()
            for _ in range(repeats[name]):
                function()
            seconds[name] = min(seconds[name], (clock() - start) / repeats[name])
    return seconds


def matrix_products(tiny: bool) -> dict[str, tuple[float, Callable[[], object]]]:
    """Square matrix products: name -> (FLOPs, function). The fastest of them is the matrix peak of this process.

    Torch's and NumPy's, which under the pins are the faster. Sizes end where one takes more than 0.2 s.
    """
    products: dict[str, tuple[float, Callable[[], object]]] = {}
    for n in (64,) if tiny else (512, 1024, 2048, 4096):
        a, b = torch.rand(n, n), torch.rand(n, n)
        start = time.process_time()
        a @ b
        took = time.process_time() - start
        products[f"torch {n}"] = (2.0 * n**3, partial(torch.matmul, a, b))
        products[f"numpy {n}"] = (2.0 * n**3, partial(np.matmul, a.numpy(), b.numpy()))
        if took > 0.2:
            break
    return products


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """The p of ``seconds ~ size^p``, by least squares on logarithms."""
    x, y = [math.log(s) for s in sizes], [math.log(s) for s in seconds]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def peak_memory(function: Callable[[], object]) -> int:
    """Bytes this process holds at most while it runs `function`, looked at every few milliseconds."""
    process, done = psutil.Process(), Event()
    peak: int = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.005):
            peak = max(peak, process.memory_info().rss)

    thread = Thread(target=watch)
    thread.start()
    try:
        function()
    finally:
        done.set()
        thread.join()
    return peak

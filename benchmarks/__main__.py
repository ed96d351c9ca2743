"""``python -m benchmarks``: measure every figure, print one table, write ``build/bench.json``.

Pinned, one thread a library, as the stages compute; ``FDAN_PINS=off`` measures without.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from tabulate import tabulate
from tqdm import tqdm

from benchmarks import features, losses, pins, pipeline, scale, training
from benchmarks.measure import Row
from fdan.errors import UnusableError
from fdan.runtime.outputs import free_place, new_file

OUT = Path("build/bench.json")

FIGURES: dict[str, Callable[[bool], list[Row]]] = {
    "network": features.network,
    "end-to-end": features.end_to_end,
    "extraction": features.growth,
    "pins": pins.against_none,
    "training": training.side_by_side,
    "sampled-gradients": training.sampled_gradients,
    "watching": training.watching,
    "lmmd": losses.against_deepda,
    "lmmd-growth": losses.growth,
    "attention-growth": scale.attention_growth,
    "bank": scale.bank,
    "tsne": scale.tsne,
    "start": pipeline.start,
    "nothing-to-do": pipeline.nothing_to_do,
    "ablation": pipeline.ablation,
}
"""Each figure measures itself and gives its rows; with True it only runs through, in a moment."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the figures asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"of {', '.join(FIGURES)}; by default all")
    parser.add_argument("--tiny", action="store_true", help="only run through the code: the numbers mean nothing")
    parser.add_argument("--out", type=Path, default=OUT, metavar="FILE", help=f"a new file; by default {OUT}")
    args = parser.parse_args(arguments)
    if unknown := set(args.figures) - set(FIGURES):
        parser.error(f"unknown figure {', '.join(sorted(unknown))}; expected {', '.join(FIGURES)}")
    try:
        free_place(args.out, overwrite=args.out == OUT)
    except UnusableError as error:
        parser.error(f"--out {error}")
    torch.set_num_threads(1)
    rows: list[Row] = []
    for name in (bar := tqdm(args.figures or list(FIGURES), leave=False, disable=None)):
        bar.set_description(name)
        rows += FIGURES[name](args.tiny)
    print(table(rows))
    with new_file(args.out, overwrite=args.out == OUT) as path:
        path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    if missed := [row.name for row in rows if row.met is False]:
        print(f"missed: {'; '.join(missed)}", file=sys.stderr)


def table(rows: Sequence[Row]) -> str:
    """The rows as text, in columns."""
    met = {True: "yes", False: "NO", None: ""}
    cells = [
        (r.name, _number(r.value), r.unit, _number(r.reference), _number(r.ratio), r.target, met[r.met]) for r in rows
    ]
    columns = ("figure", "value", "unit", "reference", "ratio", "target", "met")
    sides = ("left", "right", "left", "right", "right", "left", "left")
    text: str = tabulate(cells, columns, tablefmt="plain", disable_numparse=True, colalign=sides)
    return text


def _number(value: float | None) -> str:
    """Three significant digits, never in powers of ten."""
    if value is None:
        return ""
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 6)}f}"


if __name__ == "__main__":
    main()

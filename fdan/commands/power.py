"""Simulate how often each of the paper's effects would be called replicated, and print the table as csv.

The committed fdan/audit/power.csv is this command's output; it takes minutes of one core. The seeds are fixed, so that
the same NumPy prints the same table again.

Example:
  fdan power > power.csv
"""

import argparse
import csv
import sys
from dataclasses import astuple, fields

from fdan.audit.paper_effects import own_effects
from fdan.audit.power import RUNS, TESTED, Cell, simulate
from fdan.errors import UnusableError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument(
        "--runs", type=int, default=RUNS, metavar="N", help=f"simulate N measurements in each cell (default: {RUNS})"
    )


def run(options: argparse.Namespace) -> int:
    """Print a line for each effect and size; return 0.

    Raises:
        UnusableError: there is nothing to simulate.
    """
    if options.runs < 1:
        raise UnusableError(f"--runs: found {options.runs}; expected 1 or more")
    effects = [
        (row.corpus, row.row, better.war, worse.war, TESTED[row.corpus])
        for row, better, worse in own_effects()
        if better.war is not None and worse.war is not None
    ]
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(field.name for field in fields(Cell))
    for cell in simulate(effects, options.runs):
        writer.writerow(f"{value:.4g}" if isinstance(value, float) else value for value in astuple(cell))
        sys.stdout.flush()
    return 0

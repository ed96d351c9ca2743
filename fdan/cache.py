"""What is remembered of earlier runs: sizes, and removing what was not used for a while.

Example:
  fdan cache --prune 30

Every entry is named by all that it depends on, so removing one costs time and nothing else.
"""

import argparse
import time
from pathlib import Path

from fdan.extraction.cache import FOLDER


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The age from which entries go."""
    parser.add_argument("--prune", type=int, metavar="DAYS", help="remove what was neither written nor read since")


def run(options: argparse.Namespace) -> int:
    """Print a line per kind of entry, after removing what is to go."""
    kinds = sorted(path for path in FOLDER.glob("*") if path.is_dir())
    for kind in kinds:
        entries = [path for path in kind.glob("*/*") if path.is_file()]
        old = [path for path in entries if options.prune is not None and _days(path) >= options.prune]
        size = sum(path.stat().st_size for path in entries) / 1e6
        freed = sum(path.stat().st_size for path in old) / 1e6
        for path in old:
            path.unlink(missing_ok=True)
        removed = f"; removed {len(old)} of {freed:.1f} MB" if options.prune is not None else ""
        print(f"{kind.name}: {len(entries)} entries, {size:.1f} MB{removed}")
    if not kinds:
        print(f"{FOLDER}: nothing is remembered here")
    return 0


def _days(path: Path) -> float:
    """Days since an entry was written, or read: reading touches it."""
    return (time.time() - path.stat().st_mtime) / 86_400

"""What is remembered of earlier runs: sizes, and removing what was not used for a while.

Example:
  fdan cache --prune 30

Every entry is named by all that it depends on, so removing one costs time and nothing else. Only entries are counted
and removed, never other files below .cache. --prune 0 removes all entries; any --prune removes those of kinds that only
former versions had.
"""

import argparse
import math
import re
import time
from pathlib import Path

import psutil

from fdan.errors import UnusableError
from fdan.runtime.cache import FOLDER

KINDS = frozenset(
    {
        "cnn", "faces", "features", "finetune", "inputs", "mels", "methods", "networks", "no_faces", "predict",
        "probe", "ranges", "released", "resume", "sounds", "speech", "text",
    }
)  # fmt: skip
"""What today's code remembers. Entries of another kind are a former version's."""

_NAME, _FIRST_LINE = re.compile("[0-9a-f]{2}/[0-9a-f]{62}"), re.compile(rb"[0-9a-f]{64}\n")

_HALF = re.compile(r"[0-9a-f]{2}/\.[0-9a-f]{62}\.(\d+)\.tmp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The age from which entries go."""
    parser.add_argument("--prune", type=float, metavar="DAYS", help="remove what was neither written nor read since")


def run(options: argparse.Namespace) -> int:
    """Print a line per kind of entry, after removing what is to go.

    Raises:
        UnusableError: a number of days that is none, or below 0.
    """
    if options.prune is not None and not (math.isfinite(options.prune) and options.prune >= 0):
        raise UnusableError(f"--prune {options.prune:g}: expected a number of days, 0 or more; nothing was removed")
    found = {kind: [path for path in kind.glob("*/*") if _is_entry(path)] for kind in sorted(FOLDER.glob("*"))}
    kinds = {kind: entries for kind, entries in found.items() if entries}
    for kind, entries in kinds.items():
        former = kind.name not in KINDS
        old = [path for path in entries if options.prune is not None and (former or _days(path) >= options.prune)]
        size = sum(path.stat().st_size for path in entries) / 1e6
        freed = sum(path.stat().st_size for path in old) / 1e6
        for path in old:
            path.unlink(missing_ok=True)
        removed = f"; removed {len(old)} of {freed:.1f} MB" if options.prune is not None else ""
        unread = ", of a former version and never read again (--prune 30 removes them)" if former else ""
        print(f"{kind.name}: {len(entries)} entries, {size:.1f} MB{unread}{removed}")
    if not kinds:
        print(f"{FOLDER}: nothing is remembered here")
    return 0


def _is_entry(path: Path) -> bool:
    """Whether a file is one that `Cache.write` made, by its name and first line: others' caches may lie beside ours.

    So is what a process that is no more has left half written, by its name.
    """
    if (half := _HALF.fullmatch(f"{path.parent.name}/{path.name}")) and not psutil.pid_exists(int(half[1])):
        return path.is_file() and not path.is_symlink()
    if not _NAME.fullmatch(f"{path.parent.name}/{path.name}") or path.is_symlink() or not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return bool(_FIRST_LINE.fullmatch(file.read(65)))
    except OSError:
        return False


def _days(path: Path) -> float:
    """Days since an entry was written, or read: reading touches it."""
    return (time.time() - path.stat().st_mtime) / 86_400

"""Whether reports/ and dvc.lock here are what is committed, what another revision has, or what lies in a folder.

Example:
  fdan verify              # against HEAD
  fdan verify v1.0         # against another revision
  fdan verify ../theirs    # against another's folder

Exit codes: 0 the same, 1 something differs, 2 it is not decidable: nothing was made here yet, there is no such revision
or folder, or a report cannot be read
"""

import argparse
import csv
import json
import math
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from yaml import YAMLError

from fdan.errors import UnusableError
from fdan.runtime import yaml12
from fdan.runtime.provenance import made_unpinned

REPORTS = Path("reports")
LOCK = Path("dvc.lock")

Theirs = Callable[[str], bytes | None]
"""From a path to its bytes on the other side; None where there is no such file."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to compare with."""
    parser.add_argument("other", nargs="?", default="HEAD", metavar="REV|FOLDER", help="HEAD if none is named")


def run(options: argparse.Namespace) -> int:
    """Print a line per file that differs, and the verdict.

    Raises:
        UnusableError: nothing was made here, there is no such revision or folder, or a report cannot be read.
    """
    if not Path("runs").is_dir() or not REPORTS.is_dir():
        raise UnusableError("no runs/ here, so nothing to verify; make it with: make repro")
    names, theirs = _other(options.other)
    ours = {p.as_posix() for p in REPORTS.rglob("*") if p.is_file() and "local" not in p.parts and p.name[0] != "."}
    same = 0
    different = []
    for name in sorted(ours | names):
        here, there = Path(name).read_bytes() if name in ours else None, theirs(name)
        if here == there:
            same += 1
        else:
            different.append(f"{name}: {_difference(name, here, there, options.other)}")
    different += _lock(LOCK.read_bytes() if LOCK.is_file() else None, theirs(LOCK.as_posix()))
    for line in [*made_unpinned(), *different]:
        print(line)
    verdict = "the same" if not different else f"different in {len(different)}"
    print(f"verify: {same} files as in {options.other}; {verdict}")
    return int(bool(different))


def _other(name: str) -> tuple[set[str], Theirs]:
    """The report files of a folder or a revision, and how to read one."""
    folder = Path(name)
    if folder.is_dir():
        found = {p.relative_to(folder).as_posix() for p in (folder / REPORTS).rglob("*") if p.is_file()}
        return {
            n for n in found if "/local/" not in n
        }, lambda n: (folder / n).read_bytes() if (folder / n).is_file() else None
    listed = _git("ls-tree", "-r", "--name-only", name, "--", REPORTS.as_posix())
    if listed is None:
        raise UnusableError(f"{name}: neither a folder nor a revision that git knows here")
    return set(listed.decode().splitlines()), lambda n: _git("show", f"{name}:{n}")


def _git(*arguments: str) -> bytes | None:
    try:
        result = subprocess.run(["git", *arguments], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout


def _difference(name: str, here: bytes | None, there: bytes | None, other: str) -> str:
    """In words; for numbers the largest difference, and where."""
    if here is None or there is None:
        return "only there" if here is None else "only here"
    suffix = Path(name).suffix
    if suffix not in {".csv", ".json"}:
        return "other bytes"
    ours, theirs = _read(here, suffix, f"{name} here"), _read(there, suffix, f"{name} of {other}")
    if suffix == ".csv" and len(ours) != len(theirs):
        return f"{len(ours)} and {len(theirs)} lines"
    pairs = list(_leaves(ours, theirs))
    numbers = [(abs(_number(a) - _number(b)), place) for place, a, b in pairs if a != b and _both_numbers(a, b)]
    if not numbers:
        return "other words"
    largest, place = max(numbers)
    return f"{len(numbers)} numbers, the largest difference {largest:.6g} at {place}"


def _read(data: bytes, suffix: str, what: str) -> Any:
    """The values of a report; `what` names it where it is broken."""
    try:
        return json.loads(data) if suffix == ".json" else list(csv.reader(data.decode().splitlines()))
    except (ValueError, csv.Error) as error:
        raise UnusableError(f"{what}: expected {suffix[1:]} ({error}); `dvc repro` makes reports anew") from None


def _leaves(a: Any, b: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Values that stand at the same place on both sides."""
    if isinstance(a, dict) and isinstance(b, dict):
        for key in a.keys() & b.keys():
            yield from _leaves(a[key], b[key], f"{place}.{key}".lstrip("."))
    elif isinstance(a, list) and isinstance(b, list):
        for i, (x, y) in enumerate(zip(a, b, strict=False), start=1):
            yield from _leaves(x, y, f"{place}[{i}]")
    else:
        yield place, a, b


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _both_numbers(a: Any, b: Any) -> bool:
    return math.isfinite(_number(a)) and math.isfinite(_number(b))


def _lock(here: bytes | None, there: bytes | None) -> list[str]:
    """One line for each stage whose inputs, code or outputs differ; DVC writes the stages in the order of the run."""
    try:
        stages = [yaml12.parse((side or b"stages: {}").decode())["stages"] for side in (here, there)]
    except (YAMLError, UnicodeDecodeError, KeyError, TypeError):
        return [f"{LOCK}: not a lock of DVC's; dvc repro makes it anew"]
    found = []
    for name in sorted(stages[0].keys() | stages[1].keys()):
        ours, theirs = stages[0].get(name), stages[1].get(name)
        if ours != theirs:
            parts = [
                part for part in ("cmd", "deps", "params", "outs") if (ours or {}).get(part) != (theirs or {}).get(part)
            ]
            found.append(f"{LOCK}: {name}: other {', '.join(parts)}")
    return found

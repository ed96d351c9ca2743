"""What ran is what is recorded: DVC reads a stage's code, params and inputs after its command ended.

So a stage whose files changed while it ran must leave no output: DVC would take an old result for a new one.
Files are compared by size and time, and not read again.
"""

import os
import sys
from pathlib import Path
from typing import Any

from fdan.errors import FdanError
from fdan.runtime.params import PARAMS_FILE, changed_sections

_CODE = ("fdan", "stages")
_seen: dict[Path, tuple[int, int]] = {}


def watch() -> None:
    """From now on remember every file of the project that this process reads, and the code as it lies there."""
    for room in _CODE:
        for file in Path(room).rglob("*.py"):
            note_input(file)
    root = os.getcwd() + os.sep

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or not isinstance(arguments[0], str) or arguments[2] & (os.O_WRONLY | os.O_RDWR):
            return
        path = os.path.abspath(arguments[0])
        if path.startswith(root):
            place = Path(path[len(root) :])
            # Params are compared by section; what begins with a dot is remembered, or in the making. A folder is
            # opened to be listed, or to be removed: an output of an earlier run.
            hidden = any(p.startswith(".") or p == "__pycache__" for p in place.parts)
            if place != PARAMS_FILE and not hidden and not place.is_dir():
                note_input(place)

    sys.addaudithook(hook)


def note_input(path: Path) -> None:
    """Remember a file, or all that lies below a folder, as it is now; what is remembered already stays so."""
    for file in [path] if not path.is_dir() else path.rglob("*"):
        if file.is_file():
            _seen.setdefault(file, _look(file))


def refuse_changes() -> None:
    """Raise `FdanError` if a file that was read, or a param, is not what it was."""
    changed = [f"{file}" for file, before in sorted(_seen.items()) if _used(file) and _look(file) != before]
    changed += [f"params.yaml: {section}" for section in changed_sections()] if _seen else []
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise FdanError(f"{', '.join(changed[:3])}{more}: changed while the stage ran; no output is kept, run it again")


def _look(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return -1, -1
    return found.st_size, found.st_mtime_ns


def _used(file: Path) -> bool:
    """Whether a file is an input, or code that is loaded: another room may change while a stage runs."""
    if file.parts[0] not in _CODE or file.suffix != ".py":
        return True
    return ".".join(file.with_suffix("").parts) in sys.modules

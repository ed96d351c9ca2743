"""What nobody foresaw: one line for the user, and its trace in a log."""

import platform
import shlex
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from types import TracebackType

LOGS = Path("build/logs")
"""Of the project; git ignores them."""


def log_unforeseen(name: str, error: BaseException) -> str:
    """Write the trace of an error into a log, and say so in one line.

    Where no log can be written, the trace goes to stderr, after a line that says why it stands there.

    Args:
        name: of the log, such as the stage's or the command's.
        error: that nobody foresaw: no `FdanError`, which is a message already.
    """
    trace = "".join(traceback.format_exception(error))
    about = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}, Python {platform.python_version()}, {sys.platform}"
    text = f"{about}\n{shlex.join(sys.orig_argv)}\n\n{trace}"
    try:
        file = _place() / f"{name}.log"
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as refusal:
        why = f"no log can be written ({refusal.strerror or type(refusal).__name__}), so this is its trace"
        _print_once(f"{name}: unforeseen {in_short(error)}; {why}:\n{trace}")
        return f"unforeseen {in_short(error)}; its trace stands above"
    return f"unforeseen {in_short(error)}; its trace is in {file}"


@cache
def _print_once(text: str) -> None:
    """A worker may meet the same at every clip."""
    print(text, file=sys.stderr)


def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """The ``sys.excepthook`` of a stage, for what ends it before it runs: a package that is not installed, perhaps."""
    if not issubclass(kind, KeyboardInterrupt):
        name = f"stages.{Path(sys.argv[0]).stem}"
        print(f"{name}: error: {log_unforeseen(name, error)}", file=sys.stderr)


def in_short(error: BaseException) -> str:
    """An error's kind and the first line of its message."""
    first = (str(error).strip().splitlines() or [""])[0][:200]
    return f"{type(error).__name__} ({first})" if first else type(error).__name__


def _place() -> Path:
    """``build/logs`` of the project; a temporary folder for commands elsewhere, or where that cannot be written."""
    if Path("params.yaml").is_file():
        with suppress(OSError):
            LOGS.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=LOGS):
                return LOGS
    return Path(tempfile.mkdtemp(prefix="fdan-"))

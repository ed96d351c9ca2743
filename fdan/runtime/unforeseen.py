"""What nobody foresaw: one line for the user, and its trace in a log."""

import platform
import shlex
import sys
import tempfile
import traceback
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

LOGS = Path("build/logs")
"""Of the project; git ignores them."""


def log_unforeseen(name: str, error: BaseException) -> str:
    """Write the trace of an error into a log, and say so in one line; the trace itself where nothing can be written.

    Args:
        name: of the log, such as the stage's or the command's.
        error: that nobody foresaw: no `FdanError`, which is a message already.
    """
    trace = "".join(traceback.format_exception(error))
    about = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}, Python {platform.python_version()}, {sys.platform}"
    text = f"{about}\n{shlex.join(sys.orig_argv)}\n\n{trace}"
    with suppress(OSError):
        file = _place() / f"{name}.log"
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
        return f"unforeseen {in_short(error)}; its trace is in {file}"
    return trace


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

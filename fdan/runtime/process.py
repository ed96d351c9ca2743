"""How a stage lives and ends: whole outputs or none, errors in one line, no orphans, single-threaded workers."""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import psutil

from fdan.errors import FdanError, UnusableError
from fdan.numerics.semaphores import has_semaphores
from fdan.runtime.crash_log import log_unforeseen
from fdan.runtime.import_path import safe_path
from fdan.runtime.input_guard import refuse_changes, watch
from fdan.runtime.params import PARAMS_FILE, refuse_old_keys
from fdan.runtime.parent_death import die_with_parent

T = TypeVar("T")

R = TypeVar("R")

BROKEN_OFF = 130
"""Exit code after Ctrl-C, as a shell has it."""


def run() -> None:
    """Run ``main`` of the stage that was started; whatever ends it is one line, Ctrl-C none.

    A mistake in params, corpus or media says what to do; a mistake of ours, where its trace lies.
    """
    die_with_parent()
    watch()
    # By its importable name: worker processes find a stage's functions there, not in ``__main__``.
    spec = sys.modules["__main__"].__spec__
    assert spec is not None, "a stage is started by python -m"
    try:
        if PARAMS_FILE.is_file():
            refuse_old_keys()
        import_module(spec.name).main()
    except UnusableError as error:
        print(f"{spec.name}: error: {error}", file=sys.stderr)
        sys.exit(2)
    except (FdanError, OSError) as error:
        sys.exit(f"{spec.name}: error: {error}")
    except KeyboardInterrupt:
        sys.exit(BROKEN_OFF)
    except Exception as error:
        sys.exit(f"{spec.name}: error: {log_unforeseen(spec.name, error)}")


def pool(function: Callable[[T], R], items: Sequence[T], title: str) -> Iterator[R]:
    """Map over items in one single-threaded process per core; results come in order, with a progress bar.

    For work on this machine that trusts its input; files of other people go through `fdan.runtime.jobs`.
    One thread each: the last bits of many operations depend on the number of threads.
    """
    import joblib  # a stage without a pool starts sooner
    from tqdm import tqdm

    how = {"backend": "loky", "n_jobs": -1, "inner_max_num_threads": 1} if has_semaphores() else {"n_jobs": 1}
    with safe_path(), joblib.parallel_config(**how):
        results = joblib.Parallel(return_as="generator")(joblib.delayed(_work)(function, item) for item in items)
        yield from tqdm(results, title, total=len(items), unit="", mininterval=1, leave=False, disable=None)


def report(notes: Sequence[str], everything: str = "") -> None:
    """Name what was left out or is damaged on stderr: all of it, or fifty and the file that lists everything."""
    shown = 50 if everything else len(notes)
    for note in notes[:shown]:
        print(f"  {note}", file=sys.stderr)
    if len(notes) > shown:
        print(f"  and {len(notes) - shown} more: see {everything}", file=sys.stderr)


def _work(function: Callable[[T], R], item: T) -> R:
    die_with_parent()
    return function(item)


@contextmanager
def output(path: Path) -> Iterator[Path]:
    """A temporary name beside `path`, for a file or a folder; it takes its place on success only.

    For outputs of stages, below data, runs and reports: whatever lies at `path` is removed. What a user names goes
    through `fdan.runtime.outputs`. The name holds this process' number, so that no other writes to it; what processes
    that are no more have left is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ours = re.compile(rf"\.{re.escape(path.name)}\.(\d+)\.tmp{re.escape(path.suffix)}")
    for left in path.parent.iterdir():
        if (name := ours.fullmatch(left.name)) and not psutil.pid_exists(int(name[1])):
            _remove(left)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp{path.suffix}")
    _remove(temporary)
    try:
        yield temporary
        refuse_changes()
        _remove(path)
        temporary.rename(path)
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

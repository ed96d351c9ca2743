"""No process goes on without the one that started it."""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import PurePath

import psutil

_PR_SET_PDEATHSIG = 1

_SIGKILL = 9  # a name that Windows does not have


def ask_for_death() -> None:
    """Let Linux end this process with its parent; it holds for whatever program this process becomes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL)


@cache
def die_with_parent() -> None:
    """End this process as soon as one of those that started it is gone: a stage, its shell, or dvc.

    Without this a killed ``dvc repro`` leaves its stage running, which then writes beside the
    stage of the restarted one. DVC starts a stage through the user's shell, and not every shell replaces
    itself by the command: so all processes up to dvc are watched, whatever they are called.
    """
    ask_for_death()
    watched = starters(psutil.Process().parents(), by_dvc="DVC_STAGE" in os.environ)
    if watched is None:
        _die()  # dvc was gone before it could be watched
    threading.Thread(target=_watch, args=(watched,), daemon=True).start()


def starters(ancestors: Sequence[psutil.Process], by_dvc: bool) -> list[psutil.Process] | None:
    """The processes without which this one must not go on; None if one of them is gone already.

    Args:
        ancestors: of this process, its parent first.
        by_dvc: whether dvc started it, or the stage that did.
    """
    if not by_dvc:
        return list(ancestors[:1])
    for number, process in enumerate(ancestors):
        if _is_dvc(process):
            return list(ancestors[: number + 1])
    # Of an installation where dvc goes by another name it is still a Python. Whoever lost its parent is given to
    # process 1, or to a session's manager, which is none.
    for number, process in enumerate(ancestors[:3]):
        if process.pid != 1 and _is_python(process):
            return list(ancestors[: number + 1])
    return None


def _is_dvc(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return any(PurePath(part).stem.lower() == "dvc" for part in process.cmdline())
    return False


def _is_python(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "python" in process.name().lower() or "pypy" in process.name().lower()
    return False


def _watch(processes: Sequence[psutil.Process]) -> None:
    with suppress(psutil.Error):  # it may vanish between the two questions
        while all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes):
            time.sleep(0.2)
    _die()


def _die() -> None:
    psutil.Process().kill()

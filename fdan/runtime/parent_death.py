"""No process goes on without the one that started it."""

import ctypes
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1

_SHELLS = {"sh", "bash", "dash", "zsh", "fish", "ksh", "busybox"}


@cache
def die_with_parent() -> None:
    """End this process as soon as the process that started it is gone.

    Without this a killed ``dvc repro`` leaves its stage running, which then writes beside the
    stage of the restarted one. DVC starts a stage through a shell, and not every shell replaces
    itself by the command: so a shell's own parent is watched as well.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    family = psutil.Process().parents()[:2]
    watched = family if family and family[0].name() in _SHELLS else family[:1]
    if "DVC_STAGE" in os.environ and not (watched and _is_starter(watched[-1])):
        os.kill(os.getpid(), signal.SIGKILL)  # dvc was gone before it could be watched: init is the parent now
    threading.Thread(target=_watch, args=(watched,), daemon=True).start()


def _is_starter(process: psutil.Process) -> bool:
    """Whether a process can be dvc, or a stage that started a worker; in a container init may be a shell."""
    if "dvc" in [Path(part).name for part in process.cmdline()]:
        return True
    return process.pid != 1 and "python" in str(process.name())


def _watch(processes: list[psutil.Process]) -> None:
    with suppress(psutil.Error):  # it may vanish between the two questions
        while all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes):
            time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)

"""Workers that are copies of this process: they have its libraries at once, which take four seconds to import."""

from fdan.numerics.pins import ONE_THREAD, device

import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from warnings import catch_warnings, filterwarnings

from fdan.runtime.parent_death import ask_for_death
from fdan.runtime.worker import serve


class Copy:
    """A copy of this process that runs `serve`, with the methods of `subprocess.Popen` that a supervisor calls."""

    def __init__(self, connection: Connection) -> None:
        self._process = _fork(_serve, connection)
        assert self._process.pid is not None, "it has started"
        self.pid = self._process.pid

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """End it."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            TimeoutExpired: it still runs after `timeout` seconds.
        """
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("fork", timeout or 0.0)
        return code


def can_fork() -> bool:
    """Whether a copy of this process can train a network; a copy tries it.

    It cannot where a library keeps threads (OpenMP's, or those that torch's autograd starts for each GPU it sees).
    """
    if sys.platform != "linux" or device() != "cpu" or any(os.environ.get(name) != "1" for name in ONE_THREAD):
        return False
    if "torch" not in sys.modules:
        return True
    probe = _fork(_try_autograd)
    probe.join()
    return probe.exitcode == 0


def _fork(function: Callable[..., None], *arguments: Connection) -> ForkProcess:
    """Call a function in a copy of this process."""
    copy = get_context("fork").Process(target=function, args=arguments, daemon=True)
    with catch_warnings():
        # Python warns of other threads, of which ours are asleep: the watch over the parent, a progress bar's.
        filterwarnings("ignore", ".*fork", DeprecationWarning)
        copy.start()
    return copy


def _try_autograd() -> None:
    import torch

    try:
        torch.zeros(1, requires_grad=True).sum().backward()
    except RuntimeError:
        os._exit(1)


def _serve(connection: Connection) -> None:
    ask_for_death()
    serve(connection)

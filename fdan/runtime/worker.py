"""A process of its own for work on files that may crash, hang or bloat whoever reads them, and its supervisor.

The supervisor (`supervise`, in a worker of loky or dask) hands items over one at a time. What an item costs at
most is its own result: the process is replaced, the next item is done by the new one.
"""

from fdan.numerics.pins import require_arithmetic  # a supervisor may be unpinned

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Protocol, runtime_checkable
from weakref import finalize

import psutil

from fdan.errors import FdanError
from fdan.runtime.crash_log import in_short, log_unforeseen
from fdan.runtime.import_path import import_path
from fdan.runtime.parent_death import die_with_parent

IDLE = 60.0
"""Seconds after which a process that is asked nothing ends: dask's workers outlive their stages."""

_LOOK = 0.05  # seconds from one look at a working process to the next


@dataclass(frozen=True)
class Limits:
    """What one item may take.

    Attributes:
        seconds: of wall clock.
        megabytes: of memory (resident set) of the process that works on it.
    """

    seconds: float
    megabytes: int


@dataclass(frozen=True)
class Failure:
    """There is no result, for this reason; the rest of a line that names the item."""

    reason: str


@dataclass(frozen=True)
class Work:
    """What is done to every item.

    Attributes:
        function: from an item to its result.
        prepare: called once in each process, before its first item and without limits: loads what
            the function needs.
        limits: of each item.
        arithmetic: of the process that gives the work; others refuse it.
    """

    function: Callable[[Any], Any]
    prepare: Callable[[], object]
    limits: Limits
    arithmetic: str


_workers = threading.local()  # one per thread of a worker: dask may run several


def supervise(work: bytes, item: bytes) -> Any:
    """The result for one item (both cloudpickled), or `Failure`.

    A process that dies gets a second chance with a fresh one, since it may have been the machine
    that killed it; one that takes too long or too much does not.

    Raises:
        FdanError: a process started here does not compute as `Work.arithmetic` says.
        Whatever `Work.prepare` raises.
    """
    for _ in range(2):
        worker: _Worker | None = getattr(_workers, "worker", None)
        if worker is None or worker.work != work or not worker.alive():
            if worker:
                worker.end()
            _workers.worker = worker = _Worker(work)
            worker.require_ready()
        result = worker.ask(item)
        if not isinstance(result, _Died):
            return result
    return Failure(f"the process that reads it {result.reason}")


class _Died(Failure):
    """The process is no more; the reason says how it ended."""


@runtime_checkable  # tests check types as they run
class Process(Protocol):
    """What a supervisor asks of a process: the methods of `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None:
        """Return the exit code; None while it runs."""

    def kill(self) -> None:
        """End it."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return the exit code.

        Raises:
            TimeoutExpired: it still runs after `timeout` seconds.
        """


def new_program(connection: Connection) -> Process:
    """Start this module as a program that serves at the connection."""
    if sys.platform == "win32":
        raise FdanError("clips are read in processes that Windows cannot start (no pass_fds); run this in WSL")
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "fdan.runtime.worker", str(connection.fileno())],
        pass_fds=[connection.fileno()],
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(import_path(sys.path, os.getcwd()))},
    )


def attend(
    work: bytes, items: Sequence[Any], processes: int, start: Callable[[Connection], Process] = new_program
) -> Iterator[tuple[int, Any]]:
    """Work on items that may take any time in several processes at once.

    A process that dies costs its own item alone, which gets a second chance after all the others: what killed it may
    have been a lack of memory. All processes end with this generator, however it ends.

    Args:
        work: cloudpickled `Work`; its limits do not count.
        items: each is pickled when its turn comes.
        processes: at once, at most.
        start: a process that serves at a connection.

    Yields:
        The place of an item and its result, or `Failure`, in the order in which they come.

    Raises:
        FdanError: a process does not compute as `Work.arithmetic` says.
        Whatever `Work.prepare` raises.
    """
    from cloudpickle import dumps

    waiting, tried_again = deque(range(len(items))), set[int]()
    free = [_Worker(work, start) for _ in range(min(processes, len(items)))]
    busy: dict[Connection, tuple[_Worker, int]] = {}
    try:
        for worker in free:  # all have started by now: they load their libraries side by side
            worker.require_ready()
        while waiting or busy:
            while waiting and len(busy) < processes:
                if not free:
                    free.append(_Worker(work, start))
                    free[0].require_ready()
                worker, place = free.pop(), waiting.popleft()
                busy[worker.connection] = worker, place
                worker.give(dumps(items[place]))
            for connection in wait(list(busy)):
                worker, place = busy.pop(connection)  # type: ignore[call-overload]
                result = worker.take()
                if not isinstance(result, _Died):
                    free.append(worker)
                elif place not in tried_again:
                    tried_again.add(place)
                    waiting.append(place)
                    continue
                yield place, Failure(f"its process {result.reason}") if isinstance(result, _Died) else result
    finally:
        for worker in (*free, *(worker for worker, _ in busy.values())):
            worker.end()


class _Worker:
    """The supervisor's side of one process."""

    def __init__(self, work: bytes, start: Callable[[Connection], Process] = new_program) -> None:
        self.work = work
        self._limits: Limits = pickle.loads(work).limits
        self.connection, theirs = Pipe()
        self._process = start(theirs)
        theirs.close()
        self.end = finalize(self, _end, self._process, self.connection)
        """Also where the thread that started it ends, or Python."""
        self.give(work)

    def require_ready(self) -> None:
        """Wait until it has loaded what it needs.

        Raises:
            ChildProcessError: it died instead.
            Exception: what it raised.
        """
        try:
            failure = pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            raise ChildProcessError(f"a worker {self._end_of_process()} before its first item") from None
        if failure is not None:
            self.end()
            raise failure

    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, item: bytes) -> Any:
        """The result for an item, within the limits."""
        deadline = time.monotonic() + self._limits.seconds
        self.give(item)
        with suppress(OSError):
            while not self.connection.poll(_LOOK):
                if time.monotonic() > deadline:
                    return self._give_up(f"takes more than {self._limits.seconds:g} s")
                if self._megabytes() > self._limits.megabytes:
                    return self._give_up(f"takes more than {self._limits.megabytes} MB of memory")
        return self.take()

    def give(self, message: bytes) -> None:
        """Send the work, or an item; where the process is dead, what is read next says so."""
        with suppress(OSError):
            self.connection.send_bytes(message)

    def take(self) -> Any:
        """Wait for the result of the item that was given."""
        try:
            return pickle.loads(self.connection.recv_bytes())
        except (EOFError, OSError):
            return _Died(self._end_of_process())

    def _megabytes(self) -> float:
        with suppress(psutil.Error):
            return float(psutil.Process(self._process.pid).memory_info().rss) / 1e6
        return 0.0

    def _give_up(self, reason: str) -> Failure:
        self.end()
        return Failure(reason)

    def _end_of_process(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5.0)
        code = self._process.poll()
        self.end()
        if code is None or code >= 0:
            return "ends" if code is None else f"ends with status {code}"
        return f"is ended by {signal.Signals(-code).name}"


def _end(process: Process, connection: Connection) -> None:
    process.kill()
    process.wait()
    connection.close()


def main() -> None:
    """Be the process: work on what comes through the connection whose number the command names."""
    die_with_parent()
    serve(Connection(int(sys.argv[1])))


def serve(connection: Connection) -> None:
    """Work on what comes through a connection: first `Work`, then items."""
    # Ctrl-C reaches all of a terminal's processes: the stage ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work: Work | None = None
    failure: Exception | None = None
    try:
        work = pickle.loads(connection.recv_bytes())
        require_arithmetic(work.arithmetic)
        work.prepare()
    except Exception as error:
        failure = _carried(error)
    connection.send_bytes(pickle.dumps(failure))
    # The supervisor's end closes the connection, which ends the wait for an item.
    with suppress(EOFError, ConnectionError):
        while work is not None and failure is None and connection.poll(IDLE):
            connection.send_bytes(_answer(work, connection.recv_bytes()))


def _answer(work: Work, item: bytes) -> bytes:
    try:
        return pickle.dumps(work.function(pickle.loads(item)))
    except Exception as error:
        # Not foreseen, so worth its trace; but one clip must not cost the others' hours.
        _say_once(log_unforeseen("worker", error))
        return pickle.dumps(Failure(f"unforeseen {in_short(error)}"))


@cache
def _say_once(line: str) -> None:
    print(f"  {line}", file=sys.stderr)


def _carried(error: Exception) -> Exception:
    try:
        return pickle.loads(pickle.dumps(error))  # type: ignore[no-any-return]
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    # By its importable name: what it sends back is looked up there, not in ``__main__``.
    import_module("fdan.runtime.worker").main()

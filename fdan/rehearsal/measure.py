"""What a command takes: time, processor, memory, disk; and its record, so that a broken rehearsal goes on."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from fdan.runtime.parent_death import ask_for_death
from fdan.runtime.process import output

EVERY = 0.2
"""Seconds from one look at the processes to the next."""

NOTED = 5.0
"""Seconds after which at the latest it is written down what a stage has taken so far, should it be killed."""


@dataclass(frozen=True)
class Measured:
    """What a stage took.

    Attributes:
        stage: its name in dvc.yaml.
        seconds: from start to end, DVC's own work included.
        own: of these, the seconds in which the stage's own process was there.
        cpu: seconds of all processors.
        memory: bytes that the largest process had.
        private: bytes that the largest had without pages of files, which the system can take back.
        together: bytes that all its processes had at the same time; what they share counts for each.
        disk: bytes that the project's folder and its cache have grown by.
    """

    stage: str
    seconds: float
    own: float
    cpu: float
    memory: int
    private: int
    together: int
    disk: int

    def and_then(self, more: "Measured") -> "Measured":
        """A stage that was broken off here and gone on with there."""
        return Measured(
            self.stage,
            self.seconds + more.seconds,
            self.own + more.own,
            self.cpu + more.cpu,
            max(self.memory, more.memory),
            max(self.private, more.private),
            max(self.together, more.together),
            self.disk + more.disk,
        )


@dataclass
class _Seen:
    """What the processes of a command have shown so far."""

    cpu: float = 0.0
    memory: int = 0
    private: int = 0
    together: int = 0
    first: float = 0.0
    last: float = 0.0

    def look(self, process: int) -> None:
        """At a process and those that it started."""
        sizes, cpu = [0], 0.0
        with suppress(psutil.Error):
            parent = psutil.Process(process)
            for one in [parent, *parent.children(recursive=True)]:
                with suppress(psutil.Error):
                    about, times = one.memory_info(), one.cpu_times()
                    sizes.append(about.rss)
                    self.private = max(self.private, about.rss - getattr(about, "shared", 0))
                    # Of those that have ended their parent knows.
                    cpu += times.user + times.system
                    cpu += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
                    if any(word.startswith("stages.") for word in one.cmdline()):
                        self.last = time.monotonic()
                        self.first = self.first or self.last
        self.memory, self.together = max(self.memory, *sizes), max(self.together, sum(sizes))
        self.cpu = max(self.cpu, cpu)


def measure(
    stage: str, command: Sequence[str], folder: Path, environment: Mapping[str, str], records: Path
) -> tuple[int, Measured]:
    """Run a command in a folder; its exit code, and what it took, which is kept if it succeeds.

    What a command took that was killed, with this process or not, counts to the one that goes on with its work.

    Args:
        stage: its name.
        command: with its arguments.
        folder: where it runs.
        environment: all its variables.
        records: where what was taken is kept.
    """
    part = records / f"{stage}.part"
    earlier = _read(part) if part.is_file() else None
    before = _size(folder)
    began = time.monotonic()
    # A killed rehearsal leaves no dvc, and so no stage, running beside those of the next.
    process = subprocess.Popen(command, cwd=folder, env=dict(environment), preexec_fn=ask_for_death)
    seen, done = _Seen(), threading.Event()

    def so_far(cpu: float, disk: int) -> Measured:
        own = seen.last - seen.first + EVERY if seen.first else 0.0
        taken = time.monotonic() - began
        found = Measured(stage, taken, own, cpu, seen.memory, seen.private, seen.together, disk)
        return earlier.and_then(found) if earlier else found

    def look() -> None:
        noted = began
        while not done.wait(EVERY):
            seen.look(process.pid)
            if time.monotonic() > noted + NOTED:
                noted = time.monotonic()
                _write(part, so_far(seen.cpu, 0))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        # What this process' other children used is not in it: a pool that drew clips may end at any time.
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
    finally:
        process.kill()
        done.set()
        watcher.join()
    measured = so_far(used.ru_utime + used.ru_stime, _size(folder) - before)
    if code:
        _write(part, measured)
    else:
        keep(records, measured)
        part.unlink(missing_ok=True)
    return code, measured


def _size(folder: Path) -> int:
    """Bytes on the disk below a folder and its cache, of files alone; what has two names counts once."""
    found: dict[tuple[int, int], int] = {}
    for top in (folder, folder / ".cache"):  # a link, which os.walk does not follow below
        for place, _, names in os.walk(top):
            for name in names:
                with suppress(OSError):
                    about = os.lstat(os.path.join(place, name))
                    found[about.st_dev, about.st_ino] = about.st_blocks * 512
    return sum(found.values())


def _write(place: Path, measured: Measured) -> None:
    with output(place) as path:
        path.write_text(json.dumps(asdict(measured), indent=1) + "\n", encoding="utf-8")


def _read(place: Path) -> Measured:
    return Measured(**json.loads(place.read_text(encoding="utf-8")))


def keep(folder: Path, measured: Measured) -> None:
    """Write a record, ``<stage>.json``."""
    _write(folder / f"{measured.stage}.json", measured)


def kept(folder: Path) -> dict[str, Measured]:
    """All records, by stage, in the order in which they were written."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    return {file.stem: _read(file) for file in files}

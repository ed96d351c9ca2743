"""What a command takes: time, processor, memory, disk; and its record, so that a broken rehearsal goes on."""

import json
import os
import resource
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


@dataclass(frozen=True)
class Measured:
    """What a stage took.

    Attributes:
        stage: its name in dvc.yaml.
        seconds: from start to end, DVC's own work included.
        own: of these, the seconds in which the stage's own process was there.
        cpu: seconds of all processors.
        memory: bytes that the largest process had.
        together: bytes that all its processes had at the same time; what they share counts for each.
        disk: bytes that the project's folder has grown by.
    """

    stage: str
    seconds: float
    own: float
    cpu: float
    memory: int
    together: int
    disk: int


def measure(stage: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[int, Measured]:
    """Run a command in a folder; its exit code, and what it took."""
    before, cpu = _size(folder), resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    # A killed rehearsal leaves no dvc, and so no stage, running beside those of the next.
    process = subprocess.Popen(command, cwd=folder, env=dict(environment), preexec_fn=ask_for_death)
    seen = {"memory": 0, "together": 0}
    spans: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(EVERY):
            sizes = []
            with suppress(psutil.Error):
                parent = psutil.Process(process.pid)
                for one in [parent, *parent.children(recursive=True)]:
                    with suppress(psutil.Error):
                        sizes.append(one.memory_info().rss)
                        if any(word.startswith("stages.") for word in one.cmdline()):
                            spans.append(time.monotonic())
            seen["memory"] = max(seen["memory"], *sizes, 0)
            seen["together"] = max(seen["together"], sum(sizes))

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        code = process.wait()
    finally:
        process.kill()
        done.set()
        watcher.join()
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    own = spans[-1] - spans[0] + EVERY if spans else 0.0
    grown = _size(folder) - before
    return code, Measured(stage, seconds, own, used, seen["memory"], seen["together"], grown)


def _size(folder: Path) -> int:
    """Bytes on the disk below a folder, of files alone; what has two names counts once."""
    found: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                about = os.lstat(os.path.join(place, name))
                found[about.st_dev, about.st_ino] = about.st_blocks * 512
    return sum(found.values())


def keep(folder: Path, measured: Measured) -> None:
    """Write a record, ``<stage>.json``."""
    with output(folder / f"{measured.stage}.json") as path:
        path.write_text(json.dumps(asdict(measured), indent=1) + "\n", encoding="utf-8")


def kept(folder: Path) -> dict[str, Measured]:
    """All records, by stage, in the order in which they were written."""
    files = sorted(folder.glob("*.json"), key=lambda file: file.stat().st_mtime_ns)
    return {file.stem: Measured(**json.loads(file.read_text(encoding="utf-8"))) for file in files}

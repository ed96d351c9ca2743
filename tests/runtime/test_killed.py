"""An extraction that is killed in the middle."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]

STAGE = """
import pathlib, sys, time
from functools import partial
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import LIMITS, ParallelParams, run_sandboxed
from fdan.runtime.parent_death import die_with_parent
here = pathlib.Path(sys.argv[1])
def work(item):
    with (here / "log").open("a") as file:
        file.write(f"{item}\\n")
    time.sleep(0.1)
    return CacheEntry(item, ())
if __name__ == "__main__":
    die_with_parent()
    cache = Cache("test", None, (), ())
    done = run_sandboxed(work, [str(i) for i in range(20)], "slow", ParallelParams("loky", 2, None),
                   prepare=int, cache=cache, key=lambda item: cache.key(item))
    (here / "done").write_text(" ".join(entry.about for entry in done))
"""


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_extraction_leaves_no_process_and_goes_on_where_it_was(tmp_path, number):
    (tmp_path / "stage.py").write_text(STAGE)
    command = [sys.executable, str(tmp_path / "stage.py"), str(tmp_path)]
    start = partial(subprocess.Popen, command, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)})
    first = start()
    deadline = time.monotonic() + 120
    while len([p for p in tmp_path.glob(".cache/test/*/*") if not p.name.startswith(".")]) < 5:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    family = psutil.Process(first.pid).children(recursive=True)
    first.send_signal(number)
    first.wait()
    psutil.wait_procs(family, timeout=10)
    assert not [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    kept = len([p for p in tmp_path.glob(".cache/test/*/*") if not p.name.startswith(".")])
    (tmp_path / "log").unlink()
    assert start().wait() == 0
    assert (tmp_path / "done").read_text() == " ".join(str(i) for i in range(20))
    assert len((tmp_path / "log").read_text().splitlines()) == 20 - kept

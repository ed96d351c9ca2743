from fdan.numerics.pins import arithmetic

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from fdan.errors import FdanError
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.cached_job import Stack, run_cached
from fdan.runtime.jobs import ParallelParams

TWO = ParallelParams("loky", 2, None)
ONE = ParallelParams("loky", 1, None)


@dataclass(frozen=True)
class Work:
    """Does what its name says, unless a file ``mended`` lies in the folder; writes down that it was done."""

    name: str

    kind: ClassVar[str] = "work"
    code: ClassVar[tuple[str, ...]] = ()
    libraries: ClassVar[tuple[str, ...]] = ()

    def key(self, cache: Cache) -> str:
        return cache.key(self.name)

    def run(self) -> CacheEntry:
        with Path("done").open("a") as file:
            file.write(f"{self.name}\n")
        if not Path("mended").exists():
            match self.name:
                case "mistake":
                    raise FdanError("alpha: expected a number")
                case "bug":
                    raise ZeroDivisionError("of ours")
                case "killed":
                    os.kill(os.getpid(), signal.SIGKILL)
        return CacheEntry([self.name, arithmetic()], (self.name.encode(),))


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").touch()


def done() -> list[str]:
    names = Path("done").read_text().split() if Path("done").exists() else []
    Path("done").unlink(missing_ok=True)
    return sorted(names)


@pytest.mark.parametrize(
    ("parallel", "failing", "reason"),
    [
        (TWO, "mistake", r"mistake: alpha: expected a number"),
        (TWO, "killed", r"killed: its process is ended by SIGKILL"),
        (ONE, "bug", r"bug: unforeseen ZeroDivisionError \(of ours\); its trace is in build/logs/worker\.log"),
    ],
)
def test_a_job_that_fails_loses_no_other_and_a_rerun_computes_it_alone(parallel, failing, reason):
    jobs = [Work(name) for name in ("a", failing, "b", "c")]
    message = f"^1 of 4 jobs failed: {reason}; the others are cached, and a rerun computes these alone$"
    with pytest.raises(FdanError, match=message):
        run_cached(jobs, "test", parallel)
    assert set(done()) == {"a", failing, "b", "c"}
    with pytest.raises(FdanError, match=r"^1 of 1 jobs failed: [^;]*: [^;]*(; its trace is in \S+)?$"):
        run_cached([job for job in jobs if job.name != failing] + [Work("mistake")], "test", parallel)
    assert done() == ["mistake"]
    Path("mended").touch()
    found = run_cached(jobs, "test", parallel)
    assert [entry.about[0] for entry in found.entries] == ["a", failing, "b", "c"]
    assert done() == [failing] * (failing != "mistake") + ["mistake"] * (failing == "mistake")
    assert found.counts == "trained 1, known 3"


def test_all_that_failed_are_named():
    with pytest.raises(FdanError, match=r"^2 of 3 jobs failed: mistake: alpha: expected a number; bug: unforeseen"):
        run_cached([Work("mistake"), Work("a"), Work("bug")], "test", ONE)


def test_jobs_that_are_alike_are_computed_once():
    found = run_cached([Work("a"), Work("b"), Work("a")], "test", ONE)
    assert (done(), found.counts) == (["a", "b"], "trained 2, known 1")
    assert found.entries[0] == found.entries[2]


def together(jobs):
    Path("together").write_text(" ".join(job.name for job in jobs))
    return [job.run() for job in jobs]


def test_jobs_of_a_stack_run_together_and_are_known_each_by_itself():
    run_cached([Work("b")], "test", ONE)
    jobs = [Work(name) for name in "abc"]
    found = run_cached(jobs, "test", ONE, stacks=lambda missing: [Stack(tuple(missing), together)])
    assert [entry.about[0] for entry in found.entries] == ["a", "b", "c"]
    assert Path("together").read_text() == "a c"


def test_an_end_that_somebody_asked_for_is_none_of_a_job(monkeypatch):
    def ask(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(Work, "run", ask)
    with pytest.raises(KeyboardInterrupt):
        run_cached([Work("a"), Work("b")], "test", ONE)


def test_processes_that_compute_otherwise_end_everything(monkeypatch):
    monkeypatch.setattr("fdan.runtime.jobs.arithmetic", lambda: "FDAN_PINS=off")
    with pytest.raises(FdanError, match=r"^worker on .*: pinned, where the stage is FDAN_PINS=off"):
        run_cached([Work("a"), Work("b")], "test", TWO)

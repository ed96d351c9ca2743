from fdan.numerics.pins import ONE_THREAD, PINS, arithmetic, require_arithmetic

import os
import pickle
import signal
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from joblib.externals.loky import get_reusable_executor

from fdan.errors import FdanError
from fdan.numerics.semaphores import has_semaphores, look_for_semaphores
from fdan.runtime import cache as cache_module
from fdan.runtime import worker
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import LIMITS, ParallelParams, run_jobs, run_sandboxed
from fdan.runtime.params import ParamsError, load_params
from fdan.runtime.worker import Failure, Limits, Work, supervise

ROOT = Path(__file__).parents[2]
LOKY = ParallelParams("loky", 2, None)


def nothing():
    pass


def behave(item: str) -> CacheEntry:
    """Do what the item says."""
    match item:
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "abort":
            os.abort()
        case "exit":
            os._exit(3)
        case "loop":
            while True:
                pass
        case "sleep":
            time.sleep(1000)
        case "bloat":
            hoard = []
            while True:
                hoard.append(b"x" * 20_000_000)
                time.sleep(0.02)
        case "raise":
            raise ZeroDivisionError("a bug\nin two lines")
        case "environment":
            return CacheEntry([os.environ["OMP_NUM_THREADS"], os.environ["NUMBA_NUM_THREADS"]], ())
    return CacheEntry(item, (item.encode(),))


def run(function, items, parallel=LOKY, limits=LIMITS, **more):
    return list(run_sandboxed(function, items, "test", parallel, **({"prepare": nothing} | more), limits=limits))


@pytest.mark.slow
def test_what_crashes_hangs_or_bloats_its_process_costs_itself_alone(tmp_path, monkeypatch, capfd):
    # The workers of an earlier test would keep its folder and its stderr.
    if has_semaphores():
        get_reusable_executor().shutdown(wait=True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").touch()
    items = [
        "a",
        "segfault",
        "b",
        "abort",
        "exit",
        "c",
        "loop",
        "sleep",
        "d",
        "bloat",
        "e",
        "raise",
        "f",
        "environment",
    ]
    results = run(behave, items, limits=Limits(seconds=2.0, megabytes=300))
    assert dict(zip(items, results, strict=True)) == {
        **{item: CacheEntry(item, (item.encode(),)) for item in "abcdef"},
        "segfault": Failure("the process that reads it is ended by SIGSEGV"),
        "abort": Failure("the process that reads it is ended by SIGABRT"),
        "exit": Failure("the process that reads it ends with status 3"),
        "loop": Failure("takes more than 2 s"),
        "sleep": Failure("takes more than 2 s"),
        "bloat": Failure("takes more than 300 MB of memory"),
        "raise": Failure("unforeseen ZeroDivisionError (a bug)"),
        "environment": CacheEntry(["1", "1"], ()),
    }
    said, deadline = "", time.monotonic() + 30
    while "its trace is in build/logs/worker.log" not in said:  # another process says it
        assert time.monotonic() < deadline
        said += capfd.readouterr().err
    assert "Traceback" not in said
    assert "a bug\nin two lines" in (tmp_path / "build/logs/worker.log").read_text()


def where(item: str) -> tuple[str, int]:
    if item == "a mistake":
        raise ParamsError("seeds: expected one or more")
    time.sleep(0.5)  # long enough for the other process to take its share
    return item, os.getpid()


def test_without_semaphores_processes_are_started_all_the_same(monkeypatch):
    monkeypatch.setenv("JOBLIB_MULTIPROCESSING", "0")
    assert [entry.about for entry in run(behave, ["a", "b"])] == ["a", "b"]
    assert len({process for _, (_, process) in run_jobs(where, ["a", "b", "c", "d"], "test", LOKY)}) == 2


def test_an_item_that_fails_costs_no_other_its_result():
    found = dict(run_jobs(where, ["a", "a mistake", "b"], "test", LOKY))
    assert (found[0][0], found[1], found[2][0]) == ("a", Failure("seeds: expected one or more"), "b")
    assert os.getpid() not in {found[0][1], found[2][1]}


@pytest.mark.parametrize(("items", "workers"), [(["a"], 2), (["a", "b"], 1)])
def test_no_process_is_started_for_one_item_or_one_worker(items, workers):
    found = dict(run_jobs(where, items, "test", ParallelParams("loky", workers, None)))
    assert found == {place: (item, os.getpid()) for place, item in enumerate(items)}


def die(item: str) -> str:
    match item:
        case "exit":
            os._exit(3)
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
    return item


def test_a_process_that_dies_costs_its_own_item_alone():
    found = dict(run_jobs(die, ["a", "exit", "b", "killed", "c"], "test", LOKY))
    assert found == {
        0: "a",
        1: Failure("its process ends with status 3"),
        2: "b",
        3: Failure("its process is ended by SIGKILL"),
        4: "c",
    }


def test_a_process_that_is_killed_once_gets_a_second_chance(tmp_path):
    found = dict(run_jobs(partial(die_once, folder=tmp_path), ["a", "b", "c"], "test", LOKY))
    assert [found[place].about for place in range(3)] == ["a", "b", "c"]


def hang(item: str) -> None:
    time.sleep(1000)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc")
def test_no_process_outlives_what_it_works_for():
    """Ctrl-C, and whatever else ends the stage while items are worked on."""
    before = set(psutil.Process().children(recursive=True))

    def interrupt(*_):
        raise KeyboardInterrupt

    monitor = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(6)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(run_jobs(hang, ["a", "b"], "test", LOKY))
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, monitor)
    assert set(psutil.Process().children(recursive=True)) <= before


def test_what_has_no_semaphores_is_found_before_joblib_warns(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("_multiprocessing.SemLock", refuse)
    monkeypatch.setenv("JOBLIB_MULTIPROCESSING", "1")  # so that it is restored, whatever the function sets
    look_for_semaphores()
    assert not has_semaphores()


def die_once(item: str, folder: Path) -> CacheEntry:
    mark = folder / f"{item}.mark"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return CacheEntry(item, ())


def test_a_process_that_something_else_kills_gets_a_second_chance(tmp_path):
    assert run(partial(die_once, folder=tmp_path), ["a", "b"]) == [CacheEntry("a", ()), CacheEntry("b", ())]


def state(item: str) -> str:
    return arithmetic()


def test_a_supervisor_without_the_pins_starts_a_pinned_process(monkeypatch):
    """A dask worker, perhaps: what it starts pins itself, whatever it is given and however it was started."""
    for name in PINS | ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    assert arithmetic() == "libraries were loaded before fdan.numerics.pins"
    assert supervise(pickle.dumps(Work(state, nothing, LIMITS, "")), pickle.dumps("a")) == ""


@pytest.mark.parametrize(
    ("here", "there", "message"),
    [
        ({"FDAN_PINS": "off"}, "", "worker on .*: FDAN_PINS=off, where the stage is pinned; start it with"),
        ({}, "FDAN_PINS=off", "worker on .*: pinned, where the stage is FDAN_PINS=off; start it with"),
        (
            {"FDAN_PINS": "off"},
            "FDAN_PINS=off FDAN_DEVICE=cuda",
            "worker on .*: FDAN_PINS=off, where the stage is FDAN_PINS=off FDAN_DEVICE=cuda; start it with the same",
        ),
    ],
)
def test_a_process_that_rounds_otherwise_than_the_stage_is_refused(monkeypatch, here, there, message):
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(FdanError, match=message) as caught:
        supervise(pickle.dumps(Work(behave, nothing, LIMITS, there)), pickle.dumps("a"))
    assert "\n" not in str(caught.value)
    with pytest.raises(FdanError, match=message):  # what trusts its input, `run_jobs`, asks the same
        require_arithmetic(there)


def unprepared():
    raise ParamsError("faces.weights: no such file")


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def test_what_every_item_needs_is_missing_once_not_once_per_item():
    with pytest.raises(ParamsError, match=r"^faces\.weights: no such file$"):
        run(behave, ["a", "b"], prepare=unprepared)
    with pytest.raises(ChildProcessError, match="a worker is ended by SIGSEGV before its first item"):
        run(behave, ["a"], prepare=crash)


def counted(item: str, log: Path) -> CacheEntry:
    with log.open("a") as file:
        file.write(f"{item}\n")
    return CacheEntry([item], (item.encode() * 3,))


def same(item: str, cache: Cache) -> str:
    return cache.key(item)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(cache_module, "FOLDER", tmp_path / "cache")
    return Cache("test", None, (), ())


def test_ten_more_clips_cost_ten_computations(tmp_path, cache):
    log = tmp_path / "log"
    remembered = {"cache": cache, "key": partial(same, cache=cache)}
    names = [f"clip {i:02d}" for i in range(30)]
    first = run(partial(counted, log=log), names[:20], **remembered)
    assert sorted(log.read_text().split("\n")[:-1]) == names[:20]
    log.unlink()
    again = run(partial(counted, log=log), names, **remembered)
    assert sorted(log.read_text().split("\n")[:-1]) == names[20:]
    assert again[:20] == first
    assert [e.about for e in again] == [[name] for name in names]
    log.unlink()
    damaged = next(path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert run(partial(counted, log=log), names, **remembered) == again
    assert len(log.read_text().splitlines()) == 1


def test_what_was_lost_is_tried_again(tmp_path, cache):
    remembered = {"cache": cache, "key": partial(same, cache=cache)}
    assert run(partial(behave), ["a", "raise"], **remembered)[1] == Failure("unforeseen ZeroDivisionError (a bug)")
    assert len([path for path in (tmp_path / "cache").rglob("*") if path.is_file()]) == 1


def test_parallel_params(tmp_path):
    path = tmp_path / "params.yaml"

    def read(text):
        path.write_text(f"parallel: {{{text}}}")
        return load_params("parallel", ParallelParams, path)

    assert read("backend: loky, workers: null, address: null") == ParallelParams("loky", None, None)
    for text, message in (
        ("backend: ray, workers: null, address: null", "'ray'"),
        ("backend: loky, workers: 0, address: null", "greater than or equal to 1"),
        ("backend: loky, workers: null, address: 'tcp://a:1'", "expected backend dask"),
        ("backend: dask, workers: 2, address: 'tcp://a:1'", "expected null"),
        ("backend: dask, workers: null, address: 'http://a:8787/status'", "such as tcp://host:8786; http:// is its"),
        ("backend: dask, workers: null, address: 'a:8786'", "expected a scheduler's address, such as tcp://"),
    ):
        with pytest.raises(ParamsError, match=message):
            read(text)


@pytest.mark.skipif(not has_semaphores(), reason="joblib has no semaphores here: /dev/shm cannot be written")
def test_a_scheduler_that_does_not_answer_is_one_line(monkeypatch):
    distributed = pytest.importorskip("distributed", reason="dask is not installed: pip install -e '.[dask]'")

    def refuse(address, timeout):
        raise OSError("timed out")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(OSError, match=r"parallel\.address tcp://127\.0\.0\.1:9: no dask scheduler answers"):
        run(behave, ["a"], ParallelParams("dask", None, "tcp://127.0.0.1:9"))


def test_without_dask_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(OSError, match=r"dask is not installed; pip install -e '\.\[dask\]'"):
        run(behave, ["a"], ParallelParams("dask", None, None))


def test_on_windows_one_line_says_what_to_do(monkeypatch):
    monkeypatch.setattr(worker, "sys", SimpleNamespace(platform="win32"))
    with pytest.raises(FdanError, match=r"Windows cannot start \(no pass_fds\); run this in WSL$"):
        supervise(pickle.dumps(Work(str, int, LIMITS, "")), b"")

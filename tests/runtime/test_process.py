import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest

from fdan.numerics.semaphores import has_semaphores
from fdan.runtime.process import output, pool, report

ROOT = Path(__file__).parents[2]


def test_an_output_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "new" / "table.csv"
    with output(path) as temporary:
        temporary.write_text("one")
        assert not path.exists()
    assert path.read_text() == "one"
    with pytest.raises(ZeroDivisionError), output(path) as temporary:
        temporary.write_bytes(b"two, half" + bytes(1 // 0))
    assert path.read_text() == "one"
    assert [p.name for p in path.parent.iterdir()] == ["table.csv"]


def test_a_folder_replaces_the_old_one_and_the_rest_of_a_killed_run(tmp_path):
    path = tmp_path / "runs"
    path.mkdir()
    (path / "old").touch()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    rest = tmp_path / f".runs.{dead.pid}.tmp"
    rest.mkdir()
    (rest / "half").touch()
    with output(path) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert [p.name for p in path.iterdir()] == ["new"]
    assert [p.name for p in tmp_path.iterdir()] == ["runs"]


def test_only_a_name_of_our_own_is_taken_for_the_rest_of_a_killed_run(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    theirs = [f".table-[1].csv.{word}" for word in ("notes.tmp", f"{dead.pid}.tmp.csv.bak", f"x{dead.pid}.tmp.csv")]
    theirs += [f".table-1.csv.{dead.pid}.tmp.csv"]  # which a pattern with [1] in it would match
    for name in theirs:
        (tmp_path / name).touch()
    with output(tmp_path / "table-[1].csv") as temporary:
        temporary.touch()
    assert {path.name for path in tmp_path.iterdir()} == {*theirs, "table-[1].csv"}


def test_two_processes_never_write_to_one_temporary_name(tmp_path):
    alive = tmp_path / f".table.csv.{os.getppid()}.tmp.csv"
    alive.touch()
    with output(tmp_path / "table.csv") as temporary:
        assert temporary != alive
        temporary.touch()
    assert alive.exists()


def test_a_stage_whose_dvc_is_already_gone_ends_at_once(tmp_path):
    """The parent starts a stage in the background and ends before the stage can watch it."""
    stage = tmp_path / "stage.py"
    stage.write_text(
        "import pathlib, sys, time\ntime.sleep(1)\nfrom fdan.runtime.parent_death import die_with_parent\n"
        "die_with_parent()\npathlib.Path(sys.argv[1]).touch()\n"
    )
    done = tmp_path / "done"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    start = ["/bin/sh", "-c", f"{sys.executable} {stage} {done} & echo $!"]
    for stage_of_dvc, lives in ((None, True), ("train", False)):
        more = {} if stage_of_dvc is None else {"DVC_STAGE": stage_of_dvc}
        pid = int(subprocess.run(start, env=environment | more, capture_output=True, text=True, check=True).stdout)
        psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=20)
        assert done.exists() == lives
        done.unlink(missing_ok=True)


def square(x):
    return x * x, os.environ.get("OMP_NUM_THREADS")


def test_a_pool_keeps_order_and_one_thread_each():
    assert list(pool(square, list(range(20)), "squares")) == [(x * x, "1") for x in range(20)]


def test_a_report_names_all_or_fifty_and_the_file_that_lists_everything(capsys):
    notes = [f"clip {i}" for i in range(60)]
    report(notes)
    assert capsys.readouterr().err.splitlines() == [f"  {note}" for note in notes]
    report(notes, "index.csv")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "  clip 0"
    assert lines[50:] == ["  and 10 more: see index.csv"]


STAGE = """
import os, pathlib, subprocess, sys, time
from fdan.runtime.process import pool
from fdan.runtime.parent_death import die_with_parent
die_with_parent()
def slow(x):
    pathlib.Path(sys.argv[0] + f".{os.getpid()}").touch()
    time.sleep(60)
if __name__ == "__main__":
    list(pool(slow, [1, 2], "slow"))
"""


@pytest.mark.skipif(not has_semaphores(), reason="the pool has no workers here: /dev/shm cannot be written")
@pytest.mark.parametrize("shell", ["{python} {stage}", "{python} {stage}; true"], ids=["exec", "behind a shell"])
def test_killing_dvc_ends_its_stage_and_the_workers(tmp_path, shell):
    """A stand-in for dvc starts the stage through a shell and is killed; nothing may stay."""
    stage = tmp_path / "stage.py"
    stage.write_text(STAGE)
    command = shell.format(python=sys.executable, stage=stage)
    code = f"import subprocess; subprocess.run(['/bin/sh', '-c', {command!r}])"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DVC_STAGE": "train"}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("stage.py.*"))) < min(2, os.cpu_count() or 1):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    family = psutil.Process(parent.pid).children(recursive=True)
    assert len(family) >= 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE and p.name() != "sh"]


def test_a_mistake_ends_a_stage_with_one_line(tmp_path):
    (tmp_path / "params.yaml").write_text("splits:\n  seed: zero\n  train_fraction: 0.8\n")
    result = subprocess.run(
        [sys.executable, "-m", "stages.splits", "savee"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr == "stages.splits: error: params.yaml: splits.seed: 'zero': input should be a valid integer\n"


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    """A stage whose output does not fit ends with the reason; its temporary file is gone."""
    (tmp_path / "stages_of_test").mkdir()
    (tmp_path / "stages_of_test" / "full.py").write_text(
        "import errno, os\nfrom pathlib import Path\nfrom fdan.runtime.process import output, run\n"
        "def main():\n    with output(Path('out/table.csv')) as path:\n        path.write_text('half')\n"
        "        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))\n"
        "if __name__ == '__main__':\n    run()\n"
    )
    result = subprocess.run(
        [sys.executable, "-m", "stages_of_test.full"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "No space left on device" in result.stderr
    assert result.stderr.count("\n") == 1
    assert list((tmp_path / "out").iterdir()) == []


ENDS = """
import sys, time
from functools import partial
from pathlib import Path
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.process import output, run
def wait(item):
    Path("waits").touch()
    time.sleep(60)
def main():
    with output(Path("out/table.csv")) as path:
        path.write_text("half")
        if sys.argv[1] == "bug":
            {}["x"]
        if sys.argv[1] == "in a worker":
            list(run_sandboxed(wait, [1], "x", ParallelParams("loky", 1, None), prepare=int))
        wait(1)
if __name__ == "__main__":
    run()
"""


@pytest.fixture
def ends(tmp_path):
    """Start a stage that waits, or ends with a mistake of ours."""
    (tmp_path / "stages_of_test").mkdir()
    (tmp_path / "stages_of_test" / "ends.py").write_text(ENDS)
    (tmp_path / "params.yaml").write_text("alpha: 1\n")

    def start(how):
        return subprocess.Popen(
            [sys.executable, "-m", "stages_of_test.ends", how],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
        )

    return start


def test_a_mistake_of_ours_ends_a_stage_with_one_line_and_a_log(ends, tmp_path):
    stage = ends("bug")
    said = stage.communicate(timeout=60)[1]
    log = Path("build/logs/stages_of_test.ends.log")
    assert (stage.returncode, said) == (
        1,
        f"stages_of_test.ends: error: unforeseen KeyError ('x'); its trace is in {log}\n",
    )
    assert "Traceback" in (tmp_path / log).read_text()
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.skipif(not has_semaphores(), reason="a stage ends with its items here: /dev/shm cannot be written")
@pytest.mark.parametrize("where", ["itself", pytest.param("in a worker", marks=pytest.mark.slow)])
def test_ctrl_c_ends_a_stage_and_its_workers_without_a_word(ends, tmp_path, where):
    stage = ends(where)
    deadline = time.monotonic() + 60
    while not (tmp_path / "waits").exists():
        assert stage.poll() is None, stage.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    family = psutil.Process(stage.pid).children(recursive=True)
    os.killpg(stage.pid, signal.SIGINT)  # as a terminal does
    assert stage.communicate(timeout=30)[1] == ""
    assert stage.returncode == 130
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not [p for p in alive if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(("stage", "package"), [("audio", "numpy"), ("splits", "annotated_types")])
def test_a_package_that_is_not_installed_ends_a_stage_with_one_line_and_a_log(tmp_path, stage, package):
    (tmp_path / "without").mkdir()
    (tmp_path / f"without/{package}.py").write_text(f'raise ModuleNotFoundError("No module named {package!r}")')
    (tmp_path / "params.yaml").write_text("alpha: 1\n")
    result = subprocess.run(
        [sys.executable, "-m", f"stages.{stage}", "savee"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path / 'without'}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = f"stages.{stage}: error: unforeseen ModuleNotFoundError (No module named '{package}'); its trace is in "
    assert (result.returncode, result.stderr) == (1, f"{said}build/logs/stages.{stage}.log\n")
    assert "Traceback" in (tmp_path / f"build/logs/stages.{stage}.log").read_text()

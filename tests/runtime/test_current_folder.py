"""What lies in the current folder replaces no module of Python or of a package, in no process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from joblib.externals.loky import get_reusable_executor

from fdan.runtime.import_path import import_path, safe_path
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.process import pool

ROOT = Path(__file__).parents[2]

TAKEN = ("random", "types", "av", "numpy", "secrets")
"""Names that a script of somebody's may have."""


def nothing():
    pass


def name_of(item):
    import random

    return f"{item} {random.__name__}"


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    for name in TAKEN:
        (tmp_path / f"{name}.py").write_text("import os\nprint('leak')\nos._exit(7)\n")
    get_reusable_executor().shutdown(wait=True, kill_workers=True)  # new processes are started in this folder
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("safe", ["", "1"])
def test_workers_import_nothing_from_the_current_folder(hostile, monkeypatch, capfd, safe):
    monkeypatch.setenv("PYTHONSAFEPATH", safe)
    parallel = ParallelParams("loky", 1, None)
    assert list(run_sandboxed(name_of, ["a"], "test", parallel, prepare=nothing)) == ["a random"]
    assert os.environ["PYTHONSAFEPATH"] == safe
    assert "leak" not in capfd.readouterr().out


def test_nor_do_the_processes_of_a_pool(hostile, capfd):
    before = os.environ.get("PYTHONSAFEPATH")
    assert list(pool(name_of, ["a", "b"], "test")) == ["a random", "b random"]
    assert "leak" not in capfd.readouterr().out
    assert os.environ.get("PYTHONSAFEPATH") == before


def test_the_environment_is_as_before_whatever_happens(monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    with pytest.raises(KeyError), safe_path():
        raise KeyError
    assert os.environ["PYTHONSAFEPATH"] == "1"


def test_the_current_folder_is_looked_into_last_and_this_package_is_found_where_it_lies(tmp_path):
    (tmp_path / "other/fdan").mkdir(parents=True)
    other, here, root = str(tmp_path / "other"), str(tmp_path), str(ROOT)
    assert import_path([here, "/usr/lib", "", other], here) == ["/usr/lib", root, other, here]
    assert import_path(["/usr/bin", "/usr/lib"], here) == ["/usr/bin", "/usr/lib", root]
    assert import_path([root, "/usr/lib"], root) == ["/usr/lib", root, root]


@pytest.mark.slow
def test_a_command_in_a_folder_of_scripts(hostile):
    """As the script ``fdan`` is started, whose own folder is not the current one."""
    (hostile / "params.yaml").write_text("theirs: true\n")
    command = [sys.executable, "-P", "-m", "fdan.commands.cli", "check", "mine", "."]
    result = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert "leak" not in result.stdout
    assert result.returncode in (1, 2)
    assert "Traceback" not in result.stderr

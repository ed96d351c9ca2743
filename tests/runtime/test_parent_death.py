"""Whose end ends a process, whatever the shell and the interpreter are called."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from fdan.runtime.parent_death import starters

ROOT = Path(__file__).parents[2]

PYTHON, DVC = "/opt/venv/bin/python3.11", "/opt/venv/bin/dvc"


def family(*members):
    """Ancestors, the parent first, each by its name and command line; the last is process 1."""
    processes = []
    for number, (name, *command) in enumerate(members):
        process = Mock(spec=psutil.Process, pid=1 if number == len(members) - 1 else 1000 - number)
        process.name.return_value, process.cmdline.return_value = name, command
        processes.append(process)
    return processes


SHELLS = [
    ("tcsh", "/bin/tcsh", "-c", "python -m stages.faces savee"),
    ("nu", "/usr/bin/nu", "-c", "python -m stages.faces savee"),
    ("fish", "/usr/bin/fish", "-c", "python -m stages.faces savee"),
    ("xonsh", PYTHON, "/usr/bin/xonsh", "-c", "python -m stages.faces savee"),
    ("elvish", "elvish", "-c", "python -m stages.faces savee"),
]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("dvc", [("dvc", PYTHON, DVC, "repro"), ("Python", PYTHON, "-m", "dvc", "repro")])
def test_all_up_to_dvc_are_watched_through_any_shell(shell, dvc):
    ancestors = family(shell, dvc, ("bash", "-bash"), ("init", "/sbin/init"))
    assert starters(ancestors, by_dvc=True) == ancestors[:2]


def test_a_worker_is_watched_through_its_stage():
    stage = ("Python", PYTHON, "-m", "stages.faces", "savee")
    ancestors = family(stage, SHELLS[0], ("dvc", PYTHON, DVC, "repro"), ("init", "/sbin/init"))
    assert starters(ancestors, by_dvc=True) == ancestors[:3]
    unnamed = family(stage, SHELLS[0], ("Python", "/Applications/Tool", "run"), ("launchd", "/sbin/launchd"))
    assert starters(unnamed, by_dvc=True) == unnamed[:1]


def test_without_dvc_the_parent_alone_counts():
    ancestors = family(("tcsh", "-tcsh"), ("sshd", "sshd: user"), ("init", "/sbin/init"))
    assert starters(ancestors, by_dvc=False) == ancestors[:1]
    assert starters([], by_dvc=False) == []


@pytest.mark.parametrize(
    "left",
    [[("init", "/sbin/init")], [("python3", PYTHON, "supervisor.py")], [SHELLS[0], ("bash", "/bin/bash")], []],
    ids=["init", "a container's own first process", "a shell below a container's", "nothing"],
)
def test_dvc_is_gone(left):
    assert starters(family(*left), by_dvc=True) is None


def test_a_command_line_that_may_not_be_read_is_no_dvc():
    ancestors = family(SHELLS[0], ("dvc", PYTHON, DVC), ("init", "/sbin/init"))
    ancestors[0].cmdline.side_effect = psutil.AccessDenied(1)
    assert starters(ancestors, by_dvc=True) == ancestors[:2]


def test_a_stage_lives_behind_a_shell_of_another_name(tmp_path):
    """A copy of sh named tcsh, started as dvc starts a stage."""
    shutil.copy("/bin/sh", tmp_path / "tcsh")
    stage = tmp_path / "stage.py"
    stage.write_text("from fdan.runtime.parent_death import die_with_parent\ndie_with_parent()\nprint('lives')\n")
    (tmp_path / "dvc").write_text(
        "import subprocess, sys\n"
        f"command = f'{{sys.executable}} {stage}; true'\n"
        f"subprocess.run(command, shell=True, executable={str(tmp_path / 'tcsh')!r})\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DVC_STAGE": "faces@savee"}
    command = [sys.executable, str(tmp_path / "dvc"), "repro"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "lives\n"

"""What `make` does before Python works: .venv, and where git is missing or refuses."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_an_older_python_is_refused_in_one_line(tmp_path, make):
    older = tmp_path / "older"
    older.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c \"import sys; sys.version_info = (3, 10); $2\"\n")
    older.chmod(0o755)
    result = make(older)
    assert result.returncode == 2
    lines = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert lines == [f"{older}: expected Python 3.11 or newer; name one: make PYTHON=python3.13"]
    assert not (tmp_path / ".venv").exists()


@pytest.fixture
def make(tmp_path):
    """Build .venv in a folder with our Makefile alone, up to where packages are installed."""
    for name in ("Makefile", "install.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("constraints.txt", "requirements.lock"):
        (tmp_path / name).touch()
    offline = os.environ | {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_NO_INDEX": "1"}

    def run(python=sys.executable):
        command = ["make", ".venv/installed", f"PYTHON={python}"]
        return subprocess.run(command, cwd=tmp_path, env=offline, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("theirs", ["environment", "file", "link"])
def test_make_leaves_a_virtual_environment_of_the_user_s_alone(tmp_path, make, theirs):
    place = tmp_path / ".venv"
    if theirs == "file":
        place.write_text("mine")
    else:
        folder = place if theirs == "environment" else tmp_path / "elsewhere"
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/mine").touch()
        if theirs == "link":
            place.symlink_to("elsewhere")
    result = make()
    assert result.returncode == 2
    assert ".venv: was not made by make, so it is left alone; move it away (mv .venv my-venv)" in result.stderr
    assert place.read_text() == "mine" if theirs == "file" else (place / "bin/mine").exists()


def test_make_makes_its_own_anew(tmp_path, make):
    (tmp_path / ".venv").mkdir()
    for name in (".made-by-make", "half"):
        (tmp_path / ".venv" / name).touch()
    make()  # installs nothing: the lock is empty
    assert (tmp_path / ".venv/bin/python").exists()
    assert not (tmp_path / ".venv/half").exists()


def test_an_installation_of_an_earlier_makefile_that_breaks_off_is_made_s_own(tmp_path, make):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/installed").touch()
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    os.utime(tmp_path / ".venv/installed", (0, 0))
    make()
    assert (tmp_path / ".venv/.made-by-make").exists()


@pytest.fixture
def make_git(tmp_path, monkeypatch):
    """`make git` in a folder with our Makefile, whose Python notes what it is to run; git knows no settings."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt", "requirements.lock", "install.py", ".venv/bin/python"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".venv/installed").touch()
    python = tmp_path / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\ntest "$1" = -c && exec \'{sys.executable}\' "$@"\necho "$@" >> ran\n')
    python.chmod(0o755)
    (tmp_path / ".dvc").mkdir()
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    def run():
        command = ["make", "git", f"PYTHON={sys.executable}"]
        result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        ran = tmp_path / "ran"
        return result.returncode, result.stderr, ran.read_text() if ran.exists() else ""

    return run


def test_a_folder_without_git_works_without(make_git, tmp_path):
    assert make_git() == (0, "", "-m dvc config --local core.no_scm true\n")
    (tmp_path / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    assert make_git()[2].count("\n") == 1  # it is not set again


def test_a_repository_of_somebody_else_is_not_taken_for_none(make_git, tmp_path, monkeypatch):
    """As a container's mount is: git's own cure is printed, and nothing stays behind."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    assert make_git() == (0, "", "")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    code, said, ran = make_git()
    assert (code, ran) == (2, "")
    assert said.splitlines()[0] == (
        f".git: git refuses this repository: fatal: detected dubious ownership in repository at '{tmp_path}'; "
        f"try again after: git config --global --add safe.directory {tmp_path}"
    )
    assert not list((tmp_path / ".dvc").iterdir())


def test_a_repository_that_is_broken_is_not_taken_for_none(make_git, tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")  # a worktree without its repository
    code, said, ran = make_git()
    assert (code, ran) == (2, "")
    assert said.startswith(".git: git refuses this repository: fatal: not a git repository: ")


def test_a_repository_without_the_program_git_is_a_repository(make_git, tmp_path, monkeypatch):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "bin").mkdir()
    for name in ("make", "sh", "grep"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert make_git()[0::2] == (0, "")


def test_git_that_works_again_is_named(make_git, tmp_path):
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")
    code, said, ran = make_git()
    assert (code, ran) == (0, "")
    assert "core.no_scm is set, but git works here" in said
    assert "dvc config --local --unset core.no_scm" in said


def test_make_starts_python_where_it_finds_the_stages(tmp_path, make):
    """Under PYTHONSAFEPATH it would not look into the current folder."""
    (tmp_path / "probe.mk").write_text("include Makefile\nprobe:\n\t@$(PYTHON) -c 'import probed'\n")
    (tmp_path / "probed.py").touch()
    command = ["make", "-f", "probe.mk", "probe", f"PYTHON={sys.executable}"]
    subprocess.run(command, cwd=tmp_path, env=os.environ | {"PYTHONSAFEPATH": "1"}, check=True)

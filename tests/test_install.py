"""What `make` installs."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent


def test_every_pinned_package_takes_the_first_python_that_the_project_takes():
    """Debian 12 has 3.11.2, and a package may want 3.11.5."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first = re.search(r">=(\d+\.\d+)", project["requires-python"])[1] + ".0"
    pins = [line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()]
    seen, refused = 0, []
    for name, _, version in pins:
        try:
            about = metadata(name)
        except PackageNotFoundError:  # of an extra that is not installed
            continue
        if about["Version"] == version:
            seen += 1
            if not SpecifierSet(about.get("Requires-Python", "")).contains(first):
                refused.append(f"{name}=={version}: Python {about['Requires-Python']}")
    assert seen > len(pins) / 2
    assert not refused


@pytest.fixture
def make(tmp_path):
    """Build .venv in a folder with our Makefile alone, up to where packages are installed."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "constraints.txt"):
        (tmp_path / name).touch()
    command = ["make", ".venv/installed", f"PYTHON={sys.executable}"]
    offline = os.environ | {"PIP_NO_INDEX": "1"}
    return lambda: subprocess.run(command, cwd=tmp_path, env=offline, capture_output=True, text=True, check=False)


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
    make()  # installs nothing: the project is empty
    assert (tmp_path / ".venv/bin/python").exists()
    assert not (tmp_path / ".venv/half").exists()


def test_an_installation_of_an_earlier_makefile_that_breaks_off_is_made_s_own(tmp_path, make):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/installed").touch()
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    os.utime(tmp_path / ".venv/installed", (0, 0))
    make()
    assert (tmp_path / ".venv/.made-by-make").exists()

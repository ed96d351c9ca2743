"""`pip install .` into an environment of its own: the command works far from the project, with its data files."""

import os
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """The Python of a fresh environment that has the wheel, and borrows all else from this one."""
    if int(version("setuptools").split(".")[0]) < 77:  # not imported here: other tests may have loaded distutils
        pytest.skip("setuptools 77 reads the licence of pyproject.toml")
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from setuptools.build_meta import build_wheel; print(build_wheel({str(folder)!r}))"
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", ROOT, source], check=True)  # a build writes beside what it builds
    subprocess.run(["git", "-C", source, "apply", "--allow-empty"], input=_changes(), check=True)
    built = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=True)
    venv.create(folder / "env")
    place = Path(sysconfig.get_path("purelib", vars={"base": str(folder / "env")}))
    (place / "borrowed.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    command = [sys.executable, "-m", "pip", "--python", folder / "env", "install", "-q", "--no-deps", "--no-index"]
    wheel = folder / built.stdout.splitlines()[-1]
    subprocess.run([*command, "--ignore-installed", wheel], check=True)
    return folder / "env/bin/python"


def _changes():
    """What is not committed yet."""
    return subprocess.run(["git", "diff", "--binary", "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout


def run(python, folder, *arguments):
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([python, *arguments], cwd=folder, env=clean, capture_output=True, text=True, check=False)


def test_the_command_works_far_from_the_project(python, tmp_path):
    where = run(python, tmp_path, "-c", "import fdan; print(fdan.__file__)").stdout
    assert where.startswith(str(python.parent.parent))
    told = subprocess.run([python.parent / "fdan", "--help"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "predict" in told.stdout
    result = run(python, tmp_path, "-m", "fdan.commands.cli", "grim", "--size", "96", "--war", "86.66")
    assert (result.returncode, result.stderr) == (1, "")
    assert "IMPOSSIBLE" in result.stdout
    result = run(python, tmp_path, "-m", "fdan.commands.cli", "predict", "nothing.wav")
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "no model: name a folder that `fdan export` wrote" in result.stderr


def test_every_file_that_is_no_code_is_in_it(python, tmp_path):
    listed = subprocess.run(["git", "ls-files", "fdan"], cwd=ROOT, capture_output=True, text=True, check=True)
    place = Path(run(python, tmp_path, "-c", "import fdan; print(fdan.__path__[0])").stdout.strip())
    assert [name for name in listed.stdout.split() if not (place.parent / name).is_file()] == []

"""Every package that is installed is there for a reason: docs/house.md says which, and what runs it."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from fdan.commands.cli import COMMANDS

ROOT = Path(__file__).parent.parent

IMPORTED_AS = {
    "face-alignment": "face_alignment",
    "ffmpeg-python": "ffmpeg",
    "markdown-it-py": "markdown_it",
    "opencv-python-headless": "cv2",
    "opentsne": "openTSNE",
    "pillow": "PIL",
    "pyyaml": "yaml",
    "ruamel.yaml": "ruamel",
    "scikit-learn": "sklearn",
}

OF_OTHERS = {"dvc": "dvc repro", "ruamel.yaml.clib": "dvc repro", "cloudpickle": "joblib"}
"""Packages that none of our modules needs to import, and what the table says of them: they run us, or each other."""

WITHOUT_ITS_NEEDS = {"face-alignment"}
"""Named by an extra, since it requires the desktop build of OpenCV by name; `make` installs it nonetheless."""


def table() -> dict[str, str]:
    """Package -> what runs it, of the table in docs/house.md."""
    page = (ROOT / "docs/house.md").read_text(encoding="utf-8").partition("## Packages, and why\n")[2]
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+) \| `([^`|]+)` \|$", page.partition("\n## ")[0], re.MULTILINE)
    assert len(rows) == len({name for name, _, _ in rows}) > 25
    assert all(len(reason.split()) >= 4 for _, reason, _ in rows)
    return {name: runs for name, _, runs in rows}


def declared(names: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", name)[0].lower() for name in names}


def test_the_table_has_what_pyproject_has():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = declared(project["optional-dependencies"]["detectors"])
    assert extras == WITHOUT_ITS_NEEDS
    assert set(table()) == declared(project["dependencies"]) | extras
    installer = (ROOT / "install.py").read_text(encoding="utf-8")
    assert all(f'"--no-deps", "{name}"' in installer for name in WITHOUT_ITS_NEEDS)


def test_the_pins_have_every_package():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    assert set(table()) <= pinned


@cache
def modules(path: Path) -> frozenset[str]:
    """What a file imports anywhere in it, in full."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            found |= {str(node.module)} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def reached(start: str) -> set[str]:
    """The first names of all that a module of ours imports, by way of any other of ours."""
    todo, seen, packages = [start], set(), set()
    while todo:
        module = todo.pop()
        packages.add(module.partition(".")[0])
        path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
        if module in seen or not path.is_file():
            continue
        seen.add(module)
        todo += modules(path)
    assert seen, start
    return packages


def start_of(runs: str) -> str:
    """The module of a command as the table has it: ``fdan check``, ``dvc repro faces``."""
    if match := re.fullmatch(r"fdan (\w+)(?: .*)?", runs):
        return COMMANDS[match[1]][0]
    return "stages." + re.fullmatch(r"dvc repro (\w+)", runs)[1]


@pytest.mark.parametrize("package", sorted(table()))
def test_what_the_table_names_imports_the_package(package):
    runs = table()[package]
    if package in OF_OTHERS:
        assert runs == OF_OTHERS[package]
    else:
        assert IMPORTED_AS.get(package, package.replace("-", "_")) in reached(start_of(runs))


def test_a_package_that_nothing_reaches_is_seen():
    assert "sklearn" not in reached("fdan.runtime.params")
    assert {"yaml", "pydantic"} <= reached("fdan.runtime.params")


def test_what_scanners_report_of_future_is_never_loaded():
    """CVE-2025-50817 is about its module standard_library; ffmpeg-python imports another."""
    code = "import fdan.demo.clip, sys; print(*sorted(name for name in sys.modules if name.startswith('future.')))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "future.utils" in loaded.split()
    assert not {"future.standard_library", "future.backports"} & set(loaded.split())


def test_the_paper_s_own_run_uses_face_alignment():
    assert "detector: blazeface" in (ROOT / "params.paper.yaml").read_text(encoding="utf-8")

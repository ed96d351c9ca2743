"""What a cached result of a method depends on is what its code imports, and nothing that a process happens to have."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from fdan.methods import cnn
from fdan.methods.quoted import Job
from fdan.methods.registry import METHODS, load
from fdan.runtime.cache import Cache, code_of
from fdan.runtime.params import load_params
from fdan.runtime.project import Project
from tests.declared import imported

ROOT = Path(__file__).parents[2]

CARRIERS = {"fdan/data", "fdan/metrics", "fdan/runtime"}
"""Rooms that carry labels, params and results."""

SETTINGS = {"fdan/methods/params.py", "fdan/methods/registry.py"}
"""Their values are in every key; what else they hold decides no result."""

READERS = [name for name in METHODS if hasattr(load(name), "read")]


def named_in(node: ast.AST) -> set[str]:
    """Names that a definition takes from elsewhere: they are read in it, and none of its arguments or variables."""
    names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
    own = {n.id for n in names if isinstance(n.ctx, ast.Store)} | {
        n.arg for n in ast.walk(node) if isinstance(n, ast.arg)
    }
    return {n.id for n in names if isinstance(n.ctx, ast.Load)} - own


def files_used(name: str, function: str) -> set[Path]:
    """The method's file, and all that it imports by a name that the function needs, itself or by others of the file."""
    path = ROOT / f"fdan/methods/{name}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    made = {
        key: node
        for node in tree.body
        for key in (
            [node.name]
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
        )
    }
    taken = {alias.asname or alias.name: node for node in tree.body if hasattr(node, "names") for alias in node.names}
    needed, todo = set(), [function]
    while todo:
        if (one := todo.pop()) not in needed:
            needed.add(one)
            todo += named_in(made[one]) if one in made else []
    modules = {m for one in needed if one in taken for m in imported(taken[one])}
    return {path, *(ROOT / used for m in modules if m.startswith("fdan.") for used in code_of(m))}


def place(path: Path) -> str:
    """A file of the methods' room by itself, any other by its room."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts if parts[1] == "methods" else parts[:2])


def decisive(name: str, function: str) -> set[str]:
    return {place(path) for path in files_used(name, function)} - CARRIERS - SETTINGS


@pytest.mark.parametrize("name", METHODS)
def test_an_answer_depends_on_all_that_predict_needs(name):
    assert set(load(name).CODE) == decisive(name, "predict")


@pytest.mark.parametrize("name", READERS)
def test_a_reading_depends_on_all_that_read_needs(name):
    own = f"fdan/methods/{name}.py"
    needed = decisive(name, "read") if "def read(" in (ROOT / own).read_text() else decisive(name, "read") - {own}
    assert set(load(name).INPUTS_CODE) == needed


def test_a_cnn_row_depends_on_all_that_its_training_needs():
    assert set(cnn.CODE) == decisive("cnn", "Job")


def test_no_method_imports_another():
    for name in [*METHODS, "cnn"]:
        taken = {Path(file) for file in code_of(f"fdan.methods.{name}")}
        assert {path.stem for path in taken if path.parent.name == "methods"} & {*METHODS, "cnn"} == {name}


def key_of(name: str) -> str:
    params = load_params(f"methods.{name}", load(name).Params, ROOT / "params.yaml")
    job = Job(Project(), "savee", name, params, 0, ("the split", "the inputs"))
    return job.key(Cache(job.kind, (), job.code, job.libraries))


ALONE = """
import fdan.numerics.pins
import sys
sys.path.insert(0, "tests/methods")
from test_code import key_of
print(key_of("ngrams"))
"""


def test_a_key_does_not_depend_on_what_else_was_imported():
    """In a fresh process, which has loaded this method alone before its key is made, and here, where all are loaded."""
    program = ALONE.replace("from test_code", "import fdan.methods.ngrams\nfrom test_code")
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert all(f"fdan.methods.{name}" in sys.modules for name in METHODS)
    assert said.strip() == key_of("ngrams")

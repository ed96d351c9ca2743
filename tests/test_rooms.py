"""Rooms know only those below them, and packages are empty."""

import ast
from collections.abc import Iterable, Iterator
from itertools import chain

import pytest

from fdan.methods.registry import METHODS
from tests.declared import ROOT, imported

ROOMS = """
    errors numerics runtime data metrics corpora media samples demo backbones learning methods
    results figures audit report study download prediction check commands
""".split()  # noqa: SIM905
"""Below `fdan`, from the ground up: a room imports itself and those before it."""


def test_packages_hold_no_code_of_their_own():
    """Whatever imports a room runs its ``__init__.py``: so nothing may stand there."""
    for init in ROOT.glob("fdan/**/__init__.py"):
        body = ast.parse(init.read_text(encoding="utf-8")).body
        assert len(body) == 1, init
        assert isinstance(body[0], ast.Expr), init


@pytest.mark.parametrize("path", sorted(ROOT.glob("fdan/**/*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_direction_of_imports(path):
    if path.parent == ROOT / "fdan" and path.stem == "__init__":
        return
    here = path.relative_to(ROOT / "fdan").with_suffix("").parts
    modules = (imported(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    assert not list(upwards(here, chain.from_iterable(modules)))


def upwards(here: tuple[str, ...], modules: Iterable[str]) -> Iterator[str]:
    """Those of the modules that a file below `fdan` may not import: a method knows no other, the library no stage."""
    for module in modules:
        root, *names = module.split(".")
        if root == "fdan" and names:
            stranger = here[0] == "methods" and here[1] in METHODS and names[:1] == ["methods"]
            stranger &= names[-1] in METHODS and names[-1] != here[1]
            if stranger or ROOMS.index(names[0]) > ROOMS.index(here[0]):
                yield module
        elif root == "stages":
            yield module


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("import fdan.learning.model", ["fdan.learning.model"]),
        ("import json, fdan.learning.model as model", ["fdan.learning.model"]),
        ("from fdan.learning import model", ["fdan.learning", "fdan.learning.model"]),
        ("from fdan.commands import cli", ["fdan.commands", "fdan.commands.cli"]),
        ("import stages.train", ["stages.train"]),
        ("import fdan.numerics.pins", []),
        ("from fdan.media.clip import locate", []),
    ],
)
def test_an_import_upwards_is_seen_in_every_form(line, found):
    assert list(upwards(("media", "clip"), imported(ast.parse(line).body[0]))) == found
    strangers = list(upwards(("methods", "inca"), ["fdan.methods.sdt", "fdan.methods.inputs", "fdan.methods.inca"]))
    assert strangers == ["fdan.methods.sdt"]

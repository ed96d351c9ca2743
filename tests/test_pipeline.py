"""dvc.yaml against the code: each stage declares exactly what it uses."""

import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from dvc.repo import Repo

from fdan.params import load_params
from stages.preflight import SECTIONS

ROOT = Path(__file__).parent.parent


@cache
def stages():
    """Resolved stages of dvc.yaml: name -> (script, deps, params, outs)."""
    found = {}
    for stage in Repo(str(ROOT)).index.stages:
        script = re.fullmatch(r"python -m stages\.(\w+)( [\w -]+)?", stage.cmd)[1]
        deps = {d.def_path for d in stage.deps if d.def_path != "params.yaml"}
        params = {p for d in stage.deps for p in getattr(d, "params", None) or ()}
        found[stage.addressing] = (script, deps, params, {o.def_path for o in stage.outs})
    return found


def imports(path: Path) -> set[Path]:
    """This file and every module of the project that it imports, directly or not."""
    seen: set[Path] = set()
    todo = [path]
    while todo:
        file = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                module = ROOT.joinpath(*name.split(".")).with_suffix(".py")
                if name.split(".")[0] in {"fdan", "stages"} and module.is_file():
                    todo.append(module)
    return seen


def params_read(script: str) -> set[str]:
    """What a stage script asks load_params for; a name that is filled in shows as a star."""
    tree = ast.parse((ROOT / "stages" / f"{script}.py").read_text(encoding="utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "load_params"]
    found = set()
    for call in calls:
        first = call.args[0]
        parts = first.values if isinstance(first, ast.JoinedStr) else [first]
        found.add("".join(p.value if isinstance(p, ast.Constant) else "*" for p in parts))
    return found


NAMES = sorted(stages())

UNDECLARED = {"parallel"}
"""Sections that stages read and do not declare: where the work is done changes no result, and must rerun nothing."""

EXTRACTIONS = {"faces", "mels", "features"}


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_declares_exactly_the_code_it_imports(name):
    script, deps, _, _ = stages()[name]
    used = {path.relative_to(ROOT).as_posix() for path in imports(ROOT / "stages" / f"{script}.py")}
    rooms = {d for d in deps if d.startswith("fdan/") and not d.endswith(".py")}  # whole folders
    covered = {u for u in used if any(u.startswith(f"{d}/") for d in rooms)}
    assert {d for d in deps if d.endswith(".py")} == used - covered
    assert all(any(u.startswith(f"{d}/") for u in used) for d in rooms)


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_declares_exactly_the_params_it_reads(name):
    script, _, declared, _ = stages()[name]
    assert not declared & UNDECLARED
    read = params_read(script) - UNDECLARED

    def matches(one, other):
        return re.fullmatch(other.replace(".", r"\.").replace("*", r"\w+"), one)

    for param in declared:
        assert any(matches(param, r) for r in read), f"{param} is declared but never read"
    for param in read:  # a stage may need a part of what its script can read: variants.fdan of variants
        assert any(matches(d, param) or d.startswith(f"{param}.") or param.startswith(f"{d}.") for d in declared), (
            f"{param} is read but not declared"
        )


def test_only_extraction_reads_where_the_work_is_done():
    assert {script for script, *_ in stages().values() if "parallel" in params_read(script)} == EXTRACTIONS


@pytest.mark.parametrize("script", sorted(EXTRACTIONS))
def test_a_cached_result_depends_on_all_the_code_that_makes_it(script):
    """Every module of a stage is part of its cache's key, but those that only carry labels, params or results."""
    carriers = {"fdan/data/index.py", "fdan/data/utterance.py", "fdan/features.py", "fdan/params.py"}
    carriers |= {"stages/process.py", *(f"fdan/extraction/{n}.py" for n in ("cache", "keeper", "orphans", "parallel"))}
    used = {path.relative_to(ROOT).as_posix() for path in imports(ROOT / "stages" / f"{script}.py")}
    assert set(import_module(f"stages.{script}").CODE) == used - carriers


def test_packages_hold_no_code_of_their_own():
    """The deps leave ``__init__.py`` out; so nothing may stand there."""
    for init in [*ROOT.glob("fdan/**/__init__.py"), *ROOT.glob("stages/__init__.py")]:
        body = ast.parse(init.read_text(encoding="utf-8")).body
        assert len(body) == 1, init
        assert isinstance(body[0], ast.Expr), init


def downstream(names: set[str]) -> set[str]:
    while True:
        outs = {o for n in names for o in stages()[n][3]}
        more = {
            n
            for n, (_, deps, _, _) in stages().items()
            if any(d == o or o.startswith(f"{d}/") or d.startswith(f"{o}/") for d in deps for o in outs)
        }
        if more <= names:
            return names
        names = names | more


def test_alpha_moves_only_training_and_what_follows_it():
    moved = downstream({name for name, (_, _, params, _) in stages().items() if "alpha" in params})
    kinds = {name.partition("@")[0] for name in moved}
    assert kinds == {
        "train",
        "multi",
        "protocols",
        "evaluate",
        "figures",
        "tables",
        "audit",
    }  # not tuning: it has its own values


def test_savee_alone_touches_nothing_of_meld():
    needed = {"evaluate@savee"}
    while True:
        deps = {d for n in needed for d in stages()[n][1]}
        more = needed | {
            n for n, (*_, outs) in stages().items() if any(d == o or d.startswith(f"{o}/") for d in deps for o in outs)
        }
        if more == needed:
            break
        needed = more
    assert "demo@savee" in needed
    assert not [n for n in needed if "meld" in n]


def test_every_section_of_params_is_checked_before_the_first_stage():
    declared = {p.split(".")[0] for _, _, params, _ in stages().values() for p in params}
    # dvc.yaml itself iterates over the targets; fine-tuning is a command of its own
    assert declared | UNDECLARED | {"targets", "finetune"} == set(SECTIONS)
    for section, type_ in SECTIONS.items():
        load_params(section, type_, ROOT / "params.yaml")


def test_every_stage_says_what_it_is():
    assert all(stage.desc for stage in Repo(str(ROOT)).index.stages)


ROOMS = {
    # room -> what it may import of fdan; a trailing dot is a folder
    "data.": {"data."},
    "losses": set(),
    "params": set(),
    "provenance": set(),
    "published": set(),
    "vision": set(),
    "media.": {"media.", "data."},
    "demo.": {"demo.", "data."},
    "extraction.": {"extraction.", "media."},
    "check.": {"check.", "data.", "extraction.", "media.", "params"},
    "download.": {"download.", "baselines.", "vision"},
    "features": {"data."},
    "model": set(),
    "openvino": set(),
    "backbone": {"openvino", "vision"},
    "baselines.": {"baselines.", "backbone"},
    "stacked": {"losses", "model"},
    "training": {"data.", "features", "model", "stacked"},
    "released": {"losses", "training"},
    "finetune": {"backbone", "losses", "model", "training"},
    "tuning": {"data."},
    "evaluation": {"model"},
    "metrics": {"data."},
    "sheets": set(),
    "statistics": {"metrics"},
    "results": {"metrics"},
    "tables": {"metrics", "published", "sheets"},
    "comparisons": {"results", "statistics", "tables"},
    "companions": {"comparisons", "published", "results", "sheets", "tables", "tuning"},
    "audit.": {
        "audit.",
        "companions",
        "comparisons",
        "data.",
        "published",
        "results",
        "sheets",
        "statistics",
        "tuning",
    },
    "figures": {"data.", "tuning"},
}


def room(module: str) -> str:
    first, dot, _ = module.removeprefix("fdan.").partition(".")
    return f"{first}." if dot else first


@pytest.mark.parametrize("path", sorted(ROOT.glob("fdan/**/*.py")), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_direction_of_imports(path):
    if path.name == "__init__.py":
        return
    here = room(".".join(path.relative_to(ROOT).with_suffix("").parts))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.module.split(".")[0] != "stages", f"{path}: the library knows no stage"
            if node.module.split(".")[0] == "fdan":
                package = (ROOT / Path(*node.module.split("."))).is_dir()
                targets = [f"{node.module}.{a.name}" for a in node.names] if package else [node.module]
                for target in targets:
                    assert room(target) in ROOMS[here], f"{path}: {target}"

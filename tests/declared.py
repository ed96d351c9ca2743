"""What dvc.yaml declares of its stages, and what their code imports and reads."""

import ast
import re
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path

from dvc.repo import Repo

from fdan.methods.registry import METHODS

ROOT = Path(__file__).parent.parent


def command(cmd: str) -> tuple[str, ...]:
    """The script of a stage, and its arguments."""
    return tuple(re.fullmatch(r"python -m stages\.(\w+(?: [\w-]+)*)", cmd)[1].split())


@cache
def stages():
    """Resolved stages of dvc.yaml: name -> (script, deps, params, outs)."""
    found = {}
    for stage in Repo(str(ROOT)).index.stages:
        script = command(stage.cmd)[0]
        deps = {d.def_path for d in stage.deps if d.def_path != "params.yaml"}
        params = {p for d in stage.deps for p in getattr(d, "params", None) or ()}
        found[stage.addressing] = (script, deps, params, {o.def_path for o in stage.outs})
    return found


def imported(node: ast.AST) -> list[str]:
    """The modules that a statement imports, by either form; what is taken out of one may be a module too."""
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


LOADERS = {"inputs", "methods"}
"""Stages that load the file of every method by its name in the registry."""


def imports(script: str) -> set[Path]:
    """The script of a stage and every module of the project that it imports, directly or not."""
    seen: set[Path] = set()
    todo = [ROOT / "stages" / f"{script}.py"]
    if script in LOADERS:
        todo += [ROOT / "fdan/methods" / f"{name}.py" for name in METHODS]
    while todo:
        file = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = imported(node)
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
                names = [name.value for name in node.args if isinstance(name, ast.Constant)]
            for name in names:
                module = ROOT.joinpath(*name.split(".")).with_suffix(".py")
                if name.split(".")[0] in {"fdan", "stages"} and module.is_file():
                    todo.append(module)
    return seen


def params_read(script: str) -> set[str]:
    """What a stage asks load_params for, itself or in a room; a name that is filled in shows as a star."""
    found = set()
    for path in imports(script):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "load_params":
                first = call.args[0]
                parts = first.values if isinstance(first, ast.JoinedStr) else [first]
                found.add("".join(p.value if isinstance(p, ast.Constant) else "*" for p in parts))
            elif isinstance(call, ast.Call) and getattr(call.func, "id", "") == "load_part":
                section, type_ = call.args[:2]
                module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
                found |= {f"{section.value}.{field.name}" for field in fields(getattr(module, type_.id))}
    return found


def room(path: Path) -> str:
    """The room of a file as a dep names it; a script of stages/ is its own, and so is a file that is no room's."""
    parts = path.relative_to(ROOT).parts
    return "/".join(parts if parts[0] == "stages" else parts[:2])

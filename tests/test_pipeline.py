"""dvc.yaml against the code: each stage declares exactly what it uses."""

import ast
import re
import subprocess
import sys

import pytest
from dvc.repo import Repo

from fdan.commands.preflight import SECTIONS
from fdan.runtime.params import load_params
from tests.declared import ROOT, imported, imports, params_read, room, stages

UNNAMED = {"fdan/errors.py", "fdan/runtime"}
"""What no stage names: it decides how a stage runs, never what it writes."""

NAMES = sorted(stages())

UNDECLARED = {"parallel"}
"""Sections that stages read and do not declare: where the work is done changes no result, and must rerun nothing."""

KINDS = sorted({name.partition("@")[0] for name in NAMES})


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_declares_exactly_the_rooms_it_imports(name):
    script, deps, _, _ = stages()[name]
    assert {d for d in deps if d.startswith(("fdan", "stages"))} == {room(path) for path in imports(script)} - UNNAMED


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_declares_exactly_the_params_it_reads(name):
    script, _, declared, _ = stages()[name]
    assert not declared & UNDECLARED
    read = params_read(script) - UNDECLARED

    def matches(one, other):
        return re.fullmatch(other.replace(".", r"\.").replace("*", r"\w+"), one)

    def within(one, other):
        return one == other or one.startswith(f"{other}.")

    for param in declared:
        assert any(matches(param, r) or within(r, param) for r in read), f"{param} is declared but never read"
    for param in read:  # a stage may need a part of what its script can read: variants.fdan of variants
        assert any(matches(d, param) or within(d, param) or within(param, d) for d in declared), (
            f"{param} is read but not declared"
        )


@pytest.mark.parametrize("kind", KINDS)
def test_a_section_a_stage_and_a_script_have_one_name(kind):
    """Stage = script; and where a section of params.yaml has a stage's name, that stage reads it."""
    script, _, params, _ = stages()[next(name for name in NAMES if name.partition("@")[0] == kind)]
    assert script == kind
    assert kind not in SECTIONS or any(param.partition(".")[0] == kind for param in params)


@pytest.mark.parametrize("name", KINDS)
def test_a_stage_is_pinned_before_it_imports_anything_else(name):
    body = ast.parse((ROOT / "stages" / f"{name}.py").read_text(encoding="utf-8")).body
    first = next(node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    assert imported(first)[0].startswith("fdan.numerics.pins")


@pytest.mark.parametrize("name", ["demo", "manifests", "faces", "audio", "sheets", "splits", "results", "report"])
def test_a_stage_that_trains_nothing_starts_without_torch(name):
    """It takes seconds to import."""
    code = f"import sys, stages.{name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


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
    # Not tuning and the released code, which have values of their own.
    assert kinds == {"train", "multi", "protocols", "finetune", "figures", "results", "report"}


def test_another_encoder_moves_the_features_and_what_follows_them():
    kinds = {name.partition("@")[0] for name, (_, _, params, _) in stages().items() if "features" in params}
    assert kinds == {"features", "results", "report"}
    moved = {name.partition("@")[0] for name in downstream({n for n in NAMES if n.startswith("features@")})}
    assert not moved & {"demo", "manifests", "faces", "audio", "sheets", "splits", "cnn"}
    assert {"train", "multi", "protocols", "tuning", "released", "inputs", "figures", "results"} <= moved


def test_savee_alone_touches_nothing_of_meld():
    needed = {"train@savee"}
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
    assert declared | UNDECLARED == set(SECTIONS)
    for section, type_ in SECTIONS.items():
        load_params(section, type_, ROOT / "params.yaml")


def test_the_committed_lock_is_of_this_code_and_these_params():
    """So the committed reports are what this tree makes; else: dvc repro, and commit dvc.lock and reports/."""
    deps = [dep for stage in Repo(str(ROOT)).index.stages for dep in stage.deps]
    params = {"params.yaml", "params.paper.yaml"}
    code = [dep for dep in deps if dep.def_path in params or dep.def_path.startswith(("fdan/", "stages/"))]
    once = {(dep.def_path, str(dep.hash_info)): dep for dep in code}  # a room is hashed once, not for each stage
    stale = {path: status for dep in once.values() for path, status in dep.status().items()}
    assert stale == {}


def test_what_file_managers_leave_reruns_nothing():
    ignore = Repo(str(ROOT)).dvcignore
    for name in ("._a.wav", ".DS_Store", "Thumbs.db", "desktop.ini", "#recycle", "lost+found", "@eaDir", "__MACOSX"):
        assert ignore.is_ignored_file(str(ROOT / "data/raw/savee" / name)), name
    assert not ignore.is_ignored_file(str(ROOT / "data/raw/savee/DC/a01.wav"))


def test_of_a_corpus_folder_the_list_of_its_recordings_alone_depends():
    """Outside of the project .dvcignore does nothing: whatever lies in a folder reruns what depends on the folder."""
    raw = load_params("raw", dict[str, str], ROOT / "params.yaml")
    assert {name for name, (_, deps, _, _) in stages().items() if deps & {*raw.values()}} == {
        f"manifests@{corpus}" for corpus in raw
    }


def test_every_stage_says_what_it_is():
    assert all(stage.desc for stage in Repo(str(ROOT)).index.stages)

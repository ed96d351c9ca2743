"""dvc.yaml against the code: each stage declares exactly what it uses."""

import ast
import re
from importlib import import_module

import pytest
from dvc.repo import Repo

from fdan.commands.preflight import SECTIONS
from fdan.runtime.params import load_params
from tests.declared import ROOT, imported, imports, params_read, room, stages, started, used_by

UNNAMED = {"fdan/runtime"}
"""What no stage names: it decides how a stage runs, never what it writes."""

NOT_NEEDED = {
    # A change there reruns the stage though it would do the same; the dearer the stage, the shorter this must be.
    "faces": {"numerics": {"products"}, "data": {"features", "histories", "splits", "trials"}},
    "mels": {"numerics": {"products"}, "data": {"features", "histories", "splits", "trials"}},
    "features visual": {
        "features": {"acoustic"},
        "networks": {"resume"},
        "numerics": {"products"},
        "data": {"histories", "manifest", "splits", "trials"},
    },
    "features acoustic": {
        "features": {"visual"},
        "mels": {"image"},
        "networks": {"resume"},
        "numerics": {"products"},
        "data": {"histories", "splits", "trials"},
    },
    "train": {"data": {"archive", "index", "trials"}},
    "multi": {"data": {"archive", "index", "trials"}},
    "protocols": {"data": {"archive", "index", "trials"}},
    "tuning": {"data": {"archive", "index"}},
    "released": {
        "data": {"archive", "index", "trials"},
        "learning": {"bank", "checkpoint", "runs"},
        "variants": {"command", "finetune"},
    },
    "baselines": {
        "numerics": {"products"},
        "data": {"features", "histories", "trials"},
    },
    "methods": {
        "numerics": {"products"},
        "data": {"archive", "features", "histories", "index", "trials"},
        "sequences": {"extract", "folds", "frames", "portable"},
    },
}
"""Stage -> room -> its files that the stage does not import; rooms that it needs whole may be left out."""

NAMES = sorted(stages())

UNDECLARED = {"parallel"}
"""Sections that stages read and do not declare: where the work is done changes no result, and must rerun nothing."""

EXTRACTIONS = {
    "faces": "faces.crops",
    "mels": "mels.image",
    "features visual": "features.extract",
    "features acoustic": "speech.extract",
    "sounds": "sounds.clip",
}
"""Stage and argument -> the module that does its work on single clips, in a cache of its own."""


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_declares_exactly_the_rooms_it_imports(name):
    script, *arguments = started()[name]
    used = {room(path) for path in imports(ROOT / "stages" / f"{script}.py", tuple(arguments))}
    deps = stages()[name][1]
    assert {d for d in deps if d.startswith(("fdan", "stages"))} == used - UNNAMED


@pytest.mark.parametrize("script", sorted(NOT_NEEDED))
def test_few_files_rerun_an_expensive_stage_needlessly(script):
    used = used_by(script)
    spared: dict[str, set[str]] = {}
    for folder in {path.parent for path in used if path.parts[-3] == "fdan"}:
        rest = {p.stem for p in folder.glob("*.py") if p.stem != "__init__"} - {
            p.stem for p in used if p.parent == folder
        }
        spared[folder.name] = rest
    expected = NOT_NEEDED[script]
    assert {r: files for r, files in spared.items() if r != "runtime" and (files or r in expected)} == expected


@pytest.mark.parametrize("name", NAMES)
def test_a_stage_declares_exactly_the_params_it_reads(name):
    script, *arguments = started()[name]
    declared = stages()[name][2]
    assert not declared & UNDECLARED
    read = params_read(script, tuple(arguments)) - UNDECLARED

    def matches(one, other):
        return re.fullmatch(other.replace(".", r"\.").replace("*", r"\w+"), one)

    for param in declared:
        assert any(matches(param, r) for r in read), f"{param} is declared but never read"
    for param in read:  # a stage may need a part of what its script can read: variants.fdan of variants
        assert any(matches(d, param) or d.startswith(f"{param}.") or param.startswith(f"{d}.") for d in declared), (
            f"{param} is read but not declared"
        )


def test_only_extraction_and_training_read_where_the_work_is_done():
    def reads(module):
        return "parallel" in re.findall(r'load_params\("(\w+)"', (ROOT / module).read_text(encoding="utf-8"))

    found = {script for script, *_ in stages().values() if reads(f"stages/{script}.py")}
    library = {p.parent.name for p in ROOT.glob("fdan/*/*.py") if reads(p.relative_to(ROOT))}
    learners = {"learning", "released", "baselines", "methods", "variants", "study"}
    assert found | library == {"features", "media", "sequences", "check", "prediction"} | learners


def of_fdan(started_as: str) -> set[str]:
    """The rooms of fdan/ that a stage's script imports when it is started so."""
    return {room(path) for path in used_by(started_as)} - {f"stages/{started_as.split()[0]}.py"}


@pytest.mark.parametrize("script", sorted(EXTRACTIONS))
def test_a_cached_result_depends_on_all_the_rooms_that_make_it(script):
    """Every room of a stage is part of its cache's key, but those that only carry labels, params or results."""
    carriers = {"fdan/data", "fdan/extraction", "fdan/runtime"}
    if script == "features acoustic":  # it also has the Mel images, which are in the images' own cache
        carriers |= {"fdan/features", "fdan/networks"}
    code = import_module(f"fdan.{EXTRACTIONS[script]}").CODE
    assert {place for place in code if place != "fdan/data/archive.py"} == of_fdan(script) - carriers


@pytest.mark.parametrize("name", [name for name in NAMES if started()[name][0] == "inputs"])
def test_what_a_method_reads_of_a_sound_depends_on_all_that_makes_it(name):
    """Rooms, and the files of its own room, so that a change of its training computes nothing of a sound anew."""
    script, *arguments = started()[name]
    used = imports(ROOT / "stages" / f"{script}.py", tuple(arguments))
    if ROOT / "fdan/sequences/extract.py" not in used:
        return
    carriers = {"fdan/data", "fdan/extraction", "fdan/runtime", f"stages/{script}.py"}
    carriers |= {"fdan/text", "fdan/dialogues"}  # what else the method reads, beside the sound
    own = {p.relative_to(ROOT).as_posix() for p in used if p.parent.parent.name == "baselines" and p.stem != "params"}
    rooms = {room(p) for p in used if p.parent.parent.name != "baselines"} - carriers
    code = import_module(f"fdan.baselines.{arguments[1]}.inputs").CODE
    assert {*code, *import_module("fdan.sequences.extract").CODE} == own | rooms


@pytest.mark.parametrize("name", sorted({script for script, *_ in started().values()}))
def test_a_stage_is_pinned_before_it_imports_anything_else(name):
    body = ast.parse((ROOT / "stages" / f"{name}.py").read_text(encoding="utf-8")).body
    first = next(node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    assert imported(first)[0].startswith("fdan.numerics.pins")


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
        "evaluate",
        "calibration",
        "figures",
        "tables",
        "audit",
        "report",
    }  # not tuning and protocols: they have their own values


def test_another_encoder_moves_the_features_of_speech_and_what_follows_them():
    hears = {"features.acoustic", "features.acoustic_weights"}
    kinds = {name.partition("@")[0] for name, (_, _, params, _) in stages().items() if params & hears}
    assert kinds == {"features-acoustic"}
    moved = {name.partition("@")[0] for name in downstream({n for n in NAMES if n.startswith("features-acoustic@")})}
    unmoved = {"demo", "manifests", "faces", "mels", "sounds", "sheets", "splits", "features-visual", "baselines"}
    assert not moved & unmoved
    assert {"train", "evaluate", "multi", "disjoint", "speaker", "tuning", "released", "figures", "tables"} <= moved


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
    # fine-tuning is a command of its own
    assert declared | UNDECLARED | {"finetune"} == set(SECTIONS)
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

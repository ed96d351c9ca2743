"""The whole DAG on a handful of clips, in a copy of the project, by dvc itself."""

from fdan.numerics.pins import UNPINNED

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest
from dvc.repo import Repo

from fdan.data.records import read_records
from fdan.learning.checkpoint import read_checkpoint
from fdan.results.published import PUBLISHED
from fdan.samples.recordings import Recording
from tests.small_project import SMALL, dvc, set_params

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project after ``dvc repro``, and the log of the files that its stages opened."""
    folder, log = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("log") / "opened"
    for name in ("fdan", "stages"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("weights", "encoders"):  # what lies there in a fresh clone
        (folder / name).mkdir()
        shutil.copy(ROOT / name / "README.md", folder / name)
    for name in ("dvc.yaml", "params.yaml", "params.paper.yaml", ".dvcignore"):
        shutil.copy(ROOT / name, folder / name)
    set_params(folder, SMALL)
    assert dvc(folder, "init", "--no-scm").returncode == 0
    result = dvc(
        folder,
        "repro",
        PYTHONPATH=str(ROOT / "tests" / "traced"),
        PYTHONDONTWRITEBYTECODE="1",  # so that code is read from the files that dvc.yaml names
        FDAN_TRACE_ROOT=str(folder),
        FDAN_TRACE_LOG=str(log),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, log.read_text()


def test_every_table_has_every_row_and_every_run_its_predictions(project):
    folder, _ = project
    for number in (1, 2, 3, 4):
        rows = [row.row for row in PUBLISHED if row.table == number]
        text = (folder / f"reports/tables/table{number}.md").read_text()
        assert all(row in text for row in rows)
        assert "SYNTHETIC" in text
        assert " from FDAN (" not in text  # the tuned FDAN is no row of the paper's
        assert (folder / f"reports/tables/table{number}.tex").stat().st_size
    metrics = json.loads((folder / "reports/metrics.json").read_text())
    assert set(metrics["table1"]["FDAN"]) == {"WAR", "UAR", "wF1"}
    assert set(metrics["table4"]["MELD"]) == {"FDAN1", "FDAN2", "FDAN1 fine-tuned", "FDAN2 fine-tuned"}
    assert set(metrics["table3"]) == {"SAVEE", "MELD"}
    both = {"FDAN", "FDAN fine-tuned", "ResNet-18"}
    assert set(metrics["table1"]) == both | {"GM-TCNet", "INCA", "TF-Mix"}
    assert set(metrics["table2"]) == both | {"CADF", "MAP", "SDT", "SMIN", "TRIN"}
    runs = sorted(
        p.relative_to(folder / "reports/predictions").as_posix()
        for p in folder.glob("reports/predictions/**/seed-*.csv")
    )
    networks = {
        "paper": 3 * 2,
        "multi": 2,
        "disjoint": 3,
        "speaker": 3,
        "tuned": 1,
        "rotated": 2,
        "released": 2,
        "finetune": 3,
        "CNN row": 1,
        "methods that hear": 3,
        "a method that sees and hears": 1,
    }
    dialogue = 5  # SDT, SMIN, CADF, MAP and n-grams: MELD alone has a transcript
    assert len(runs) == 2 * sum(networks.values()) + dialogue
    own = 3 + 1 + networks["released"] + networks["finetune"]  # FDAN, FDAN1, FDAN2; multi
    counted = own + networks["CNN row"] + networks["methods that hear"] + networks["a method that sees and hears"]
    assert len(list(folder.glob("reports/predictions/**/trained.csv"))) == 2 * counted + dialogue


def test_every_quoted_row_is_measured_or_says_why_not(project):
    folder, _ = project
    for number in (1, 2):
        table = (folder / f"reports/tables/table{number}.md").read_text()
        quoted = [line.split(" | ") for line in table.splitlines() if " † | " in line]
        assert len(quoted) == {1: 3, 2: 5}[number]
        for row in quoted:
            assert re.fullmatch(r"[\d.]+( ± [\d.]+)? \[.*\]", row[3]), row  # its WAR with the interval
            assert re.match("faithful|partial|inspired", row[-1]), row
    page = (folder / "reports/rows.md").read_text()
    assert page.count("\n## ") == 9  # the eight methods and the released head
    assert "The text baseline on MELD, n-grams with logistic regression: WAR " in page
    assert "SAVEE: no transcript, so there is no text baseline." in page
    assert all((folder / "reports" / name).is_file() for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page))


def test_the_figures_are_there_and_dvc_knows_them(project):
    folder, _ = project
    for corpus in ("savee", "meld"):
        for stem in ("fig4_confusion", "fig5_tsne"):
            assert (folder / f"reports/figures/{stem}_{corpus}.png").read_bytes().startswith(b"\x89PNG")
            assert (folder / f"reports/figures/{stem}_{corpus}.pdf").read_bytes().startswith(b"%PDF")
    with Repo(str(folder)) as repo:
        plots = {o.def_path for s in repo.index.stages for o in s.outs if o.plot}
    of_each = ("fig4", "fig5", "tuning", "calibration")
    assert len(plots) == 2 * len(of_each) + len(("rows", "published", "alpha", "selection", "leak"))
    pictures = [*(folder / plot for plot in plots if plot.endswith(".png")), *folder.glob("reports/figures/rows/*")]
    assert {picture.stem for picture in pictures} >= {"savee", "meld", "audit_leak", "tuning_meld"}
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_the_audit_is_there_and_names_what_it_is_made_from(project):
    folder, _ = project
    page = (folder / "reports/audit.md").read_text()
    assert "SYNTHETIC" in page
    assert all((folder / "reports" / name).is_file() for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page))
    assert json.loads((folder / "reports/audit.json").read_text())


def test_contact_sheets_of_synthetic_people_are_figures_of_the_report(project):
    folder, _ = project
    for corpus in ("savee", "meld"):
        for kind in ("faces", "mels"):
            assert (folder / f"reports/figures/{kind}_{corpus}.png").read_bytes().startswith(b"\x89PNG")
        assert [p.name for p in (folder / "reports/local" / corpus).iterdir()] == ["README.txt"]


def test_a_stage_opens_exactly_what_it_declares(project):
    folder, log = project
    opened: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in log.splitlines():
        kind, rest = line[0], line[2:]
        command, path = rest.rsplit(" ", 1)
        opened[kind, command].add(path)

    def within(path, declared):
        return any(path == d or path.startswith(f"{d}/") for d in declared)

    for stage in Repo(str(folder)).index.stages:
        command = stage.cmd.removeprefix("python -m ")
        deps = {d.def_path for d in stage.deps if d.def_path != "params.yaml"}
        outs = {o.def_path for o in stage.outs}
        reads = {p for p in opened["r", command] if not p.endswith("__init__.py") and "__pycache__" not in p}
        # What decides how a stage runs, never what it writes (tests/test_pipeline.py).
        reads = {p for p in reads if p != "params.yaml" and not p.startswith(("fdan/errors.py", "fdan/runtime/"))}
        # What is remembered of single clips lies outside of DVC, and changes no output (fdan/runtime/cache.py).
        reads = {p for p in reads if not p.startswith(".cache/")}
        # What a stage writes it may read again, under the temporary name beside its place.
        files = {p for p in reads if not (folder / p).is_dir()}
        # What a list of recordings names, with the digest of each, may be opened by whoever depends on the list.
        listed = {
            f"data/demo/{Path(dep).stem}/{recording.path}"
            for dep in deps
            if dep.startswith("data/recordings/")
            for recording in read_records(folder / dep, Recording)
        }
        strangers = {p for p in files if not within(p, deps | outs | listed) and ".tmp" not in p}
        assert not strangers, (stage.addressing, strangers)
        # Features are opened by safetensors' own code, which no hook of Python's sees.
        hidden = ("data/features", "data/inputs", "weights", "encoders")  # the first two as said; the others are empty
        if stage.addressing.rpartition(":")[2].startswith("features@"):
            hidden += ("data/manifests", "data/recordings")  # what features.acoustic: whisper reads
        unread = {d for d in deps if not any(within(p, {d}) for p in reads) and not d.startswith(hidden)}
        assert not unread, (stage.addressing, unread)
        for path in {p for p in opened["w", command] if not p.startswith(".cache/")}:
            # .savee.123.tmp is the temporary name of savee
            place = "/".join(
                p[1:].partition(".tmp")[0].rpartition(".")[0] if ".tmp" in p else p for p in path.split("/")
            )
            assert within(place, outs), (stage.addressing, path)
        for out in outs:
            assert (folder / out).exists()


def start(folder, stage, **env):
    command = [sys.executable, "-m", *f"stages.{stage}".split()]
    result = subprocess.run(command, cwd=folder, env=os.environ | env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("stage", "kind"),
    [("released savee", "released"), ("cnn savee", "cnn"), ("methods savee", "methods")],
)
def test_a_summary_line_says_what_was_trained_and_what_was_known(project, stage, kind):
    folder, _ = project
    known = start(folder, stage)
    count = re.search(r"; trained 0, known ([1-9]\d*)\n$", known)[1]
    shutil.rmtree(folder / ".cache" / kind)
    assert start(folder, stage) == known.replace(f"trained 0, known {count}", f"trained {count}, known 0")


def bytes_of(place):
    return {p: p.read_bytes() for p in ([place] if place.is_file() else place.rglob("*")) if p.is_file()}


@pytest.mark.parametrize(
    ("stage", "place"),
    [
        ("demo savee", "data/demo/savee"),
        ("train savee", "reports/predictions/paper/savee"),
        ("train savee", "reports/calibration/savee"),
        ("audio savee", "data/sounds/savee.zip"),
        ("figures savee", "reports/figures/fig5_tsne_savee.png"),
    ],
)
def test_what_is_made_without_the_pins_says_so_and_pinned_again_has_the_bytes_that_it_had(project, stage, place):
    folder, _ = project
    out = folder / place
    before = bytes_of(out)
    start(folder, stage, FDAN_PINS="off")
    if out.suffix == ".png":
        assert bytes_of(out) != before  # its title says so
    else:
        said = zipfile.ZipFile(out).comment.decode() if out.suffix == ".zip" else (out / UNPINNED).read_text()
        assert said.startswith("made without the pins (FDAN_PINS=off); remake: ")
    start(folder, stage)
    assert bytes_of(out) == before


def test_nothing_unfinished_stays(project):
    folder, _ = project
    assert not [p for p in folder.glob("[!.]*/**/*") if ".tmp" in p.name]


def test_a_second_repro_does_nothing_and_alpha_moves_only_training(project):
    folder, _ = project
    again = dvc(folder, "repro")
    assert again.returncode == 0
    assert "Running stage" not in again.stdout
    set_params(folder, {"alpha": 1e-5})
    changed = set(json.loads(dvc(folder, "status", "--json").stdout))
    kinds = ("train", "multi", "protocols", "finetune")
    assert changed == {f"{kind}@{corpus}" for kind in kinds for corpus in ("savee", "meld")} | {"results", "report"}


def test_a_wrong_alpha_is_refused_in_one_line_before_anything_is_computed(project):
    folder, _ = project
    set_params(folder, {"alpha": "abc"})
    before = {p: p.stat().st_mtime_ns for p in folder.glob("runs/**/*")}
    result = subprocess.run(
        [sys.executable, "-m", "stages.train", "savee"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr == "stages.train: error: params.yaml: alpha: 'abc': input should be a valid number\n"
    assert {p: p.stat().st_mtime_ns for p in folder.glob("runs/**/*")} == before


def test_with_dvc_alpha_arrives_as_a_number(project):
    """What ``dvc exp run -S`` writes is YAML 1.2: 1e-05 must be a number to the stage that reads it."""
    folder, _ = project
    text = (folder / "params.yaml").read_text()
    (folder / "params.yaml").write_text(re.sub(r"(?m)^alpha: .*$", "alpha: 1e-05", text))
    assert dvc(folder, "repro", "train@savee").returncode == 0
    assert read_checkpoint(folder / "runs/savee/fdan/seed-0.safetensors").about["alpha"] == 0.00001

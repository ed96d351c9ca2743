"""What DVC prints of an experiment, in a temporary clone of a project of two small stages with our metrics.json."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fdan.metrics.scores import Scores
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.paper_sheets import make_metrics
from fdan.results.paper_tables import make_tables
from fdan.results.published import PUBLISHED
from fdan.results.runs import run_of

ROOT = Path(__file__).parents[2]
STAGES = """
stages:
  train:
    cmd: python train.py
    deps: [train.py]
    params: [alpha]
    outs: [runs/savee]
  tables:
    cmd: python tables.py
    deps: [tables.py, runs/savee]
    metrics:
    - reports/metrics.json: {cache: false}
plots:
- curves:
    x: epoch
    y: {runs/savee/fdan/seed-0.csv: [lmmd]}
"""
TRAIN = """
import pathlib
from fdan.runtime.params import load_params
alpha = load_params("alpha", float)
folder = pathlib.Path("runs/savee/fdan")
folder.mkdir(parents=True)
(folder / "seed-0.csv").write_text(f"epoch,lmmd\\n1,{alpha}\\n2,{alpha}\\n")
"""
TABLES = """
import json, pathlib
alpha = float(pathlib.Path("runs/savee/fdan/seed-0.csv").read_text().split(",")[-1])
metrics = json.loads(pathlib.Path("means.json").read_text())

def learnt(values, path=""):
    if isinstance(values, dict):
        return {key: learnt(value, f"{path}.{key}") for key, value in values.items()}
    moved = ".FDAN1." in path or ".FDAN." in path or "table3" in path  # neither the CNN rows nor FDAN2 have an alpha
    return round(values + 1000 * alpha, 2) if moved else values

pathlib.Path("reports").mkdir(exist_ok=True)
pathlib.Path("reports/metrics.json").write_text(json.dumps(learnt(metrics), indent=2))
"""


def run(folder: Path, *command: str) -> str:
    words = [sys.executable, "-m", *command] if command[0] == "dvc" else list(command)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {
        "PATH": path,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "DVC_NO_ANALYTICS": "1",
        "COLUMNS": "120",
        "PYTHONPATH": str(ROOT),
    }
    env |= {f"GIT_{who}_{what}": "n@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    result = subprocess.run(words, cwd=folder, env=os.environ | env, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def commands(start: str) -> list[list[str]]:
    """The README's lines that start so, without their comment."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith(start)]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The small project, made and committed, as somebody else gets it."""
    origin = tmp_path / "origin"
    origin.mkdir()
    rows = {run_of(row): (Scores(80.0, 70.0, 60.0), Scores(70.0, 60.0, 50.0)) for row in PUBLISHED if row.run}
    facts = {corpus: CorpusFacts.of(corpus) for corpus in ("savee", "meld")}
    means = make_metrics(make_tables(rows, facts, {}))
    texts = {"dvc.yaml": STAGES, "train.py": TRAIN, "tables.py": TABLES, ".gitignore": "/runs\n"}
    for name, text in texts.items():
        (origin / name).write_text(text)
    (origin / "means.json").write_text(json.dumps(means))
    shutil.copy(ROOT / "params.yaml", origin)
    run(origin, "git", "init", "-q")
    run(origin, "dvc", "init", "-q")
    run(origin, "dvc", "repro", "-q")
    run(origin, "git", "add", "-A")
    run(origin, "git", "commit", "-qm", "small")
    run(tmp_path, "git", "clone", "-q", "origin", "clone")
    return tmp_path / "clone"


@pytest.mark.slow
def test_an_experiment_is_compared_in_few_lines_of_120_columns(clone: Path) -> None:
    run(clone, "dvc", "exp", "run", "-q", "-S", "alpha=1e-5")
    (diff,) = commands("dvc metrics diff")
    lines = run(clone, *diff).splitlines()
    assert 2 <= len(lines) <= 24
    assert re.match(r"reports/metrics.json +table1.FDAN.UAR +66.0 +65.01 +-0.99$", lines[1])
    moved = {line.split()[1].rpartition(".")[0] for line in lines[1:]}
    both = {f"table4.{corpus}.FDAN1" for corpus in ("SAVEE", "MELD")} | {"table3.SAVEE", "table3.MELD"}
    assert moved == {"table1.FDAN", "table2.FDAN"} | both

    (show,) = commands("dvc exp show")
    header, _, *table = [line for line in run(clone, *show).splitlines() if line]
    assert max(map(len, [header, *table])) <= 120
    assert [cell.strip() for cell in header.strip("|").split("|")] == [
        *("Experiment", "table1.FDAN.WAR", "table2.FDAN.WAR", "alpha"),
    ]
    assert [cells.strip("|").split("|")[-1].strip() for cells in table] == ["1e-05", "0.001", "1e-05"]

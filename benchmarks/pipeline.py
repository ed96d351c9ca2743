"""What the pipeline costs beside its work: starting a stage, and a `dvc repro` that has nothing to do."""

import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dvc.repo import Repo

from benchmarks.measure import Row, at_most

ROOT = Path(__file__).parent.parent
WITHOUT_TORCH = ("audio", "demo", "faces", "manifests", "report", "results", "sheets", "splits")


def start(tiny: bool) -> list[Row]:
    """Seconds until a stage's code is loaded, for the stages that need no torch."""
    rows = []
    for stage in WITHOUT_TORCH[-1:] if tiny else WITHOUT_TORCH:
        times = []
        for _ in range(1 if tiny else 3):
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", f"import stages.{stage}"], check=True, cwd=ROOT)
            times.append(time.perf_counter() - begin)
        rows.append(at_most(f"Start of stage {stage} (wall clock)", min(times), "s", 1.0))
    return rows


def ablation(tiny: bool) -> list[Row]:
    """`dvc exp run -S alpha=1e-5` after `make repro`, in a clone that knows its networks; none where it is not made."""
    if tiny or Repo(str(ROOT)).status():
        return []
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        for command in (
            ["git", "clone", "--quiet", str(ROOT), str(clone)],
            [sys.executable, "-m", "dvc", "--cd", str(clone), "config", "cache.dir", str(ROOT / ".dvc/cache")],
            [sys.executable, "-m", "dvc", "--cd", str(clone), "checkout", "--quiet"],
        ):
            subprocess.run(command, check=True)
        shutil.copytree(ROOT / ".cache", clone / ".cache")
        begin = time.perf_counter()
        command = [sys.executable, "-m", "dvc", "exp", "run", "-S", "alpha=1e-5"]
        told = subprocess.run(command, check=True, cwd=clone, capture_output=True, text=True).stdout
        seconds = time.perf_counter() - begin
    trained = sum(map(int, re.findall(r"trained (\d+)", told)))
    name = f"dvc exp run -S alpha=1e-5, {trained} networks trained (wall clock; 75 s at 200 GFLOP/s a core)"
    return [at_most(name, seconds, "s", 180)]


def nothing_to_do(tiny: bool) -> list[Row]:
    """`dvc repro` after `make repro`; no row where something is left to do."""
    repo = Repo(str(ROOT))
    if tiny or repo.status():
        return []
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "dvc", "repro", "--quiet"], check=True, cwd=ROOT)
    name = f"dvc repro with nothing to do, {len(repo.index.stages)} stages (wall clock)"
    return [at_most(name, time.perf_counter() - begin, "s", 5.0)]

from fdan.numerics.pins import ONE_THREAD, PINS, why_unpinned

import hashlib
import json
import subprocess
import sys
from pathlib import Path

from fdan.runtime.provenance import (
    commit,
    file_hashes,
    packages,
    pins,
    processor,
)

ROOT = Path(__file__).parents[2]


def test_it_prints_everything_as_json_and_writes_nothing():
    before = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, check=False).stdout
    command = [sys.executable, "-m", "fdan.commands.cli", "provenance"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, check=False).stdout == before
    found = json.loads(result.stdout)
    assert set(found) == {
        "arithmetic", "environment", "files", "packages", "params", "processor", "project", "system",
    }  # fmt: skip
    assert found["params"] == (ROOT / "params.yaml").read_text().splitlines()
    assert found["packages"]["versions"]["torch"]
    assert found["arithmetic"]["torch"]["instruction set"]
    assert found["processor"]["cores"] >= 1


def test_outside_the_repository_it_says_so_in_one_line(tmp_path):
    command = [sys.executable, "-m", "fdan.commands.cli", "provenance"]
    env = {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr == ("fdan provenance: error: params.yaml: no such file; run from the repository's root\n")


def test_the_pins_and_what_they_hold_are_named():
    found = pins()
    assert set(found["variables"]) == set(PINS | ONE_THREAD)
    assert found["unpinned"] == (why_unpinned() or None)


def test_packages_that_are_not_as_pinned_are_named(tmp_path):
    pins = tmp_path / "constraints.txt"
    numpy = packages(tmp_path / "none")["versions"]["numpy"]
    pins.write_text(f"numpy=={numpy}\ntorch==0.0.1\nno-such-package==1.0\n")
    unlike = packages(pins)["unlike constraints.txt"]
    assert list(unlike) == ["torch"]
    assert unlike["torch"]["pinned"] == "0.0.1"


def test_files_are_hashed_as_dvc_does_it(tmp_path):
    (tmp_path / "params.yaml").write_text("alpha: 1\n")
    (tmp_path / "runs" / "savee").mkdir(parents=True)
    (tmp_path / "runs" / "savee" / "seed-0.csv").write_bytes(b"epoch\n")
    (tmp_path / "runs" / ".savee.1.tmp").write_bytes(b"half")
    (tmp_path / "raw.wav").write_bytes(b"not hashed")
    expected = {
        "params.yaml": hashlib.md5(b"alpha: 1\n").hexdigest(),
        "runs/savee/seed-0.csv": hashlib.md5(b"epoch\n").hexdigest(),
    }
    assert file_hashes(tmp_path) == expected


def test_the_commit_and_what_was_changed_since(tmp_path):
    assert commit(tmp_path / "nowhere") == {}

    def git(*arguments):
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        return subprocess.run(
            ["git", "-C", str(tmp_path), *identity, *arguments], capture_output=True, text=True, check=True
        ).stdout

    git("init")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "one")
    head = git("rev-parse", "HEAD").strip()
    assert commit(tmp_path) == {"commit": head, "changed": []}
    (tmp_path / "a").write_text("2")
    assert commit(tmp_path) == {"commit": head, "changed": ["a"]}


def test_instruction_sets_are_those_that_arithmetic_uses():
    found = processor()["instruction sets"]
    assert set(found) >= {"avx", "avx2"} or "avx2" not in Path("/proc/cpuinfo").read_text()
    assert not {"syscall", "pse", "aes"} & set(found)

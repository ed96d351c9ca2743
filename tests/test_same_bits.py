"""The same bits on every x86-64 processor with AVX2, where strict.env pins what they depend on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fdan.provenance import read_strict

ROOT = Path(__file__).parent.parent
GOLDEN = ROOT / "tests" / "golden.py"


def cpu_flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    return set(cpuinfo.read_text().split()) if cpuinfo.is_file() else set()


needs_avx2 = pytest.mark.skipif(not {"avx2", "fma"} <= cpu_flags(), reason="a processor without AVX2 and FMA")


@needs_avx2
def test_a_pinned_run_gives_the_recorded_bits_step_by_step():
    """After a change that is meant to change numbers: python tests/golden.py --write."""
    result = subprocess.run([sys.executable, GOLDEN], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@needs_avx2
def test_without_the_pins_another_instruction_set_gives_other_bits():
    """So the test above can fail: the hashes see the last bit."""
    names = ["random numbers", "LMMD and its gradient"]
    command = [sys.executable, GOLDEN, "--as-it-is", "--only", *names]
    recorded = json.loads(GOLDEN.with_suffix(".json").read_text())
    found = {}
    for capability in ("avx2", "default"):
        env = os.environ | read_strict(ROOT / "strict.env") | {"ATEN_CPU_CAPABILITY": capability}
        found[capability] = json.loads(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert found["avx2"] == {name: recorded[name] for name in names}
    assert found["default"]["random numbers"] != recorded["random numbers"]


@pytest.mark.parametrize(("arguments", "pinned"), [(["STRICT=1"], True), ([], False)])
def test_make_strict_hands_every_variable_to_what_it_starts(arguments, pinned):
    strict = read_strict(ROOT / "strict.env")
    clean = {name: value for name, value in os.environ.items() if name not in strict}
    shown = subprocess.run(
        ["make", "-s", "--eval=show: ; @env", *arguments, "show"],
        cwd=ROOT, env=clean, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    there = dict(line.split("=", 1) for line in shown if "=" in line)
    assert {name: there[name] for name in strict if name in there} == (strict if pinned else {})

"""The same bits on every x86-64 processor with AVX2: the pins hold what they depend on."""

from fdan.numerics.pins import PINS

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
    command = [sys.executable, GOLDEN, "--json", "--only", *names]
    recorded = json.loads(GOLDEN.with_suffix(".json").read_text())
    found = {}
    for capability in ("avx2", "default"):
        env = os.environ | PINS | {"FDAN_PINS": "off", "ATEN_CPU_CAPABILITY": capability}
        found[capability] = json.loads(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert found["avx2"] == {name: recorded[name] for name in names}
    assert found["default"]["random numbers"] != recorded["random numbers"]

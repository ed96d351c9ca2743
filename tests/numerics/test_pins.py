import os
import subprocess
import sys
from pathlib import Path

import pytest

from fdan.errors import FdanError
from fdan.numerics import pins

ROOT = Path(__file__).parents[2]
STATE = "import fdan.numerics.pins as p, os; print(p.why_unpinned() or 'pinned', os.environ.get('MKL_CBWR'))"


def run(code, *command, **env):
    environment = {k: v for k, v in os.environ.items() if k not in pins.PINS | pins.ONE_THREAD}
    return subprocess.run(
        [sys.executable, *(command or ("-c", code))],
        cwd=ROOT,
        env=environment | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_it_first_pins_a_process():
    assert run(STATE).stdout == "pinned COMPATIBLE\n"


def test_switched_off_it_says_so_and_still_keeps_one_thread():
    result = run(STATE + "; print(os.environ['OMP_NUM_THREADS'])", FDAN_PINS="off")
    assert result.stdout == "FDAN_PINS=off None\n1\n"


def test_a_gpu_is_unpinned():
    assert run(STATE, FDAN_DEVICE="cuda").stdout == "FDAN_DEVICE=cuda COMPATIBLE\n"


def test_too_late_is_said():
    assert run("import numpy; " + STATE).stdout.startswith("libraries were loaded before fdan.numerics.pins")


def test_any_command_can_be_run_pinned():
    result = run("", "-m", "fdan.numerics.pins", sys.executable, "-c", STATE)
    assert result.stdout == "pinned COMPATIBLE\n"


def test_another_value_is_one_line_on_import():
    result = run(STATE, FDAN_PINS="no")
    assert (result.returncode, result.stderr) == (1, "error: FDAN_PINS=no: expected on or off\n")


@pytest.mark.parametrize(("name", "value"), [("FDAN_PINS", "no"), ("FDAN_DEVICE", "tpu")])
def test_other_values_are_refused(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(FdanError, match=f"{name}={value}: expected"):
        pins.why_unpinned()


@pytest.mark.parametrize(
    ("machine", "flags", "why"),
    [
        ("aarch64", "avx2", "a processor of another architecture, aarch64"),
        ("x86_64", "avx", "a processor without AVX2"),
        ("x86_64", "avx avx2", ""),
    ],
)
def test_a_machine_that_cannot_be_pinned_gets_one_line_and_goes_on(monkeypatch, capsys, tmp_path, machine, flags, why):
    (tmp_path / "cpuinfo").write_text(f"flags : {flags}\n")
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(pins, "CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.delenv("FDAN_PINS_TOLD", raising=False)
    for _ in range(2):
        pins.pin()
    assert capsys.readouterr().err.count("\n") == bool(why)
    monkeypatch.setattr(os, "environ", os.environ | pins.PINS | pins.ONE_THREAD)
    assert pins.why_unpinned() == why


def test_unpinned_results_say_so_and_how_to_remake_them(monkeypatch, tmp_path):
    monkeypatch.setattr(pins, "why_unpinned", lambda: "")
    pins.note_unpinned(tmp_path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(pins, "why_unpinned", lambda: "FDAN_PINS=off")
    pins.note_unpinned(tmp_path)
    assert "FDAN_PINS=off" in (tmp_path / pins.UNPINNED).read_text()
    assert "dvc repro" in (tmp_path / pins.UNPINNED).read_text()


def test_a_worker_with_other_pins_is_refused(monkeypatch):
    monkeypatch.setattr(pins, "why_unpinned", lambda: "FDAN_PINS=off")
    pins.require_arithmetic("FDAN_PINS=off")
    with pytest.raises(FdanError, match="start it with `python -m fdan"):
        pins.require_arithmetic("")


@pytest.mark.parametrize(("command", "reason"), [([], "no command"), (["no-such-program"], "no-such-program: No such")])
def test_pinning_nothing_is_one_line(command, reason):
    found = subprocess.run([sys.executable, "-m", "fdan.numerics.pins", *command], capture_output=True, text=True)
    assert found.returncode == 1
    assert found.stderr.startswith(f"fdan.numerics.pins: error: {reason}")
    assert found.stderr.count("\n") == 1

"""Every name of a former version ends in one line with exit code 2, and stands in docs/migrating.md."""

import subprocess
import sys
from pathlib import Path

import pytest

from fdan.commands.cli import COMMANDS, main
from fdan.errors import UnusableError
from fdan.runtime import renamed
from fdan.runtime.params import refuse_old_keys

ROOT = Path(__file__).parents[2]

PAGE = (ROOT / renamed.PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", renamed.COMMANDS)
@pytest.mark.parametrize("more", [[], ["--help"], ["savee"]], ids=str)
def test_a_command(name, more, monkeypatch, capsys):
    monkeypatch.delitem(COMMANDS, name, raising=False)
    assert main([name, *more]) == 2
    assert capsys.readouterr().err == f"fdan: error: {name}: {renamed.COMMANDS[name]} (docs/migrating.md)\n"
    assert f"| `{name}`" in PAGE


def test_a_download(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["download", "weights-speech"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.endswith("weights-speech: renamed; type: fdan download weights --speech (docs/migrating.md)\n")
    assert error.count("\n") == 1
    assert all(f"`download {name}`" in PAGE for name in renamed.DOWNLOADS)


@pytest.mark.parametrize("name", renamed.STAGES)
def test_a_script_of_a_stage(name, tmp_path):
    """In a copy that lacks the module, whether or not this version still has it."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").write_bytes((ROOT / "stages/__init__.py").read_bytes())
    (tmp_path / "fdan").symlink_to(ROOT / "fdan")
    result = subprocess.run(
        [sys.executable, "-m", f"stages.{name}", "savee"], cwd=tmp_path, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert result.stderr == f"stages.{name}: error: {renamed.STAGES[name]} (docs/migrating.md)\n"
    assert f"`{name}`" in PAGE or f"`{name}@savee" in PAGE


def test_a_module_that_never_was_is_python_s_own_error():
    result = subprocess.run([sys.executable, "-m", "stages.nothing"], cwd=ROOT, capture_output=True, text=True)
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert "No module named stages.nothing" in result.stderr


YESTERDAY = "baselines:\n  sdt: {width: 64}\n  map: {width: 64}\nprotocols: {alpha: 0.001, seeds: [0]}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("baselines: {sdt: {width: 1}, map: {width: 1}}", "baselines: renamed; write methods"),
        ("baselines:", "baselines: renamed; write methods"),
        # What `dvc exp run -S +baselines.sdt.width=128` adds.
        ("methods: {}\nbaselines: {sdt: {width: 128}}", "baselines.sdt.width: renamed; write methods.sdt.width"),
        ("cnn: {learning_rate: 0.1}", "cnn.learning_rate: renamed; write cnn.learning_rates"),
        ("protocols: {alpha: 1}", "protocols.alpha: removed (the protocols use alpha); delete it"),
        (
            "features: {precision: fp32}",
            "features.precision: removed (features are always computed in fp32); delete it",
        ),
        (
            YESTERDAY + "features: {precision: fp32}",
            "baselines: renamed; write methods; "
            "features.precision: removed (features are always computed in fp32); delete it; "
            "protocols.alpha: removed (the protocols use alpha); delete it",
        ),
    ],
)
def test_keys_of_params_yaml(text, said, tmp_path):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UnusableError) as error:
        refuse_old_keys(tmp_path / "params.yaml")
    assert str(error.value) == f"{tmp_path / 'params.yaml'}: {said} (docs/migrating.md)"


@pytest.mark.parametrize("text", ["protocols: {seeds: [0]}", "protocols: 1", "features:", "alpha: 1", "methods: {}"])
def test_keys_of_today_pass(text, tmp_path):
    (tmp_path / "params.yaml").write_text(text)
    refuse_old_keys(tmp_path / "params.yaml")


def test_every_key_is_on_the_page():
    assert all(f"| `{key}` |" in PAGE for key in [*renamed.SECTIONS, *renamed.REMOVED])


STAGE = """
from fdan.runtime.process import run
def main():
    print("it ran")
if __name__ == "__main__":
    run()
"""


@pytest.mark.parametrize("text", [YESTERDAY, "alpha: 1"], ids=["yesterday's", "today's"])
def test_a_bare_dvc_repro_says_it_too(text, tmp_path):
    """Which skips `fdan preflight`: so does every stage."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages/__init__.py").write_bytes((ROOT / "stages/__init__.py").read_bytes())
    (tmp_path / "stages/one.py").write_text(STAGE)
    (tmp_path / "fdan").symlink_to(ROOT / "fdan")
    (tmp_path / "params.yaml").write_text(text)
    result = subprocess.run([sys.executable, "-m", "stages.one"], cwd=tmp_path, capture_output=True, text=True)
    if text == YESTERDAY:
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
        assert result.stderr.startswith("stages.one: error: params.yaml: baselines: renamed; write methods; ")
    else:
        assert (result.returncode, result.stdout, result.stderr) == (0, "it ran\n", "")


@pytest.mark.parametrize("command", [["preflight"], ["paper", "--savee", "."]], ids=["preflight", "paper"])
def test_a_command_that_reads_all_of_params_yaml_says_it_and_changes_nothing(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(YESTERDAY)
    assert main(command) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"fdan {command[0]}: error: params.yaml: baselines: renamed; write methods; ")
    assert error.count("\n") == 1
    assert Path("params.yaml").read_text() == YESTERDAY

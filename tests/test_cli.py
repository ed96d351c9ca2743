import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fdan.cli import COMMANDS, main
from fdan.runtime.errors import FdanError, UnusableError

ROOT = Path(__file__).parent.parent


def fdan(*arguments, code="import sys; from fdan.cli import main; main()", **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: fdan {name} ")
    assert f"  fdan {name}" in said.partition("Example")[2]


def test_the_help_names_every_command_and_exit_code_and_imports_none():
    """`fdan --help` in 0.3 s: nothing but the parser is imported."""
    result = fdan("--help", code="import atexit, sys; from fdan.cli import main\n"
                  "atexit.register(lambda: print(len(sys.modules), *sys.modules)); main()")  # fmt: skip
    assert result.returncode == 0
    assert all(f"  {name}" in result.stdout and line in result.stdout for name, (_, line) in COMMANDS.items())
    assert all(f"\n  {code}  " in result.stdout for code in (0, 1, 2))
    loaded = result.stdout.splitlines()[-1].split()
    assert {m for m in loaded if m.startswith("fdan")} == {
        "fdan", "fdan.cli", "fdan.numerics", "fdan.numerics.pins", "fdan.runtime", "fdan.runtime.caches",
        "fdan.runtime.errors",
    }  # fmt: skip
    assert not {"numpy", "torch", "pydantic", "ruamel"} & set(loaded)


def test_the_audit_needs_no_torch():
    code = "import sys; from fdan.cli import main; main(); print('torch' in sys.modules)"
    result = fdan("audit", "--size", "120", "--war", "86.66", code=code)
    assert result.stdout.splitlines()[-2:] == ["Verdict: possible.", "False"]


def command(monkeypatch, run):
    module = SimpleNamespace(__doc__="A test.", add_arguments=lambda parser: None, run=run)
    monkeypatch.setitem(COMMANDS, "test", ("fdan.test", "a test"))
    monkeypatch.setitem(sys.modules, "fdan.test", module)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FdanError("a.csv: line 2:\nexpected b"), 1),
        (UnusableError("a.csv: line 2: expected b"), 2),
        (FileNotFoundError("a.csv: line 2: expected b"), 1),
    ],
)
def test_an_error_for_the_user_is_one_line(error, code, monkeypatch, capsys):
    def run(options):
        raise error

    command(monkeypatch, run)
    assert main(["test"]) == code
    assert capsys.readouterr().err == "fdan test: error: a.csv: line 2: expected b\n"


def test_a_mistake_of_ours_is_no_line_but_a_trace(monkeypatch):
    command(monkeypatch, lambda options: {}["x"])
    with pytest.raises(KeyError):
        main(["test"])


def test_its_code_is_the_command_s_and_ctrl_c_is_one_line(monkeypatch, capsys):
    command(monkeypatch, lambda options: 1)
    assert main(["test"]) == 1

    def interrupted(options):
        raise KeyboardInterrupt

    command(monkeypatch, interrupted)
    assert main(["test"]) == 130
    assert capsys.readouterr().err == "fdan test: broken off\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "fdan: error: the following arguments are required: COMMAND"),
        (["nonsense"], "fdan: error: argument COMMAND: invalid choice: 'nonsense'"),
        (["audit", "--size", "9", "--nonsense"], "fdan audit: error: unrecognized arguments: --nonsense"),
        (["check"], "fdan check: error: the following arguments are required: NAME DIR"),
    ],
)
def test_wrong_arguments_are_one_line_and_code_2(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(said)
    assert error.count("\n") == 1


def test_into_head_it_ends_quietly():
    arguments = "audit --scan 500:2800 --war 50 --json"
    shell = f"{sys.executable} -m fdan.cli {arguments} | head -1"
    result = subprocess.run(shell, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("{\n", "")

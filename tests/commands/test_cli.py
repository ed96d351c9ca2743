import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from fdan.commands.cli import COMMANDS, main
from fdan.errors import FdanError, UnusableError

ROOT = Path(__file__).parents[2]


def fdan(*arguments, code="import sys; from fdan.commands.cli import main; main()", **environment):
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
    result = fdan("--help", code="import atexit, sys; from fdan.commands.cli import main\n"
                  "atexit.register(lambda: print(len(sys.modules), *sys.modules)); main()")  # fmt: skip
    assert result.returncode == 0
    assert all(f"  {name}" in result.stdout and line in result.stdout for name, (_, line) in COMMANDS.items())
    assert all(f"\n  {code}  " in result.stdout for code in (0, 1, 2, 3, 130))
    loaded = result.stdout.splitlines()[-1].split()
    assert {m for m in loaded if m.startswith("fdan")} == {
        "fdan", "fdan.commands", "fdan.commands.cli", "fdan.numerics", "fdan.numerics.pins", "fdan.runtime",
        "fdan.runtime.caches",
        "fdan.errors", "fdan.runtime.renamed", "fdan.numerics.semaphores", "fdan.runtime.crash_log",
    }  # fmt: skip
    assert not {"numpy", "torch", "pydantic", "ruamel"} & set(loaded)


def test_the_audit_needs_no_torch():
    code = "import sys; from fdan.commands.cli import main; main(); print('torch' in sys.modules)"
    result = fdan("grim", "--size", "120", "--war", "86.66", code=code)
    assert result.stdout.splitlines()[-2:] == ["Verdict: possible.", "False"]


@pytest.mark.parametrize("name", ["predict", "export", "check", "grim", "paper", "taste", "verify"])
def test_what_to_type_is_said_without_torch(name):
    code = """
import sys
from fdan.commands.cli import main
try:
    main()
finally:
    print("torch" in sys.modules)
"""
    assert fdan(name, "--help", code=code).stdout.splitlines()[-1] == "False"


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


@pytest.mark.parametrize("here", [True, False], ids=["in the project", "elsewhere"])
def test_a_mistake_of_ours_is_one_line_and_a_trace_in_a_log(monkeypatch, capsys, tmp_path, here):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if here:
        (tmp_path / "params.yaml").touch()
    command(monkeypatch, lambda options: {}["x\ny"])
    assert main(["test"]) == 3
    line = capsys.readouterr().err
    assert line.startswith("fdan test: error: unforeseen KeyError ('x\\ny'); its trace is in ")
    assert line.count("\n") == 1
    log = Path(line.rpartition(" ")[2].strip())
    assert log == (Path("build/logs/fdan-test.log") if here else next(tmp_path.glob("fdan-*/fdan-test.log")))
    assert "Traceback" in (text := log.read_text())
    assert all(word in text for word in ("KeyError", "Python 3.", "test_cli.py"))


def test_a_command_that_cannot_be_imported_is_one_line_too(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(COMMANDS, "test", ("fdan.nothing", "a test"))
    assert main(["test"]) == 3
    assert capsys.readouterr().err.startswith("fdan test: error: unforeseen ModuleNotFoundError (No module named")


def test_where_no_log_can_be_written_the_trace_is_told(monkeypatch, capsys):
    def refuse(*_args, **_kwargs):
        raise PermissionError

    monkeypatch.setattr(tempfile, "mkdtemp", refuse)
    monkeypatch.chdir("/")
    command(monkeypatch, lambda options: {}["x"])
    assert main(["test"]) == 3
    first, *trace, last = capsys.readouterr().err.splitlines()
    assert first == (
        "fdan-test: unforeseen KeyError ('x'); no log can be written (PermissionError), so this is its trace:"
    )
    assert trace[0] == "Traceback (most recent call last):"
    assert last == "fdan test: error: unforeseen KeyError ('x'); its trace stands above"


def test_its_code_is_the_command_s_and_ctrl_c_is_silent(monkeypatch, capsys):
    command(monkeypatch, lambda options: 1)
    assert main(["test"]) == 1

    def interrupted(options):
        raise KeyboardInterrupt

    command(monkeypatch, interrupted)
    assert main(["test"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "fdan: error: the following arguments are required: COMMAND"),
        (["nonsense"], "fdan: error: argument COMMAND: invalid choice: 'nonsense'"),
        (["grim", "--size", "9", "--nonsense"], "fdan grim: error: unrecognized arguments: --nonsense"),
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
    arguments = "grim --scan 500:2800 --war 50 --json"
    shell = f"{sys.executable} -m fdan.commands.cli {arguments} | head -1"
    result = subprocess.run(shell, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.stdout, result.stderr) == ("{\n", "")


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
def test_with_closed_streams_a_command_answers_by_its_exit_code(closed, tmp_path):
    """``>&-`` ended in an AttributeError with exit code 3."""
    shell = f"PYTHONPATH={ROOT} {sys.executable} -m fdan.commands.cli grim --size 96 --war 86.66 {closed}"
    result = subprocess.run(shell, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr, list(tmp_path.iterdir())) == (1, "", [])


def test_quiet_shows_no_progress_whatever_the_command(monkeypatch, capsys):
    code = "import sys; from fdan.commands.cli import main; main(); import tqdm; print(tqdm.tqdm([]).disable)"
    for extra, disabled in (["--quiet"], "True"), ([], "False"):
        assert fdan("cache", *extra, code=code).stdout.splitlines()[-1] == disabled


def test_what_follows_two_dashes_is_no_option(monkeypatch):
    given = []
    monkeypatch.setattr("fdan.commands.predict.run", lambda options: given.append(options) or 0)
    assert main(["predict", "a.wav", "--json", "--", "-3nNcZdcdvU.wav", "--quiet", "-1"]) == 0
    assert (given[0].files, given[0].json) == ([Path(p) for p in ("a.wav", "-3nNcZdcdvU.wav", "--quiet", "-1")], True)
    assert not given[0].quiet
    assert main(["predict", "--outfile", "out.csv", "--", "--", "-x.wav"]) == 0
    assert given[1].files == [Path("--"), Path("-x.wav")]


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_takes_a_file_behind_two_dashes_for_an_option(name, monkeypatch, capsys):
    """Each gets it as an argument, or says that it takes no such one, by its name as it was typed."""
    module = import_module(COMMANDS[name][0])
    given = []
    monkeypatch.setattr(module, "run", lambda options: given.append(vars(options)) or 0)
    with suppress(SystemExit):
        main([name, "--", "-x", "-y"])
    said = str(given) + capsys.readouterr().err
    assert "\0" not in said
    assert "\\x00" not in said
    assert "-x" in said or "-y" in said or "required" in said


def test_help_is_there_without_docstrings():
    for command in ([], ["predict"]):
        said = fdan(*command, "--help", PYTHONOPTIMIZE="2").stdout
        assert "None" not in said
        assert "Example" in said


def test_closed_streams_and_warnings_of_libraries():
    """``fdan ... >&-`` ends as it does otherwise, and of a library's warning one line is shown, without its path."""
    code = """
import os, sys, warnings
os.close(1)
sys.stdout = None
import fdan.commands.cli as cli
def grim():
    for _ in range(3):
        warnings.warn("of a library")
    for number in range(20):
        warnings.warn(f"number {number}")
cli.parse = lambda given: (type("C", (), {"run": staticmethod(lambda options: grim() or print("x") or 0)}), None)
sys.exit(cli.main())
"""
    result = fdan("grim", code=code)
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr.splitlines()[:2] == ["  UserWarning: of a library", "  UserWarning: number 0"]
    assert len(result.stderr.splitlines()) == 5

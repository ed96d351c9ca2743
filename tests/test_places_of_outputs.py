"""Every command that writes where the user says: whatever lies there and was not made by it stays as it is."""

import ast
import shutil
import tempfile
from pathlib import Path

import pytest

from benchmarks.__main__ import main as bench
from fdan.commands.cli import COMMANDS, main
from fdan.runtime.worker import Failure
from tests.declared import ROOT
from tests.obstacles import FILES, OBSTACLES, WORDS, look, one_line
from tests.runtime.test_outputs import as_nobody, small_disk

PLACES = {
    "predict --outfile": ("predict", ["any.wav", "--outfile", "{}.csv"], ["--overwrite"]),
    "predict --outfile, json": ("predict", ["any.wav", "--outfile", "{}.json"], ["--overwrite"]),
    "predict --explain": ("predict", ["any.wav", "--explain", "{}"], []),
    "export": ("export", ["{}"], []),
    "bundle": ("bundle", ["{}.zip"], []),
    "check --json": ("check", ["mine", ".", "--json", "{}.json"], ["--overwrite"]),
    "taste --work": ("taste", ["--work", "{}"], []),
    "real --work": ("real", ["--ravdess", ".", "--faces", ".", "--work", "{}"], []),
}
"""What is written -> command, its arguments, and those that allow to replace a file."""

NOWHERE = {
    "cache", "grim", "power", "preflight", "provenance", "verify", "yardstick",
    "download", "paper",  # tests/download, tests/commands/test_paper.py
}  # fmt: skip
"""Commands that write nothing where the user says, or whose own tests hold them to the same."""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The project's folder as far as these commands look at it before they work, and a place for what they write."""
    project = tmp_path / "project"
    for name in ("stages", "reports"):
        (project / name).mkdir(parents=True)
    (project / "reports/metrics.json").write_text("{}")
    for name in ("params.yaml", "params.paper.yaml", "params.real.yaml"):
        shutil.copy(ROOT / name, project)
    monkeypatch.chdir(project)
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_no_command_is_missing():
    assert {command for command, *_ in PLACES.values()} | NOWHERE == COMMANDS.keys()


CASES = [(name, obstacle, []) for name in PLACES for obstacle in OBSTACLES]
CASES += [(n, o, allow) for n, (_, _, allow) in PLACES.items() if allow for o in OBSTACLES if o not in FILES]


@pytest.mark.parametrize(("name", "obstacle", "allow"), CASES, ids=["-".join([n, o, *a]) for n, o, a in CASES])
def test_what_lies_there_stays_and_is_named(here, capsys, name, obstacle, allow):
    command, arguments, _ = PLACES[name]
    arguments = [*(argument.format(here / "x") for argument in arguments), *allow]
    place = next(Path(argument) for argument in arguments if argument.startswith(str(here)))
    OBSTACLES[obstacle](place)
    before = look(here.parent)
    assert main([command, *arguments]) in (1, 2)
    assert one_line(capsys.readouterr().err, command, place)
    assert look(here.parent) == before


@pytest.mark.parametrize("name", PLACES)
def test_another_user_s_folder_is_named(name, here, monkeypatch, capsys):
    command, arguments, _ = PLACES[name]
    with tempfile.TemporaryDirectory() as folder:  # pytest's own are closed to others
        shutil.copytree(here.parent / "project", folder, dirs_exist_ok=True)
        Path(folder).chmod(0o755)
        theirs = Path(folder) / "theirs"
        theirs.mkdir()
        (theirs / "notes.txt").write_text("theirs")
        monkeypatch.chdir(folder)
        given = [argument.format(theirs / "x") for argument in arguments]
        before = look(Path(folder))

        def ask():
            code = main([command, *given])
            raise SystemError(f"{code} {capsys.readouterr().err}")

        said = as_nobody(ask)
        assert said.startswith(("SystemError: 1 ", "SystemError: 2 "))
        assert f"error: {theirs / 'x'}" in said
        assert f"cannot be written ({theirs} cannot be written to)" in said
        assert look(Path(folder)) == before


FULL = {
    "check": ["check", "mine", "corpus", "--json", "{}/found.json"],
    "bundle": ["bundle", "{}/results.zip"],
    "preflight": ["preflight"],
    "paper": ["paper", "--no-forecast", "--savee", "{}/SAVEE"],
}
"""Commands that write -> their arguments; of `download` see tests/download."""


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("room", [0, 100])
def test_a_full_disk_changes_nothing_and_the_file_is_named(here, monkeypatch, capsys, name, room):
    def unread(work, tasks, *_, **__):
        return [Failure("not read")] * len(tasks)

    monkeypatch.setattr("fdan.commands.check.run_sandboxed", unread)
    (here / "SAVEE").mkdir()
    Path("corpus/fear").mkdir(parents=True)
    Path("corpus/fear/a.wav").write_bytes(WORDS)
    Path("data/raw").mkdir(parents=True)
    Path("data/raw/savee").symlink_to("elsewhere")
    if name == "preflight":
        Path("dvc.lock").write_text("schema: '2.0'\nstages:\n  half:\n" + "    # a long comment\n" * 20)
    before = look(here.parent)
    with small_disk(room):
        assert main([argument.format(here) for argument in FULL[name]]) in (1, 2)
    place = {"preflight": "build/former/dvc.lock", "paper": "params.yaml"}.get(name, here)
    said = capsys.readouterr().err
    assert one_line(said, name, place)
    assert "cannot be written (File too large); nothing was changed" in said
    made = {path: what for path, what in look(here.parent).items() if not path.startswith("project/build")}
    assert made == before
    assert not [path for path in Path("build").rglob("*") if path.is_file()]


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_figures_of_speed_go_to_a_new_file(tmp_path, obstacle, capsys):
    OBSTACLES[obstacle](tmp_path / "bench.json")
    before = look(tmp_path)
    with pytest.raises(SystemExit):
        bench(["--tiny", "--out", str(tmp_path / "bench.json")])
    assert str(tmp_path / "bench.json") in capsys.readouterr().err
    assert look(tmp_path) == before


@pytest.mark.parametrize("obstacle", sorted(OBSTACLES.keys() - {"file", "link to a file"}))
def test_a_page_goes_where_a_file_can(here, capsys, obstacle):
    OBSTACLES[obstacle](here / "real_people.md")
    before = look(here)
    assert main(["real", "--ravdess", ".", "--faces", ".", "--page", str(here)]) == 2
    assert one_line(capsys.readouterr().err, "real", here / "real_people.md")
    assert look(here) == before


def test_the_project_itself_is_no_folder_to_work_in(here, capsys):
    """``fdan taste --work .`` would replace params.yaml, data and reports."""
    before = look(Path.cwd())
    for command in (["taste"], ["real", "--ravdess", ".", "--faces", "."]):
        assert main([*command, "--work", "."]) == 2
        assert "a command works in a folder of its own" in capsys.readouterr().err
    assert look(Path.cwd()) == before


CLEARED = {
    "fdan/figures/contact_sheets.py": "reports/local and reports/figures, of the stage sheets",
    "fdan/runtime/workspace.py": "params.yaml of a folder to work in",
    "fdan/study/networks.py": "below its folder to work in",
}
"""Files that write through `fdan.runtime.process.output`, which removes what lies at its place -> whose place it is."""


def test_whatever_is_cleared_is_a_stage_s():
    found = set()
    for file in ROOT.glob("fdan/**/*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "fdan.runtime.process":
                found |= {file.relative_to(ROOT).as_posix() for alias in node.names if alias.name == "output"}
    assert found == CLEARED.keys()

from fdan.numerics.pins import note_unpinned

import subprocess

import pytest
import torch

from fdan.commands.cli import main
from fdan.data.features import FeatureSet, write_features

LOCK = "schema: '2.0'\nstages:\n  a:\n    cmd: x\n  b:\n    cmd: y\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository whose reports are as committed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "reports/tables").mkdir(parents=True)
    (tmp_path / "reports/metrics.json").write_text('{"table1": {"FDAN": {"WAR": 50.0}}}')
    (tmp_path / "reports/tables/table1.csv").write_text("row,WAR\nFDAN,50.00\n")
    (tmp_path / "dvc.lock").write_text(LOCK)
    for command in (
        ["init", "-q"],
        ["add", "reports", "dvc.lock"],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], check=True)
    return tmp_path


def test_what_is_as_committed_is_the_same(project, capsys):
    (project / "dvc.lock").write_text("schema: '2.0'\nstages:\n  b:\n    cmd: y\n  a:\n    cmd: x\n")  # another order
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == "verify: 2 files as in HEAD; the same\n"


def test_the_largest_difference_and_its_place_are_named(project, capsys):
    (project / "reports/metrics.json").write_text('{"table1": {"FDAN": {"WAR": 52.5}}}')
    (project / "reports/tables/table1.csv").write_text("row,WAR\nFDAN,51.00\n")
    (project / "reports/new.md").write_text("x")
    (project / "dvc.lock").write_text(LOCK.replace("y", "z"))
    assert main(["verify"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "reports/metrics.json: 1 numbers, the largest difference 2.5 at table1.FDAN.WAR",
        "reports/new.md: only here",
        "reports/tables/table1.csv: 1 numbers, the largest difference 1 at [2][2]",
        "dvc.lock: b: other cmd",
        "verify: 0 files as in HEAD; different in 4",
    ]


def test_another_folder_can_be_named(project, tmp_path_factory, capsys):
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["cp", "-r", "reports", "dvc.lock", other], check=True)
    assert main(["verify", str(other)]) == 0
    (other / "reports/metrics.json").unlink()
    assert main(["verify", str(other)]) == 1
    assert "reports/metrics.json: only here" in capsys.readouterr().out


def test_what_was_made_unpinned_is_named_with_the_command_that_remakes_it(project, capsys, monkeypatch):
    features = project / "data/features/visual/x.safetensors"
    features.parent.mkdir(parents=True)
    for folder in ("x", "y"):
        (project / "runs" / folder).mkdir()
    with monkeypatch.context() as patch:
        patch.setenv("FDAN_PINS", "off")
        note_unpinned(project / "runs/x")
        note_unpinned(project / "runs/y")
        write_features(FeatureSet((), (), torch.zeros(0, 2)), features)
    assert main(["verify"]) == 0
    line = "and 2 more: made without the pins (FDAN_PINS=off); remake: FDAN_PINS=on FDAN_DEVICE=cpu dvc repro --force"
    assert f"data/features/visual/x.safetensors {line}" in capsys.readouterr().out
    write_features(FeatureSet((), (), torch.zeros(0, 2)), features)
    assert main(["verify"]) == 0
    assert "runs/x and 1 more: made" in capsys.readouterr().out


def test_nothing_made_and_no_such_revision_are_one_line(project, capsys):
    assert main(["verify", "nosuch"]) == 2  # 1 would say that it differs
    assert "nosuch: neither a folder nor a revision" in capsys.readouterr().err
    (project / "runs").rmdir()
    assert main(["verify"]) == 2
    assert "make repro" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "data"),
    [("metrics.json", b'{"table1": '), ("metrics.json", b"\xff"), ("tables/table1.csv", b"row,WAR\n\xff,1\n")],
    ids=["half a JSON", "JSON that is not UTF-8", "csv that is not UTF-8"],
)
def test_a_report_that_cannot_be_read_is_one_line_whoever_has_it(project, tmp_path_factory, capsys, name, data):
    other = tmp_path_factory.mktemp("other")
    subprocess.run(["cp", "-r", "reports", "dvc.lock", other], check=True)
    (project / "reports" / name).write_bytes(data)
    assert main(["verify"]) == 2
    assert capsys.readouterr().err.startswith(f"fdan verify: error: reports/{name} here: expected ")
    subprocess.run(["git", "checkout", "-q", "reports"], check=True)
    (other / "reports" / name).write_bytes(data)
    assert main(["verify", str(other)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"fdan verify: error: reports/{name} of {other}: expected")
    assert error.count("\n") == 1

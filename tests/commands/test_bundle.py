import json
import subprocess
import zipfile

import pytest

from fdan.commands.bundle import numbered, without_folders
from fdan.commands.cli import main

PREDICTIONS = "utterance,emotion,predicted,anger,sadness\n{}_a01,anger,anger,0.9,0.1\n{}_a02,anger,sadness,0.2,0.8\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Results of a corpus whose speaker has a name, below a folder that has one too."""
    monkeypatch.chdir(tmp_path)
    for name in ("fdan", "fdan2"):
        folder = tmp_path / "reports/predictions/paper/savee" / name
        folder.mkdir(parents=True)
        (folder / "seed-0.csv").write_text(PREDICTIONS.format("jane", "jane"))
    (tmp_path / "reports/tables").mkdir()
    (tmp_path / "reports/tables/table1.csv").write_text("row,WAR\nFDAN,50.00\n")
    (tmp_path / "reports/metrics.json").write_text('{"table1": {"FDAN": {"WAR": 50.0}}}')
    (tmp_path / "data/faces/savee").mkdir(parents=True)
    (tmp_path / "data/faces/savee/jane_a01.png").write_text("x")
    (tmp_path / "params.yaml").write_text("raw: {savee: /home/jane/SAVEE}\nalpha: 0.001\n")
    return tmp_path


def test_what_is_sent_has_tables_and_predictions_and_nobodys_name(project, capsys):
    assert main(["bundle", "sent.zip"]) == 0
    with zipfile.ZipFile("sent.zip") as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    assert not [name for name, text in members.items() if "jane" in name + text]
    assert members["tables/table1.csv"] == "row,WAR\nFDAN,50.00\n"
    one, other = (members[f"predictions/paper/savee/{name}/seed-0.csv"] for name in ("fdan", "fdan2"))
    assert one == other, "an utterance has one number in all files"
    assert len({line.partition(",")[0] for line in one.splitlines()}) == 3
    made = json.loads(members["made_with.json"])
    assert made["params"] == {"raw": {"savee": "SAVEE"}, "alpha": 0.001}
    assert made["unpinned"] == []
    assert capsys.readouterr().out.endswith("sent.zip\n")


def test_the_same_results_are_the_same_bytes(project):
    for name in ("a.zip", "b.zip"):
        subprocess.run(["touch", "reports/metrics.json"], check=True)
        assert main(["bundle", name]) == 0
    assert (project / "a.zip").read_bytes() == (project / "b.zip").read_bytes()


def test_nothing_to_send_and_a_file_that_is_there_are_refused(project, capsys):
    (project / "there.zip").write_text("mine")
    assert main(["bundle", "there.zip"]) == 2
    assert capsys.readouterr().err == "fdan bundle: error: there.zip: exists already; name a new file\n"
    assert (project / "there.zip").read_text() == "mine"
    (project / "reports/metrics.json").unlink()
    assert main(["bundle", "new.zip"]) == 2
    assert "reports/metrics.json: no such file" in capsys.readouterr().err


def test_only_predictions_are_rewritten():
    assert numbered("seed,parameters\n0,12\n", "savee") == "seed,parameters\n0,12\n"
    assert numbered(PREDICTIONS.format("a", "b"), "savee") != numbered(PREDICTIONS.format("a", "b"), "meld")
    assert without_folders({"a": ["C:\\x\\SAVEE", 1], "b": "imagenet"}) == {"a": ["SAVEE", 1], "b": "imagenet"}

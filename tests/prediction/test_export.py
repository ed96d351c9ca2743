import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import save
from tones import LACKS, needs_onnx, tone, wav

from fdan.commands.cli import main
from fdan.data.emotions import CorpusError
from fdan.metrics.predictions import make_predictions, read_predictions, write_predictions
from fdan.prediction.answers import answers_of
from fdan.prediction.asked import load
from fdan.prediction.card import card
from fdan.prediction.delivery import MANIFEST
from fdan.prediction.folder import read_model
from fdan.prediction.inputs import Input
from fdan.prediction.recogniser import ModelError, load_run, trained_run
from fdan.prediction.voice import hear
from fdan.runtime.project import Project


def test_the_folder_answers_alone_as_the_project_does(exported, made, tmp_path, monkeypatch):
    monkeypatch.chdir(made)
    there = load_run(Project(), trained_run(Project(), None))
    path = wav(tmp_path / "a.wav", tone(260, 1.0))
    [expected] = answers_of(there, Input("a", path), hear(str(path), there.voice), 0.0, True)
    monkeypatch.chdir(tmp_path)
    moved = shutil.copytree(exported, tmp_path / "moved")
    model, _ = load(Project(), moved)
    [found] = answers_of(model, Input("a", path), hear(str(path), model.voice), 0.0, True)
    assert (found.scores, found.warnings) == (expected.scores, expected.warnings)
    assert (model.classes, model.faces, model.ranges, model.synthetic) == (
        there.classes, there.faces, there.ranges, there.synthetic)  # fmt: skip


def test_the_card_says_what_it_is_for_and_how_good(exported):
    card = (exported / "README.md").read_text()
    for words in ("Art. 5(1)(f)", "synthetic demo", "SAVEE: for research", "anger, fear", "16000 Hz mono"):
        assert words in card, words
    score, interval = r" \d+\.\d \|", r" \d+\.\d to \d+\.\d \|"
    row = rf"\| this network, the paper's protocol \| 4 \| 1 \|{score}{interval}{score}{interval}{score}"
    assert re.search(row, card)


def test_the_card_scores_each_seed_and_not_their_mean(made, tmp_path, monkeypatch):
    """One is right and unsure, one wrong and sure: half right on average, while their mean is always wrong."""
    folder = shutil.copytree(made, tmp_path / "project")
    monkeypatch.chdir(folder)
    known = read_predictions(Path("reports/predictions/paper/savee/fdan/seed-0.csv"))
    right = np.eye(2)[known.truth]
    for seed, probabilities in enumerate((0.02 * right + 0.49, 0.9 - 0.8 * right)):
        run = make_predictions(known.utterances, known.classes, known.truth, probabilities)
        there = Path(f"reports/predictions/speaker/savee/fdan/seed-{seed}.csv")
        there.parent.mkdir(parents=True, exist_ok=True)
        write_predictions(run, there)
    checkpoint = trained_run(Project(), None)
    [row] = [
        line
        for line in card(Project(), load_run(Project(), checkpoint), checkpoint, False).splitlines()
        if "held out" in line
    ]
    name, *_, war, war_interval, uar, uar_interval, _ = [cell.strip() for cell in row.strip("|").split("|")]
    assert name == "such networks, speakers held out"
    assert (war, uar) == ("50.0", "50.0")
    for interval in (war_interval, uar_interval):
        low, high = map(float, interval.split(" to "))
        assert low <= 50 <= high
    there.write_text(there.read_text().replace(known.utterances[0], "another"))
    with pytest.raises(CorpusError, match="not of the same utterances; dvc repro"):
        card(Project(), load_run(Project(), checkpoint), checkpoint, False)


MADE = ["README.md", "fdan-export.json", "mels.py", "model.safetensors", *([] if LACKS else ["model.onnx"])]


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture
def again(exported, project, tmp_path):
    """A copy of an exported folder, for a second export."""
    return shutil.copytree(exported, tmp_path / "model")


def test_another_folder_is_not_replaced(project, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    assert main(["export", str(tmp_path / "mine")]) == 2
    assert "exists and is no exported model" in capsys.readouterr().err
    assert names(tmp_path) == ["mine", "mine/notes.txt"]


def test_an_empty_folder_a_repository_and_a_mount_point_are_taken(project, tmp_path):
    folder = tmp_path / "model"
    (folder / "lost+found").mkdir(parents=True)  # of a file system that was just made
    (folder / ".git").mkdir()
    (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
    inode = folder.stat().st_ino
    assert main(["export", str(folder)]) == 0
    assert names(folder) == sorted([".git", ".git/HEAD", "lost+found", *MADE])
    assert folder.stat().st_ino == inode


def test_a_second_export_replaces_what_the_first_made_and_nothing_else(again, capsys):
    (again / ".git").mkdir()
    (again / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (again / "LICENSE").write_text("mine")
    before = (again / "model.safetensors").stat().st_ino
    assert main(["export", str(again)]) == 0
    assert names(again) == sorted([".git", ".git/HEAD", "LICENSE", *MADE])
    assert (again / "LICENSE").read_text() == "mine"
    assert (again / "model.safetensors").stat().st_ino != before
    assert "stays" not in capsys.readouterr().err


def test_an_edited_card_is_kept_and_the_new_one_lies_beside_it(again, capsys):
    card = (again / "README.md").read_text()
    (again / "README.md").write_text("mine\n")
    for _ in range(2):
        assert main(["export", str(again)]) == 0
        assert "README.md: edited, so it stays; the new one is README.new.md" in capsys.readouterr().err
        assert names(again) == sorted([*MADE, "README.new.md"])
        assert (again / "README.md").read_text() == "mine\n"
        assert (again / "README.new.md").read_text() == card
    (again / "README.new.md").write_text("mine as well\n")
    (again / "mels.py").write_text("mine too\n")
    assert main(["export", str(again)]) == 0
    assert names(again) == sorted([*MADE, "README.new.md", "README.new-2.md", "mels.new.py"])
    assert (again / "README.new.md").read_text() == "mine as well\n"
    assert (again / "mels.py").read_text() == "mine too\n"
    (again / "README.md").unlink()
    assert main(["export", str(again)]) == 0
    assert names(again) == sorted([*MADE, "README.new.md", "mels.new.py"])
    assert (again / "README.md").read_text() == card


def test_a_model_that_is_not_the_exported_one_is_not_replaced(again, capsys):
    (again / "model.safetensors").write_bytes(b"another network of mine")
    before = {name: (again / name).read_bytes() for name in MADE}
    assert main(["export", str(again)]) == 2
    assert "model.safetensors: changed since it was exported; move it away" in capsys.readouterr().err
    assert {name: (again / name).read_bytes() for name in names(again)} == before


def test_a_file_of_the_user_s_under_a_new_name_of_ours_stops_an_export_before_it_changes_anything(again, capsys):
    listed = json.loads((again / MANIFEST).read_text())
    del listed["files"]["model.safetensors"]
    (again / MANIFEST).write_text(json.dumps(listed))
    before = {name: (again / name).read_bytes() for name in names(again)}
    assert main(["export", str(again)]) == 2
    assert "model.safetensors: exists and was not exported; move it away" in capsys.readouterr().err
    assert {name: (again / name).read_bytes() for name in names(again)} == before


def test_an_onnx_file_of_the_former_model_goes_with_it(again):
    (again / "model.onnx").write_bytes(b"of the former model")
    listed = json.loads((again / MANIFEST).read_text())
    listed["files"]["model.onnx"] = [hashlib.sha256(b"of the former model").hexdigest()]
    (again / MANIFEST).write_text(json.dumps(listed))
    assert main(["export", str(again)]) == 0
    assert (again / "model.onnx").exists() == (not LACKS)
    assert sorted(json.loads((again / MANIFEST).read_text())["files"]) == sorted(set(MADE) - {MANIFEST})


@pytest.mark.parametrize("after", range(5))
def test_an_export_that_is_killed_between_two_files_is_no_reason_to_refuse_the_next(again, monkeypatch, after):
    """At any moment the list knows what may lie there."""
    (again / "README.md").write_text("mine\n")
    replace, left = Path.replace, [after]

    def killed(self, target):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", killed)
    assert main(["export", str(again)]) == 130
    monkeypatch.setattr(Path, "replace", replace)
    assert main(["export", str(again)]) == 0
    assert names(again) == sorted([*MADE, "README.new.md"])
    assert (again / "README.md").read_text() == "mine\n"


@pytest.mark.parametrize("text", ["", "[]", '{"files": {"../evil": []}}', '{"files": {"a": ["x"]}}', '{"files": 3}'])
def test_a_list_that_is_broken_is_one_line(again, text, capsys):
    (again / MANIFEST).write_text(text)
    before = names(again)
    assert main(["export", str(again)]) == 2
    said = capsys.readouterr().err
    assert f"{MANIFEST}: not the list that `fdan export` wrote" in said
    assert said.count("\n") == 1
    assert names(again) == before


def test_an_export_of_an_earlier_version_is_not_replaced_and_still_answers(again, capsys):
    (again / MANIFEST).unlink()
    assert main(["export", str(again)]) == 2
    assert f"without {MANIFEST}, which exports of earlier versions lack too" in capsys.readouterr().err
    assert load(Project(), again)[0].classes


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_an_export_that_names_a_precision_answers_or_says_why_not(again, precision):
    """Exports of earlier versions hold features.precision, which was removed."""
    path = again / "model.safetensors"
    with safe_open(path, framework="pt") as file:
        about = json.loads(file.metadata()["fdan"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    about["features"]["precision"] = precision
    path.write_bytes(save(tensors, {"fdan": json.dumps(about)}))
    if precision == "fp32":
        assert read_model(again).classes
    else:
        with pytest.raises(ModelError, match=r"exported with features\.precision bf16, which was removed"):
            read_model(again)


def test_a_file_of_something_else(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"nonsense" * 9)
    with pytest.raises(ModelError, match="not a model that `fdan export` wrote"):
        read_model(tmp_path)


@needs_onnx
def test_onnx_gives_the_same_probabilities(exported, made, monkeypatch):
    import onnxruntime

    monkeypatch.chdir(made)
    there = load_run(Project(), trained_run(Project(), None))
    session = onnxruntime.InferenceSession(str(exported / "model.onnx"))
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["emotions"]) == list(there.classes)
    assert {"image", "probabilities", "mels", "synthetic"} <= set(about)
    pieces = [hear(f"raw/u{i:02}.wav", there.voice, pictures=True).pieces[0] for i in range(3)]
    (found,) = session.run(["probabilities"], {"image": np.stack([piece.image for piece in pieces])})
    import torch

    expected = there.probabilities(torch.stack([torch.from_numpy(piece.features) for piece in pieces]))
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)

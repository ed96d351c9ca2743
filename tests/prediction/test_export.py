import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from tones import needs_onnx, tone, wav

from fdan.cli import main
from fdan.data.emotions import CorpusError
from fdan.metrics.predictions import make_predictions, read_predictions, write_predictions
from fdan.prediction.answers import answers_of
from fdan.prediction.asked import load
from fdan.prediction.card import card
from fdan.prediction.folder import read_model
from fdan.prediction.inputs import Input
from fdan.prediction.recogniser import ModelError, load_run, trained_run
from fdan.prediction.voice import hear


def test_the_folder_answers_alone_as_the_project_does(exported, made, tmp_path, monkeypatch):
    monkeypatch.chdir(made)
    there = load_run(trained_run(None))
    path = wav(tmp_path / "a.wav", tone(260, 1.0))
    [expected] = answers_of(there, Input("a", path), hear(str(path), there.voice), 0.0, True)
    monkeypatch.chdir(tmp_path)
    moved = shutil.copytree(exported, tmp_path / "moved")
    model = load(moved)
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
    known = read_predictions(Path("reports/predictions/savee/fdan/seed-0.csv"))
    right = np.eye(2)[known.truth]
    for seed, probabilities in enumerate((0.02 * right + 0.49, 0.9 - 0.8 * right)):
        run = make_predictions(known.utterances, known.classes, known.truth, probabilities)
        there = Path(f"reports/predictions/speaker/savee/fdan/seed-{seed}.csv")
        there.parent.mkdir(parents=True, exist_ok=True)
        write_predictions(run, there)
    checkpoint = trained_run(None)
    [row] = [line for line in card(load_run(checkpoint), checkpoint, False).splitlines() if "held out" in line]
    name, *_, war, war_interval, uar, uar_interval, _ = [cell.strip() for cell in row.strip("|").split("|")]
    assert name == "such networks, speakers held out"
    assert (war, uar) == ("50.0", "50.0")
    for interval in (war_interval, uar_interval):
        low, high = map(float, interval.split(" to "))
        assert low <= 50 <= high
    there.write_text(there.read_text().replace(known.utterances[0], "another"))
    with pytest.raises(CorpusError, match="not of the same utterances; dvc repro"):
        card(load_run(checkpoint), checkpoint, False)


def test_another_folder_is_not_replaced(project, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    assert main(["export", str(tmp_path / "mine")]) == 2
    assert "exists and is no exported model" in capsys.readouterr().err


def test_a_file_of_something_else(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"nonsense" * 9)
    with pytest.raises(ModelError, match="not a model that `fdan export` wrote"):
        read_model(tmp_path)


@needs_onnx
def test_onnx_gives_the_same_probabilities(exported, made, monkeypatch):
    import onnxruntime

    monkeypatch.chdir(made)
    there = load_run(trained_run(None))
    session = onnxruntime.InferenceSession(str(exported / "model.onnx"))
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["emotions"]) == list(there.classes)
    assert {"image", "probabilities", "mels", "synthetic"} <= set(about)
    pieces = [hear(f"raw/u{i:02}.wav", there.voice, pictures=True).pieces[0] for i in range(3)]
    (found,) = session.run(["probabilities"], {"image": np.stack([piece.image for piece in pieces])})
    import torch

    expected = there.probabilities(torch.stack([torch.from_numpy(piece.features) for piece in pieces]))
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)

import importlib.util
import json
import re
import shutil

import numpy as np
import pytest
from tones import tone, wav

from fdan.cli import main
from fdan.mels.image import mel_image
from fdan.prediction import recipe
from fdan.prediction.answers import answers_of
from fdan.prediction.command import load
from fdan.prediction.folder import read_model
from fdan.prediction.inputs import Input
from fdan.prediction.recogniser import ModelError, load_run, trained_run
from fdan.prediction.voice import hear

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
LACKS = [name for name in PACKAGES if not importlib.util.find_spec(name)]


@pytest.fixture(scope="session")
def exported(made, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        folder = tmp_path_factory.mktemp("exported") / "model"
        assert main(["export", str(folder)]) == 0
    return folder


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
    assert re.search(r"\| this network, the paper's protocol \| 4 \| \d+\.\d \| \d+\.\d to \d+\.\d \|", card)


def test_another_folder_is_not_replaced(project, tmp_path, capsys):
    (tmp_path / "mine").mkdir()
    assert main(["export", str(tmp_path / "mine")]) == 2
    assert "exists and is no exported model" in capsys.readouterr().err


def test_a_file_of_something_else(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"nonsense" * 9)
    with pytest.raises(ModelError, match="not a model that `fdan export` wrote"):
        read_model(tmp_path)


@pytest.mark.parametrize("seconds", [0.02, 0.5, 3.7])
@pytest.mark.parametrize("size", [64, 224])
def test_the_recipe_draws_the_pipeline_s_picture(made, monkeypatch, seconds, size):
    monkeypatch.chdir(made)
    from dataclasses import asdict, replace

    mels = replace(load_run(trained_run(None)).voice.mels, size=size)
    noise = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16000)).clip(-1, 1).astype(np.float32)
    ours = recipe.mel_image(noise, asdict(mels)).astype(int)
    assert np.abs(ours - mel_image(noise, mels)).max() <= 1


@pytest.mark.skipif(bool(LACKS), reason=f"not installed: {', '.join(LACKS)}; pip install -e '.[onnx]'")
def test_onnx_gives_the_same_probabilities(exported, made, monkeypatch):
    import onnxruntime

    monkeypatch.chdir(made)
    there = load_run(trained_run(None))
    session = onnxruntime.InferenceSession(str(exported / "model.onnx"))
    about = session.get_modelmeta().custom_metadata_map
    assert json.loads(about["emotions"]) == list(there.classes)
    assert {"image", "probabilities", "mels", "synthetic"} <= set(about)
    pieces = [hear(f"raw/u{i:02}.wav", there.voice).pieces[0] for i in range(3)]
    (found,) = session.run(["probabilities"], {"image": np.stack([piece.image for piece in pieces])})
    import torch

    expected = there.probabilities(torch.stack([torch.from_numpy(piece.features) for piece in pieces]))
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-4)

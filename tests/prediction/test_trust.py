"""A model's folder is somebody else's: whatever its file says, the answer is a model or one line."""

import json
import math

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from fdan.commands.cli import main
from fdan.prediction.folder import FORMAT, read_model
from fdan.prediction.recogniser import ModelError


@pytest.fixture
def change(exported, tmp_path):
    """A function that writes a copy of an exported model, in which something is changed, and returns its folder."""

    def change(edit):
        with safe_open(exported / "model.safetensors", framework="pt") as file:
            about = json.loads(file.metadata()["fdan"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        edit(about, tensors)
        (tmp_path / "model.safetensors").write_bytes(save(tensors, {"fdan": json.dumps(about)}))
        return tmp_path

    return change


def put(*keys, value):
    def edit(about, tensors):
        for key in keys[:-1]:
            about = about[key]
        about[keys[-1]] = value

    return edit


def without_bank(about, tensors):
    for name in [name for name in tensors if name.startswith("bank.")]:
        del tensors[name]


def short_bank(about, tensors):
    tensors["bank.visual.0"] = tensors["bank.visual.0"][1:].clone()


def not_a_number(about, tensors):
    tensors["fdan.classifier.weight"][0, 0] = math.nan


def without_backbone(about, tensors):
    del tensors[next(name for name in tensors if name.startswith("backbone."))]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (put("temperature", value="hot"), r"temperature: .*number.*, found 'hot'"),
        (put("temperature", value=0), r"temperature: .*greater than 0, found 0"),
        (put("temperature", value=math.nan), "temperature: .*finite"),
        (put("mels", "floor_db", value=50), "mels: floor_db 50.* must be below ceiling_db 20"),
        (put("mels", "floor_db", value=math.nan), "mels.floor_db: .*finite"),
        (put("mels", "sample_rate", value=0), r"mels\.sample_rate: .*greater than 0, found 0"),
        (put("mels", "sample_rate", value=10**9), r"mels\.sample_rate: 1000000000, expected 192000 at most"),
        (put("ranges", "longest", value=math.inf), r"ranges\.longest: .*finite"),
        (put("classes", value=[]), "classes: .*at least 1"),
        (put("classes", value=["anger", "envy"]), "envy"),
        (put("faces", value=["savee/one"]), r"the bank of training faces: \(\d+, 16\), expected \(1, 16\)"),
        (put("features", "network", value="nothing"), "network: 'nothing': expected one of torchvision's"),
        (without_bank, r"bank\.visual\.0"),
        (short_bank, "the bank of training faces"),
        (not_a_number, r"fdan\.classifier\.weight: holds numbers that are not finite"),
        (without_backbone, "Missing key|missing"),
        (
            put("format", value=FORMAT + 1),
            f"of a newer version: format {FORMAT + 1}, expected {FORMAT} at most; update",
        ),
    ],
)
def test_what_cannot_be_answered_with_is_one_line(change, tmp_path, capsys, edit, said):
    folder = change(edit)
    with pytest.raises(ModelError, match=said) as refused:
        read_model(folder)
    assert str(refused.value).startswith(f"{folder}/model.safetensors: ")


def test_whatever_a_value_is_the_answer_is_a_model_or_one_line(change, exported):
    with safe_open(exported / "model.safetensors", framework="pt") as file:
        about = json.loads(file.metadata()["fdan"])
    for key in about:
        for value in ("hot", -1, None, [], {}, [[]], math.inf, 10**400):
            try:
                model = read_model(change(put(key, value=value)))
            except ModelError:
                continue
            found = model.probabilities(torch.zeros(1, model.network.standardise_a.mean.shape[0]))
            assert found.isfinite().all(), (key, value)


def test_a_newer_folder_is_told_by_the_command(change, tmp_path, capsys, at_once):
    folder = change(put("format", value=99))
    assert main(["predict", "a.wav", "--model", str(folder)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("fdan predict: error: ")
    assert said.endswith("format 99, expected 1 at most; update fdan\n")


def test_an_export_says_its_format(exported):
    with safe_open(exported / "model.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["fdan"])["format"] == FORMAT

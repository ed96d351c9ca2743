"""mels.py of an exported folder: its picture is the pipeline's, and it runs where nothing of the project is."""

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from tones import needs_onnx, tone, wav

from fdan.prediction import recipe
from fdan.prediction.asked import load
from fdan.prediction.recogniser import load_run, trained_run
from fdan.prediction.voice import hear
from fdan.runtime.project import Project
from fdan.samples.mels import mel_image

NOT_THERE = ("torch", "torchvision", "librosa", "cv2", "scipy", "av", "soxr", "safetensors", "fdan")

SESSION = """
import json
import numpy as np
from types import SimpleNamespace
class InferenceSession:
    def __init__(self, path):
        assert path.endswith("model.onnx")
    def get_modelmeta(self):
        return SimpleNamespace(custom_metadata_map={"mels": MELS, "emotions": json.dumps(["anger", "fear"])})
    def run(self, names, inputs):
        np.save("heard.npy", inputs["image"])
        return [np.full((1, 2), 0.5, np.float32)]
"""


@pytest.fixture
def alone(tmp_path):
    """A function that runs an exported folder's mels.py, elsewhere, where these and other packages cannot be had."""

    def run(folder, *arguments, lacks=()):
        absent = tmp_path / "absent"
        absent.mkdir(exist_ok=True)
        for name in (*NOT_THERE, *lacks):
            (absent / f"{name}.py").write_text(f"raise ModuleNotFoundError('No module named {name}')")
        command = [sys.executable, str(folder / "mels.py"), *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(absent), os.environ.get("PYTHONPATH", "")])}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("seconds", [0.02, 0.5, 3.7])
@pytest.mark.parametrize("size", [64, 224])
def test_the_recipe_draws_the_pipeline_s_picture(made, monkeypatch, seconds, size):
    monkeypatch.chdir(made)
    mels = replace(load_run(Project(), trained_run(Project(), None)).voice.mels, size=size)
    noise = np.random.default_rng(0).normal(0, 0.1, int(seconds * 16000)).clip(-1, 1).astype(np.float32)
    ours = recipe.mel_image(noise, asdict(mels)).astype(int)
    assert np.abs(ours - mel_image(noise, mels)).max() <= 1


def test_the_picture_of_a_file_without_the_project(exported, alone, tmp_path):
    """In place of the network what keeps its input: so this runs without onnxruntime."""
    voice = load(Project(), exported)[0].voice
    clip = wav(tmp_path / "a.wav", tone(260, 1.3) * np.linspace(0.1, 1, 20800))
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent/onnxruntime.py").write_text(f"MELS = {json.dumps(asdict(voice.mels))!r}\n{SESSION}")
    said = alone(exported, clip)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout == "anger     0.5000\nfear      0.5000\n"
    [piece] = hear(str(clip), voice, pictures=True).pieces
    heard = np.load(tmp_path / "heard.npy")
    assert (heard.dtype, heard.shape) == (np.uint8, (1, *piece.image.shape))
    assert np.abs(heard[0].astype(int) - piece.image).max() <= 1


@needs_onnx
def test_the_probabilities_of_a_file_without_the_project(exported, alone, tmp_path):
    """A shade of one of 255 here and there, where a number lies between two, is all that may differ."""
    model, _ = load(Project(), exported)
    clip = wav(tmp_path / "a.wav", tone(260, 1.3) * np.linspace(0.1, 1, 20800))
    said = alone(exported, clip)
    assert (said.returncode, said.stderr) == (0, "")
    found = {name: float(value) for name, value in re.findall(r"^(\w+) +(0\.\d{4}|1\.0000)$", said.stdout, re.M)}
    [piece] = hear(str(clip), model.voice).pieces
    [expected] = model.probabilities(torch.from_numpy(piece.features)[None]).tolist()
    assert list(found) == [emotion.value for emotion in model.classes]
    assert list(found.values()) == pytest.approx(expected, abs=1e-4)  # four decimals are printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "usage: python mels.py clip.wav"),
        (["none.wav"], "none.wav: cannot be read (No such file or directory)"),
        (["text.wav"], "text.wav: no 16-bit PCM wav file"),
        (["a.wav"], "onnxruntime is not installed: pip install onnxruntime"),
    ],
)
def test_what_is_wrong_is_one_line(exported, alone, tmp_path, arguments, said):
    (tmp_path / "text.wav").write_text("this is no sound at all")
    wav(tmp_path / "a.wav", tone(260, 1.0))
    found = alone(exported, *arguments, lacks=["onnxruntime"])
    assert (found.returncode, found.stdout, found.stderr) == (1, "", f"{said}\n")


def test_an_extensible_wav_file_is_read(tmp_path):
    """What Windows and many converters write for 16-bit mono as well."""
    plain = wav(tmp_path / "a.wav", tone(260, 1.0)).read_bytes()
    kind = b"\x01\0" + bytes.fromhex("000000001000800000aa00389b71")
    form = b"\xfe\xff" + plain[22:36] + (22).to_bytes(2, "little") + b"\x10\0" + (4).to_bytes(4, "little") + kind
    body = b"WAVEfmt " + len(form).to_bytes(4, "little") + form + b"LIST\x03\0\0\0abc\0" + plain[36:]
    (tmp_path / "b.wav").write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    (one, rate), (other, same) = recipe.read_wav(str(tmp_path / "a.wav")), recipe.read_wav(str(tmp_path / "b.wav"))
    assert rate == same == 16000
    assert (one == other).all()
    (tmp_path / "b.wav").write_bytes((tmp_path / "b.wav").read_bytes().replace(kind, b"\x03" + kind[1:]))
    with pytest.raises(SystemExit, match=r"b\.wav: no 16-bit PCM wav file \(format 3\)"):
        recipe.read_wav(str(tmp_path / "b.wav"))

"""The stage with a stub encoder: wav files in, one row each out, the splits' own utterances, remembered one by one."""

import subprocess
import sys
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from fdan.backbones.speech_encoder import SAMPLE_RATE, Encoder
from fdan.data.emotions import Emotion
from fdan.data.features import read_features
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.records import write_records
from fdan.media.sound import read_sound
from fdan.samples.recordings import write_recordings

ROOT = Path(__file__).parents[2]
NAMES = ("a", "b", "lost")
yaml = YAML(typ="safe", pure=True)


@pytest.fixture
def project(tmp_path, stub_encoder, monkeypatch):
    """What the stages before leave of two utterances, and of a third that has no Mel image."""
    rng = np.random.default_rng(0)
    (tmp_path / "clips").mkdir()
    for i, name in enumerate(NAMES):
        with wave.open(str(tmp_path / "clips" / f"{name}.wav"), "wb") as file:
            file.setparams((1, 2, 22_050, 0, "NONE", ""))
            file.writeframes(rng.integers(-9000, 9000, 9000 + 4000 * i, dtype=np.int16).tobytes())
    rows = [Utterance(name, "01", Emotion.ANGER, f"{name}.wav", "") for name in NAMES]
    for folder in ("manifests", "recordings", "faces/x", "mels/x"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    write_manifest(Manifest(tuple(rows), synthetic=False), Path("data/manifests/x.csv"))
    write_recordings(rows, tmp_path / "clips", "x", Path("data/recordings/x.csv"))
    mels = [MelRow(n, Emotion.ANGER, f"{n}.png" if n != "lost" else "", 1.0, "") for n in NAMES]
    write_records(Path("data/mels/x/index.csv"), MelRow, mels)
    with zipfile.ZipFile("data/faces/x/crops.zip", "w"):
        write_records(Path("data/faces/x/index.csv"), FaceRow, [])
    document = yaml.load(ROOT / "params.yaml")
    document["raw"] = {"x": "clips"}
    document["features"] |= {"acoustic": "whisper", "acoustic_weights": "encoder"}
    document["parallel"]["workers"] = 1
    yaml.dump(document, tmp_path / "params.yaml")
    return tmp_path


def stage():
    return subprocess.run([sys.executable, "-m", "stages.features", "x"], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_vectors_of_the_split_s_utterances_in_its_order_and_known_the_second_time(project, monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'tests/stubs'}")
    first = stage()
    assert first.stderr == ""
    assert first.stdout.endswith("features acoustic x: 2 samples x 6, whisper, encoder\n")
    there = Path("data/features/acoustic/x.safetensors")
    features, made = read_features(there), there.read_bytes()
    assert features.utterances == ("a", "b")
    hears = Encoder(project / "encoder")
    for name, row in zip("ab", features.values.numpy(), strict=True):
        sound = read_sound(project / "clips" / f"{name}.wav", SAMPLE_RATE)
        assert (row == hears.vector(sound.samples)).all()
    assert len(list(Path(".cache/speech").rglob("??/*"))) == 2
    (project / "encoder/model.bin").touch()
    assert stage().returncode == 0
    assert there.read_bytes() == made
    assert len(list(Path(".cache/speech").rglob("??/*"))) == 2

    (project / "encoder/model.bin").write_text("translator")
    broken = stage()
    assert broken.returncode == 1
    assert broken.stderr.endswith("encoder: not a Whisper in CTranslate2's format (no Whisper)\n")
    assert "Traceback" not in broken.stderr

"""A small project whose speech is tones."""

import csv
import importlib.util
import io
import wave
from pathlib import Path

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.image_features import features_of
from fdan.backbones.speech_encoder import SAMPLE_RATE, Encoder
from fdan.data.archive import write_images
from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet, write_features
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import write_records
from fdan.data.splits import Part, Split, write_split
from fdan.learning.checkpoint import read_checkpoint, write_checkpoint
from fdan.learning.domains import open_target
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import predictions_of
from fdan.learning.training import train
from fdan.media.sound import MelParams, read_sound
from fdan.metrics.predictions import write_predictions
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params, load_part
from fdan.runtime.project import Project
from fdan.samples.mels import image_of

ROOT = Path(__file__).parents[2]

LACKS = [name for name in ("onnx", "onnxscript", "onnxruntime") if not importlib.util.find_spec(name)]

needs_onnx = pytest.mark.skipif(bool(LACKS), reason=f"not installed: {', '.join(LACKS)}; pip install -e '.[onnx]'")


def wav(path: Path, samples: np.ndarray, rate: int = 16000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


def tone(hertz, seconds, rate=16000, amplitude=0.3):
    return amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def make(encoder=None):
    """The project, here; what hears in it is a network that reads Mel images, or a speech encoder's folder."""
    yaml = YAML()
    document = yaml.load(ROOT / "params.yaml")
    document["raw"], document["sources"], document["seeds"] = {"savee": "raw"}, {"savee": "savee"}, [0]
    document["mels"]["size"], document["features"]["network"] = 64, "squeezenet1_1"
    document["model"]["width"], document["train"]["epochs"] = 16, 3
    document["parallel"]["workers"] = 1
    if encoder:
        document["features"] |= {"acoustic": "whisper", "acoustic_weights": str(encoder)}
    yaml.dump(document, Path("params.yaml"))
    mels, features = load_params("mels", MelParams), load_part("features", FeatureParams)
    emotions = [Emotion.ANGER, Emotion.FEAR] * 6
    ids = [f"u{i:02}" for i in range(12)]
    parts = [
        Part(u, "S", e, "test" if i < 4 else "train", "train")
        for i, (u, e) in enumerate(zip(ids, emotions, strict=True))
    ]
    Path("data/splits").mkdir(parents=True)
    split = Split(tuple(parts), synthetic=True)
    write_split(split, Path("data/splits/savee.csv"))
    entries = []
    for i, u in enumerate(ids):
        wav(Path("raw") / f"{u}.wav", tone(200 + 150 * (i % 2) + 5 * i, 0.5 + 0.1 * i))
        entries.append(image_of(f"{u}.wav", Path("raw").absolute(), mels))
    folder = Path("data/mels/savee")
    folder.mkdir(parents=True)
    write_images(folder / "mels.zip", [(f"{u}.png", e.blobs[0]) for u, e in zip(ids, entries, strict=True)])
    index = [MelRow(u, k, f"{u}.png", *e.about) for u, k, e in zip(ids, emotions, entries, strict=True)]
    write_records(folder / "index.csv", MelRow, index)
    if encoder:
        hears = Encoder(encoder)
        values = np.stack([hears.vector(read_sound(Path(f"raw/{u}.wav"), SAMPLE_RATE).samples) for u in ids])
    else:
        mels_zip, parallel = (folder / "mels.zip").absolute(), load_params("parallel", ParallelParams)
        values = features_of(mels_zip, [r.image for r in index], features, parallel, "")
    for modality in ("acoustic", "visual"):
        Path(f"data/features/{modality}").mkdir(parents=True)
    write_features(
        FeatureSet(tuple(ids), tuple(emotions), torch.from_numpy(values)),
        Path("data/features/acoustic/savee.safetensors"),
    )
    seen = torch.randn(24, 10 if encoder else values.shape[1], generator=torch.Generator().manual_seed(0))
    faces = [(u, e, f"{u}.{k}.jpg") for u, e in zip(ids, emotions, strict=True) for k in (1, 2)]
    write_features(
        FeatureSet(tuple(u for u, _, _ in faces), tuple(e for _, e, _ in faces), seen),
        Path("data/features/visual/savee.safetensors"),
    )
    folder = Path("data/faces/savee")
    folder.mkdir(parents=True)
    crops = [FaceRow(u, e, c, 0, 1, 0, 0, 8, 8, "haar", 1, 1, "") for u, e, c in faces]
    write_records(folder / "index.csv", FaceRow, crops)
    grey = image_of(f"{ids[0]}.wav", Path("raw").absolute(), mels).blobs[0]  # any picture does
    write_images(folder / "crops.zip", [(c.crop, grey) for c in crops])
    there = open_target(Project(), "savee", ["savee"]).domains()
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    [(network, _)] = train(there.visual, there.acoustic, 2, [Run(0, 1e-3, training)], True, model)
    checkpoint = Path("runs/savee/fdan/seed-0.safetensors")
    checkpoint.parent.mkdir(parents=True)
    about = {"corpus": "savee", "name": "fdan", "seed": 0, "alpha": 1e-3}
    write_checkpoint(network, there.classes, model, about, checkpoint)
    reports = Path("reports/predictions/paper/savee/fdan")
    reports.mkdir(parents=True)
    write_predictions(predictions_of(read_checkpoint(checkpoint).model, there), reports / "seed-0.csv")

"""Outputs at full size, made of a share's."""

import numpy as np
import torch

from fdan.data.archive import read_bytes, write_images
from fdan.data.emotions import Emotion, Modality
from fdan.data.features import FeatureSet, read_features, write_features
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.records import read_records, write_records
from fdan.data.splits import Part, Split, write_split
from fdan.metrics.predictions import read_predictions
from fdan.rehearsal.given import predict_by_chance, stretch
from fdan.sequences.inputs import Inputs, read_inputs, write_inputs


def utterance(i, part="train"):
    emotion = list(Emotion)[i % 7]
    return Utterance(f"u{i}", "s", emotion, f"{i}.mp4", f"{i}.mp4", part, f"text {i}", f"{part}_dia0", i)


def make_share(folder):
    """Two utterances with two crops each."""
    some = [utterance(i) for i in range(2)]
    for name in ("faces/a", "mels/a", "sounds", "features/visual", "features/acoustic", "inputs/a"):
        (folder / "data" / name).mkdir(parents=True)
    crops = [(u, f"{u.id}_{k}.jpg") for u in some for k in (1, 2)]
    faces = [FaceRow(u.id, u.emotion, name, 0, 1, 0, 0, 1, 1, "haar", 1, 1, "") for u, name in crops]
    write_records(folder / "data/faces/a/index.csv", FaceRow, faces)
    write_images(folder / "data/faces/a/crops.zip", [(name, name.encode()) for _, name in crops])
    mels = [MelRow(u.id, u.emotion, f"{u.id}.png", 1.0, "") for u in some]
    write_records(folder / "data/mels/a/index.csv", MelRow, mels)
    write_images(folder / "data/mels/a/mels.zip", [(m.image, m.image.encode()) for m in mels])
    write_images(folder / "data/sounds/a.zip", [(f"{u.id}.wav", u.id.encode()) for u in some])
    for modality, each in ((Modality.VISUAL, 2), (Modality.ACOUSTIC, 1)):
        rows = [u for u in some for _ in range(each)]
        values = torch.zeros(len(rows), 4)
        found = FeatureSet(tuple(u.id for u in rows), tuple(u.emotion for u in rows), values)
        write_features(found, folder / f"data/features/{modality}/a.safetensors")
    arrays = {"mel": tuple(np.full((3, 2), i, np.float32) for i in range(2))}
    inputs = Inputs(("u0", "u1"), arrays, {}, {"text": ("text 0", "text 1")})
    write_inputs(inputs, folder / "data/inputs/a/cadf.safetensors")


def test_every_utterance_has_what_one_of_the_share_has(tmp_path):
    share, full = tmp_path / "share", tmp_path / "full"
    make_share(share)
    (full / "data/manifests").mkdir(parents=True)
    write_manifest(Manifest(tuple(utterance(i) for i in range(5)), True), full / "data/manifests/a.csv")
    stretch(share, full, "a", ["cadf"])
    faces = read_records(full / "data/faces/a/index.csv", FaceRow)
    assert [(f.utterance, f.crop) for f in faces[:3]] == [("u0", "u0_1.jpg"), ("u0", "u0_2.jpg"), ("u1", "u1_1.jpg")]
    assert len(faces) == 10
    assert faces[4].emotion is list(Emotion)[2]
    assert next(read_bytes(full / "data/faces/a/crops.zip", ["u4_2.jpg"])) == b"u0_2.jpg"
    assert next(read_bytes(full / "data/mels/a/mels.zip", ["u3.png"])) == b"u1.png"
    assert next(read_bytes(full / "data/sounds/a.zip", ["u3.wav"])) == b"u1"
    visual = read_features(full / "data/features/visual/a.safetensors")
    assert (len(visual.utterances), visual.values.shape[1]) == (10, 4)
    assert float(visual.values.std()) > 0
    inputs = read_inputs(full / "data/inputs/a/cadf.safetensors")
    assert inputs.utterances == ("u0", "u1", "u2", "u3", "u4")
    assert inputs.texts["text"][4] == "text 4"
    assert inputs.arrays["mel"][3][0, 0] == 1.0
    place = full / "data/mels/a/index.csv"
    before = place.stat().st_mtime_ns
    stretch(share, full, "a", ["cadf"])  # what is there stays
    assert place.stat().st_mtime_ns == before


def test_predictions_by_chance_are_of_the_test_utterances(tmp_path):
    parts = [Part(f"u{i}", "s", list(Emotion)[i % 7], "train" if i < 14 else "test", "train") for i in range(21)]
    (tmp_path / "data/splits").mkdir(parents=True)
    write_split(Split(tuple(parts), True), tmp_path / "data/splits/a.csv")
    predict_by_chance(tmp_path, "a", ["resnet18"], [0, 1])
    found = read_predictions(tmp_path / "reports/predictions/baselines/a/resnet18/seed-1.csv")
    assert len(found.utterances) == 7

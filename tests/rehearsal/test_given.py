"""Outputs at full size, made of a share's, and a share whose copies are told apart."""

import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from fdan.data.archive import read_bytes, read_images, write_images
from fdan.data.emotions import Emotion, Modality
from fdan.data.features import FeatureSet, read_features, write_features
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.records import read_records, write_records
from fdan.data.splits import Part, Split, write_split
from fdan.media.wav import decode_wav, encode_wav
from fdan.metrics.predictions import read_predictions
from fdan.rehearsal import command
from fdan.rehearsal.command import CLIPS, READERS
from fdan.rehearsal.given import describe, predict_by_chance, stretch
from fdan.samples.crops import encode_jpeg
from fdan.samples.mels import encode_png
from fdan.sequences.inputs import Inputs, read_inputs, write_inputs


def utterance(i, part="train"):
    emotion = list(Emotion)[i % 7]
    return Utterance(f"u{i}", "s", emotion, f"{i}.mp4", f"{i}.mp4", part, f"text {i}", f"{part}_dia0", i)


ARCHIVES = ("faces/a/crops.zip", "mels/a/mels.zip", "sounds/a.zip")


def grey(level):
    return np.full((8, 8), level, np.uint8)


def make_share(folder, levels=(10, 200)):
    """Utterances with two crops each, an image and a sound, all of one level."""
    some = [utterance(i) for i in range(len(levels))]
    for name in ("faces/a", "mels/a", "sounds", "features/visual", "features/acoustic", "inputs/a"):
        (folder / "data" / name).mkdir(parents=True)
    crops = [(u, f"{u.id}_{k}.jpg") for u in some for k in (1, 2)]
    faces = [FaceRow(u.id, u.emotion, name, 0, 1, 0, 0, 1, 1, "haar", 1, 1, "") for u, name in crops]
    write_records(folder / "data/faces/a/index.csv", FaceRow, faces)
    jpegs = {u.id: encode_jpeg(np.stack([grey(level)] * 3, axis=2), 95) for u, level in zip(some, levels, strict=True)}
    write_images(folder / "data/faces/a/crops.zip", [(name, jpegs[u.id]) for u, name in crops])
    mels = [MelRow(u.id, u.emotion, f"{u.id}.png", 1.0, "") for u in some]
    write_records(folder / "data/mels/a/index.csv", MelRow, mels)
    pngs = [encode_png(grey(level)) for level in levels]
    write_images(folder / "data/mels/a/mels.zip", [(m.image, png) for m, png in zip(mels, pngs, strict=True)])
    wavs = [encode_wav(np.full(100, level / 255, np.float32), 22_050) for level in levels]
    write_images(folder / "data/sounds/a.zip", [(f"{u.id}.wav", wav) for u, wav in zip(some, wavs, strict=True)])
    for modality, each in ((Modality.VISUAL, 2), (Modality.ACOUSTIC, 1)):
        rows = [u for u in some for _ in range(each)]
        values = torch.zeros(len(rows), 4)
        found = FeatureSet(tuple(u.id for u in rows), tuple(u.emotion for u in rows), values)
        write_features(found, folder / f"data/features/{modality}/a.safetensors")
    arrays = {"mel": tuple(np.full((3, 2), i, np.float32) for i in range(len(some)))}
    inputs = Inputs(tuple(u.id for u in some), arrays, {}, {"text": tuple(u.text for u in some)})
    write_inputs(inputs, folder / "data/inputs/a/cadf.safetensors")


def list_utterances(folder, count):
    (folder / "data/manifests").mkdir(parents=True)
    write_manifest(Manifest(tuple(utterance(i) for i in range(count)), True), folder / "data/manifests/a.csv")


def told_apart(folder):
    """How many images and sounds there are in each archive, and how many different ones."""
    found = []
    for archive in ARCHIVES:
        with zipfile.ZipFile(folder / "data" / archive) as file:
            digests = [sha256(file.read(name)).digest() for name in file.namelist()]
        found.append((len(digests), len(set(digests))))
    return found


def test_every_utterance_has_what_one_of_the_share_has(tmp_path):
    share, full = tmp_path / "share", tmp_path / "full"
    make_share(share)
    list_utterances(full, 5)
    stretch(share, full, "a")
    describe(share, full, "a", ["cadf"])
    faces = read_records(full / "data/faces/a/index.csv", FaceRow)
    assert [(f.utterance, f.crop) for f in faces[:3]] == [("u0", "u0_1.jpg"), ("u0", "u0_2.jpg"), ("u1", "u1_1.jpg")]
    assert len(faces) == 10
    assert faces[4].emotion is list(Emotion)[2]
    # What is decoded is the same; what is stored never is.
    assert (next(read_images(full / "data/faces/a/crops.zip", ["u4_2.jpg"])) == 10).all()
    assert (next(read_images(full / "data/mels/a/mels.zip", ["u3.png"])) == 200).all()
    samples, rate = decode_wav(next(read_bytes(full / "data/sounds/a.zip", ["u3.wav"])), "u3")
    assert (len(samples), rate) == (100, 22_050)
    assert np.allclose(samples, 200 / 255, atol=1e-4)
    assert told_apart(full) == [(10, 10), (5, 5), (5, 5)]
    visual = read_features(full / "data/features/visual/a.safetensors")
    assert (len(visual.utterances), visual.values.shape[1]) == (10, 4)
    assert float(visual.values.std()) > 0
    inputs = read_inputs(full / "data/inputs/a/cadf.safetensors")
    assert inputs.utterances == ("u0", "u1", "u2", "u3", "u4")
    assert inputs.texts["text"][4] == "text 4"
    assert inputs.arrays["mel"][3][0, 0] == 1.0
    place = full / "data/mels/a/index.csv"
    before = place.stat().st_mtime_ns
    stretch(share, full, "a")  # what is there stays
    assert place.stat().st_mtime_ns == before


def test_no_two_images_or_sounds_are_alike_when_features_and_inputs_read_them(tmp_path, monkeypatch):
    seen = []

    class Stages(command.Project):
        """Stages that find all copies of a clip alike."""

        def prepare(self, params):
            assert params["raw"] == {"a": "corpora/a"}

        def stages(self, kinds):
            return [f"{kind}@a" for kind in ("manifests", *CLIPS, *(READERS if kinds == READERS else ()))]

        def run(self, names):
            kinds = {name.partition("@")[0] for name in names}
            if "manifests" in kinds:
                list_utterances(self.folder, 3)
            if kinds & {*CLIPS}:
                make_share(self.folder, (50, 50, 50))
            if kinds & {*READERS}:
                seen.append(told_apart(self.folder))

        def take(self, names):
            assert names == [f"{kind}@a" for kind in CLIPS]

    monkeypatch.setattr(command, "Project", Stages)
    clips, readers = command._extraction(tmp_path, {}, {"a": Path("corpora/a")}, 0.1, {})
    assert told_apart(clips.folder) == [(6, 1), (3, 1), (3, 1)]
    assert seen == [[(6, 6), (3, 3), (3, 3)]]
    assert clips.folder != readers.folder


def test_predictions_by_chance_are_of_the_test_utterances(tmp_path):
    parts = [Part(f"u{i}", "s", list(Emotion)[i % 7], "train" if i < 14 else "test", "train") for i in range(21)]
    (tmp_path / "data/splits").mkdir(parents=True)
    write_split(Split(tuple(parts), True), tmp_path / "data/splits/a.csv")
    predict_by_chance(tmp_path, "a", ["resnet18"], [0, 1])
    found = read_predictions(tmp_path / "reports/predictions/baselines/a/resnet18/seed-1.csv")
    assert len(found.utterances) == 7

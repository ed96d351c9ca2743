import dataclasses
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML
from torch import nn

from fdan.backbones.pretrained import build_network, headless, to_input
from fdan.data.archive import write_images
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import write_records
from fdan.data.splits import Part, Split, read_split, write_split
from fdan.learning import finetune
from fdan.learning.bank import predict_alone
from fdan.learning.finetune import FinetuneParams, Job, embed_images, fine_tune, steps
from fdan.learning.images import ImageCorpus, ImageDomain, load_corpus
from fdan.learning.params import ModelParams, Run, TrainingError, TrainParams
from fdan.metrics.predictions import read_predictions
from fdan.runtime.cache import Cache
from fdan.runtime.project import Project
from fdan.samples.crops import encode_jpeg
from fdan.samples.mels import encode_png
from stages import finetune as stage_script

MODEL = ModelParams(width=16, layers=1, ffn_factor=2, standardise=True)
PARAMS = TrainParams(epochs=12, batch_size=4, learning_rate=0.02, lr_gamma=3e-4, lr_decay=0.75, momentum=0.9,
                     weight_decay=1e-3)  # fmt: skip
RUN = Run(0, 1e-3, PARAMS)


class Tiny(nn.Module):
    """A network with a ResNet's head, small enough to be trained in a test."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        self.fc = nn.Linear(32, 1000)

    def forward(self, x):
        return self.fc(self.body(x).flatten(1))


def images(n, seed):
    """Bright upper halves are class 0, bright lower halves class 1."""
    labels = np.arange(n) % 2
    pixels = np.random.default_rng(seed).integers(0, 60, (n, 16, 16, 3), dtype=np.uint8)
    for image, label in zip(pixels, labels, strict=True):
        image[8 * label : 8 * (label + 1)] += 150
    return ImageDomain(lambda places: pixels[list(places)], torch.from_numpy(labels), f"{n} {seed}")


VISUAL, ACOUSTIC, TEST = images(12, 0), images(8, 1), images(6, 2)


def tuned(run=RUN, rate=0.1, backbone=None, calls=None):
    with torch.random.fork_rng():
        backbone = headless(backbone or Tiny())
    count = (lambda: None) if calls is None else (lambda: calls.append(1))
    return backbone, *fine_tune(backbone, VISUAL, ACOUSTIC, 2, run, True, rate, MODEL, count)


def test_it_learns_a_handful_of_samples_and_predicts_others_through_the_bank():
    calls = []
    backbone, model, history = tuned(calls=calls)
    x_v, x_a, x = (embed_images(backbone, d.images, len(d.y), 4) for d in (VISUAL, ACOUSTIC, TEST))
    assert torch.equal(predict_alone(model, x_v, x_a, x).argmax(dim=1), TEST.y)
    assert history[-1].ce_acoustic < 0.2 * history[0].ce_acoustic
    assert len(history) == 12
    assert len(calls) == steps(12, 8, 12, 4) == 24


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    (backbone, _, history), (again, _, repeated) = tuned(), tuned()
    assert history == repeated
    assert all(torch.equal(a, b) for a, b in zip(backbone.parameters(), again.parameters(), strict=True))
    assert tuned(dataclasses.replace(RUN, seed=1))[2] != history


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """States of unfinished trainings are written to the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("killed_after", [3, 4, 22, 23])
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, killed_after):
    """In the middle of an epoch of two steps, after one's end, at the last step; states are written at every step."""
    expected, _, history = tuned()
    done = []

    def train(backbone, progress):
        return fine_tune(backbone, VISUAL, ACOUSTIC, 2, RUN, True, 0.1, MODEL, progress, every=0.0)

    def kill():
        done.append(1)
        if len(done) == killed_after + 1:
            raise KeyboardInterrupt

    with torch.random.fork_rng(), pytest.raises(KeyboardInterrupt):
        train(headless(Tiny()), kill)
    assert list(tmp_path.glob(".cache/resume/*/*"))
    calls = []
    with torch.random.fork_rng():
        backbone = headless(Tiny())
    _, resumed = train(backbone, lambda: calls.append(1))
    assert resumed == history
    assert all(torch.equal(a, b) for a, b in zip(backbone.parameters(), expected.parameters(), strict=True))
    assert len(calls) == 24
    assert not list(tmp_path.glob(".cache/resume/*/*"))


def one_step(rate):
    """How far the first step moves each weight of the backbone, by its name."""
    small = dataclasses.replace(PARAMS, epochs=1, batch_size=16, weight_decay=0.0)  # one batch of each domain
    with torch.random.fork_rng():
        before = {name: value.clone() for name, value in headless(Tiny()).state_dict().items()}
    backbone, model, _ = tuned(Run(0, 1e-3, small), rate)
    return {name: value - before[name] for name, value in backbone.state_dict().items()}, model


def test_the_backbone_moves_at_a_tenth_of_the_rate():
    full, head = one_step(1.0)
    tenth, same_head = one_step(0.1)
    for name in ("body.0.weight", "body.1.weight", "body.1.bias"):
        assert full[name].abs().max() > 0
        assert torch.allclose(tenth[name], full[name] / 10, rtol=1e-3, atol=1e-7)
    weights = zip(head.parameters(), same_head.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)  # the rest moves at the full rate in both


def test_batch_normalisation_keeps_its_statistics():
    moved, _ = one_step(1.0)
    for name in ("body.1.running_mean", "body.1.running_var", "body.1.num_batches_tracked"):
        assert not moved[name].any()


def test_batch_normalisation_may_take_the_statistics_of_each_batch():
    small = dataclasses.replace(PARAMS, epochs=1, batch_size=16)
    with torch.random.fork_rng():
        backbone = headless(Tiny())
    fine_tune(backbone, VISUAL, ACOUSTIC, 2, Run(0, 1e-3, small), True, 0.1, MODEL, int, batch_norm="batch")
    norm = backbone.body[1]
    both = np.concatenate([VISUAL.images(range(12)), ACOUSTIC.images(range(8))])
    with torch.random.fork_rng(), torch.inference_mode():
        mean = headless(Tiny()).body[0](to_input(both)).mean(dim=(0, 2, 3))
    assert torch.allclose(norm.running_mean, 0.1 * mean, atol=1e-5)  # torch's momentum, from 0, after the one step
    assert not norm.training
    together = embed_images(backbone, TEST.images, 6, 6)
    assert torch.allclose(together, embed_images(backbone, TEST.images, 6, 1), atol=1e-6)


@pytest.mark.parametrize(
    ("run", "device", "refused"),
    [
        (True, "cpu", ""),
        ("auto", "cuda", ""),
        ("auto", "cpu", "not run on cpu: it takes days; set FDAN_DEVICE=cuda, or finetune.run to true"),
        (False, "cuda", "not run (finetune.run is false)"),
    ],
)
def test_it_runs_where_it_is_told_to_or_on_a_gpu(monkeypatch, run, device, refused):
    monkeypatch.setattr(finetune, "device", lambda: device)
    assert FinetuneParams("resnet18", "random", 32, 1, 0.1, "frozen", run, (0,)).refused == refused


def test_a_stage_that_does_not_train_says_why_in_the_place_of_predictions(tmp_path, monkeypatch, capsys):
    yaml = YAML()
    params = yaml.load(Path(__file__).parents[2] / "params.yaml")
    params["finetune"]["run"] = False
    yaml.dump(params, tmp_path / "params.yaml")
    monkeypatch.setattr(sys, "argv", ["finetune", "savee"])
    stage_script.main()
    why = "not run (finetune.run is false)"
    assert capsys.readouterr().out == f"finetune savee: not run: {why}\n"
    assert Path("reports/predictions/finetune/savee/not_run.txt").read_text() == f"{why}\n"
    assert not list(Path("runs/finetune/savee").iterdir())


def test_features_of_an_image_depend_on_it_alone():
    backbone, _, _ = tuned()
    together = embed_images(backbone, TEST.images, 6, 6)
    assert torch.allclose(together, embed_images(backbone, TEST.images, 6, 1), atol=1e-6)


def test_the_real_backbone_without_its_head_gives_512_features():
    assert embed_images(headless(build_network("resnet34", "random", 0)), images(2, 0).images, 2, 2).shape == (2, 512)


def test_an_empty_domain_is_named_and_a_history_ends_where_the_loss_diverges():
    none = dataclasses.replace(ACOUSTIC, y=ACOUSTIC.y[:0])
    with pytest.raises(TrainingError, match="no acoustic training samples"):
        fine_tune(headless(Tiny()), VISUAL, none, 2, RUN, True, 0.1, MODEL, lambda: None)
    wild = dataclasses.replace(RUN, params=dataclasses.replace(PARAMS, learning_rate=1e30))
    assert len(tuned(wild)[2]) < PARAMS.epochs


def stage(folder):
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-m", "stages.finetune", "savee"],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def write_project(folder):
    """Twelve utterances of two emotions with crops and Mel images of 32 x 32, one without a usable video."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)
    ids, emotions = [f"a{i:02}" for i in range(12)], [Emotion.ANGER, Emotion.FEAR] * 6
    seen = [(i, e) for i, e in zip(ids, emotions, strict=True) if i != "a03"]
    faces = [FaceRow(i, e, f"{i}.jpg", 0, 1, 0, 0, 32, 32, "haar", 1, 1, "") for i, e in seen]
    faces.append(FaceRow("a03", Emotion.FEAR, "", 0, 0, 0, 0, 0, 0, "", 0, 0, "no frame decodes"))
    parts = [
        Part(i, "DC", e, "test" if n >= 8 else "train", "" if i == "a03" else "train")
        for n, (i, e) in enumerate(zip(ids, emotions, strict=True))
    ]
    for name in ("faces", "mels", "splits"):
        (folder / f"data/{name}/savee").mkdir(parents=True)
    write_records(folder / "data/faces/savee/index.csv", FaceRow, faces)
    mels = [MelRow(i, e, f"{i}.png", 1.0, "") for i, e in zip(ids, emotions, strict=True)]
    write_records(folder / "data/mels/savee/index.csv", MelRow, mels)
    crops = ((f"{i}.jpg", encode_jpeg(np.repeat(p[..., None], 3, 2), 95)) for i, p in zip(ids, pixels, strict=True))
    write_images(folder / "data/faces/savee/crops.zip", crops)
    write_images(
        folder / "data/mels/savee/mels.zip", ((f"{i}.png", encode_png(p)) for i, p in zip(ids, pixels, strict=True))
    )
    write_split(Split(tuple(parts), True), folder / "data/splits/savee.csv")
    yaml = YAML()
    params = yaml.load(Path(__file__).parents[2] / "params.yaml")
    params["train"] |= {"batch_size": 4}
    params["finetune"] |= {"size": 32, "epochs": 1}
    yaml.dump(params, folder / "params.yaml")


def test_speech_without_faces_is_taught_by_another_corpus(tmp_path):
    write_project(tmp_path)
    own = load_corpus(Project(), "savee", "savee", 32)
    shutil.copytree("data/mels/savee", "data/mels/talks")
    Path("data/faces/talks").mkdir()
    write_records(Path("data/faces/talks/index.csv"), FaceRow, [])
    split = read_split(Path("data/splits/savee.csv"))
    mute = tuple(dataclasses.replace(part, visual="") for part in split.parts)
    write_split(Split(mute, True), Path("data/splits/talks.csv"))
    taught = load_corpus(Project(), "talks", "savee", 32)
    assert (taught.visual.digest, len(taught.visual.y)) == (own.visual.digest, 11)
    assert (taught.acoustic.digest, taught.tested, taught.left) == (own.acoustic.digest, own.tested, 0)
    write_split(Split(mute, False), Path("data/splits/talks.csv"))
    with pytest.raises(CorpusError, match="synthetic and real corpora never mix"):
        load_corpus(Project(), "talks", "savee", 32)


def test_faces_of_an_emotion_that_the_speech_lacks_are_counted(tmp_path):
    write_project(tmp_path)
    split = read_split(Path("data/splits/savee.csv"))
    lacking = split.classes[0]
    parts = tuple(dataclasses.replace(p, acoustic="" if p.emotion is lacking else p.acoustic) for p in split.parts)
    write_split(Split(parts, True), Path("data/splits/savee.csv"))
    corpus = load_corpus(Project(), "savee", "savee", 32)
    assert lacking not in corpus.classes
    assert corpus.left == sum(p.emotion is lacking for p in parts) > 0
    assert len(corpus.visual.y) + corpus.left == 11


def corpus(digest):
    domains = (dataclasses.replace(domain, digest=digest) for domain in (VISUAL, ACOUSTIC, TEST))
    return ImageCorpus((Emotion.ANGER, Emotion.FEAR), *domains, tuple("abcdef"), 0)


def test_another_backbone_variant_or_size_is_another_run():
    first = FinetuneParams("resnet18", "random", 32, 1, 0.1, "frozen", True, (0,))
    jobs = [
        Job("fdan", "", run, attention, params, MODEL, corpus(digest))
        for params, run, attention, digest in (
            (first, RUN, True, "images"),
            (dataclasses.replace(first, seeds=(0, 1)), RUN, True, "images"),  # decides nothing
            (dataclasses.replace(first, run="auto"), RUN, True, "images"),  # likewise
            (dataclasses.replace(first, network="resnet34"), RUN, True, "images"),
            (dataclasses.replace(first, batch_norm="batch"), RUN, True, "images"),
            (dataclasses.replace(first, size=64), RUN, True, "images"),
            (first, dataclasses.replace(RUN, seed=1), True, "images"),
            (first, RUN, False, "images"),
            (first, RUN, True, "others"),
        )
    ]
    first, same, also, *others = [job.key(Cache("finetune", (), (), ())) for job in jobs]
    assert same == also == first
    assert len({first, *others}) == 7


def test_images_come_at_the_size_that_is_asked_for(tmp_path):
    write_project(tmp_path)
    full, small = (load_corpus(Project(), "savee", "savee", size) for size in (32, 16))
    assert small.acoustic.images([0, 1]).shape == (2, 16, 16, 3)
    means = full.acoustic.images([1])[0].reshape(16, 2, 16, 2, 3).mean(axis=(1, 3))
    assert np.abs(small.acoustic.images([1])[0] - means).max() <= 0.5
    assert small.training_digest != full.training_digest
    assert pickle.loads(pickle.dumps(small)).acoustic.images([1]).tobytes() == small.acoustic.images([1]).tobytes()


@pytest.mark.slow
def test_the_stage_gives_every_variant_the_same_bits_twice(tmp_path):
    write_project(tmp_path)
    result = stage(tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("finetune savee: 3 runs through resnet18, 4 test utterances; mean WAR over seeds: ")
    assert result.stdout.endswith("; trained 3, known 0\n")
    names = ("fdan", "fdan1", "fdan2")
    files = [f"{top}/finetune/savee/{name}/seed-0.csv" for top in ("reports/predictions", "runs") for name in names]
    first = [(tmp_path / file).read_bytes() for file in files]
    assert len(set(first)) == 6
    assert read_predictions(tmp_path / files[0]).utterances == ("a08", "a09", "a10", "a11")
    history = first[3].decode().splitlines()
    assert history[0] == "epoch,ce_acoustic,ce_visual,lmmd,learning_rate,lmmd_weight,gradient_ce,gradient_lmmd,test_war"
    assert len(history) == 2
    known = stage(tmp_path)
    assert known.stdout == result.stdout.replace("trained 3, known 0", "trained 0, known 3"), known.stderr
    assert [(tmp_path / file).read_bytes() for file in files] == first
    shutil.rmtree(tmp_path / ".cache")
    assert stage(tmp_path).stdout == result.stdout
    assert [(tmp_path / file).read_bytes() for file in files] == first


@pytest.mark.slow
def test_the_stage_needs_the_split_and_says_so_in_one_line(tmp_path):
    (tmp_path / "params.yaml").write_text((Path(__file__).parents[2] / "params.yaml").read_text())
    result = stage(tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("stages.finetune: error: data/splits/savee.csv: no such file")
    assert result.stderr.count("\n") == 1

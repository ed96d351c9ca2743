"""FDAN learns through the stages' own steps, and learns nothing where labels and features do not belong together."""

import dataclasses
import math

import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet, write_features
from fdan.data.splits import NOT_RUN, Part, Split, write_split
from fdan.figures.calibration import write_reliability
from fdan.learning.domains import open_target
from fdan.learning.params import ModelParams, TrainParams, Variant
from fdan.learning.runs import Settings, jobs_of, train_all
from fdan.metrics.scores import score
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.project import Project

EMOTIONS = (Emotion.ANGER, Emotion.FEAR, Emotion.SADNESS)
WIDTH, UTTERANCES, TESTED = 12, 180, 60
MODEL = ModelParams(width=16, layers=1, ffn_factor=2, standardise=True)
TRAIN = TrainParams(
    epochs=15, batch_size=16, learning_rate=0.01, lr_gamma=3e-4, lr_decay=0.75, momentum=0.9, weight_decay=1e-3
)


def write_corpus(project, shuffled):
    """Features that tell the emotion, somewhat; labels that are theirs, or shuffled among the utterances."""
    labels = torch.arange(UTTERANCES) % len(EMOTIONS)
    draw = torch.Generator().manual_seed(0)
    centres = 1.2 * torch.randn(len(EMOTIONS), WIDTH, generator=draw)
    ids = tuple(f"u{i:03}" for i in range(UTTERANCES))
    split_labels = labels[torch.randperm(UTTERANCES, generator=draw)] if shuffled else labels
    parts = [
        Part(name, "Ann", EMOTIONS[label], "test" if i < TESTED else "train", "train")
        for i, (name, label) in enumerate(zip(ids, split_labels.tolist(), strict=True))
    ]
    project.split("talks").parent.mkdir(parents=True)
    write_split(Split(tuple(parts), synthetic=True), project.split("talks"))
    for modality in ("visual", "acoustic"):
        path = project.features(modality, "talks")
        path.parent.mkdir(parents=True)
        values = centres[labels] + torch.randn(UTTERANCES, WIDTH, generator=draw)
        write_features(FeatureSet(ids, tuple(EMOTIONS[label] for label in split_labels.tolist()), values), path)


def war_of(project):
    """FDAN's WAR on the test part, the largest class there, and half of the 95 % interval, in percent."""
    domains = open_target(project, "talks", ["talks"]).domains()
    fdan = {"fdan": Variant(attention=True, lmmd=True)}
    jobs = jobs_of(fdan, (0,), Settings(1e-3, MODEL, TRAIN), {"": domains})
    [outcome], _ = train_all(jobs, "test", ParallelParams("loky", 1, None))
    war = score(outcome.predictions).war / 100
    counts = torch.bincount(torch.from_numpy(outcome.predictions.truth), minlength=len(EMOTIONS))
    return 100 * war, 100 * float(counts.max()) / TESTED, 196 * math.sqrt(war * (1 - war) / TESTED)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)


def test_fdan_is_above_the_largest_class_by_its_interval(project):
    write_corpus(project, shuffled=False)
    war, largest, half = war_of(project)
    assert war - half > largest


def test_fdan_is_not_where_the_labels_were_shuffled_between_the_stages(project):
    write_corpus(project, shuffled=True)
    war, largest, half = war_of(project)
    assert war - half < largest


def test_where_the_training_diverged_there_is_no_temperature_and_one_line_says_so(project, tmp_path):
    write_corpus(project, shuffled=False)
    domains = open_target(project, "talks", ["talks"]).domains()
    wild = Settings(1e-3, MODEL, dataclasses.replace(TRAIN, epochs=2, learning_rate=1e30))
    jobs = jobs_of({"fdan": Variant(attention=True, lmmd=True)}, (0,), wild, {"": domains})
    [lost], _ = train_all(jobs, "test", ParallelParams("loky", 1, None))
    folder, picture = tmp_path / "calibration", tmp_path / "picture.png"
    said = write_reliability(folder, picture, lost.predictions, {}, "talks: FDAN")
    assert said == "no temperature: the training diverged"
    assert [(path.name, path.read_text()) for path in folder.iterdir()] == [(NOT_RUN, "the training diverged\n")]
    assert picture.stat().st_size > 1000

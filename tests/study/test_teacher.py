"""Each photograph is held out once, and what it shows can be learnt from the others."""

import torch

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.learning.params import ModelParams, TrainParams
from fdan.metrics.scores import score
from fdan.runtime.jobs import ParallelParams
from fdan.study.teacher import FOLDS, NETWORK, PROBE, examine, photograph_folds

CLASSES = (Emotion.ANGER, Emotion.FEAR)


def photographs(strength):
    """23 of anger and 7 of fear; the first has a second sample, and one is of a class that the speech lacks."""
    emotions = [CLASSES[i >= 23] for i in range(30)] + [CLASSES[0], Emotion.NEUTRAL]
    names = [f"p{i:02}" for i in range(30)] + ["p00", "other"]
    g = torch.Generator().manual_seed(0)
    shown = torch.tensor([[strength * (e is Emotion.FEAR)] for e in emotions])
    return FeatureSet(tuple(names), tuple(emotions), torch.randn(32, 6, generator=g) + shown)


def test_each_photograph_is_held_out_once_with_its_first_sample():
    found = photographs(0.0)
    parts = photograph_folds(found, CLASSES)
    assert len(parts) == FOLDS
    assert sorted(name for part in parts for name in part.utterances) == [f"p{i:02}" for i in range(30)]
    assert all(part.emotions.count(Emotion.FEAR) in {1, 2} for part in parts)
    for part in parts:
        for name, values in zip(part.utterances, part.values, strict=True):
            assert torch.equal(values, found.values[int(name[1:])])


def test_clear_photographs_are_recognised(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = ModelParams(width=8, layers=1, ffn_factor=2, standardise=True)
    train = TrainParams(20, 8, 0.05, 3e-4, 0.75, 0.9, 1e-3)
    found = examine(photographs(9.0), CLASSES, (0, 1), model, train, ParallelParams("loky", 1, None))
    assert {name: list(seeds) for name, seeds in found.items()} == {NETWORK: [0, 1], PROBE: [0]}
    for seeds in found.values():
        for predictions in seeds.values():
            assert len(predictions.utterances) == 30
            assert score(predictions).war > 95

"""The best alpha is chosen fold by fold, and a training that diverges is a result."""

import numpy as np
import pytest

from fdan.data.emotions import Emotion
from fdan.data.splits import Part, ProtocolError, Split
from fdan.learning.domains import Target
from fdan.learning.params import ModelParams, TrainParams
from fdan.metrics.predictions import make_predictions
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.project import Project
from fdan.study import tables
from fdan.study.arms import Trainer, all_cached
from fdan.study.claims import read_diverged, read_runs
from fdan.study.folds import folds_of
from fdan.study.networks import _write
from fdan.study.params import Arm, Backbone, StudyParams

CLASSES = (Emotion.ANGER, Emotion.FEAR)
PARTS = tuple(Part(f"{a}-{i}", a, CLASSES[i % 2], "train", "") for a in ("01", "02", "03") for i in range(4))
SPLIT = Split(PARTS, synthetic=False)
BEST = Arm("the best", 0.1, alpha="best")
STUDY = StudyParams(
    (("01",), ("02",), ("03",)),
    (0, 1),
    (0, 1),
    2.0,
    {"x": Backbone("resnet34", "random")},
    "x",
    (0.001, 0.1, 1.0),
    {"best": BEST, "fixed": Arm("the fixed", 0.1, alpha=0.5)},
    (),
)
RIGHT = {
    ("01", 0.001): 1, ("01", 0.1): 3, ("01", 1.0): 2,
    ("02", 0.001): 2, ("02", 0.1): 4, ("02", 1.0): 4,
    ("03", 0.001): 2, ("03", 0.1): None, ("03", 1.0): 1,
}  # fmt: skip
"""Fold and alpha -> how many of four validation utterances are recognised; None: it diverged."""


def predictions(right):
    truth = np.arange(4) % 2
    said = np.where(np.arange(4) < right, truth, 1 - truth)
    return make_predictions(tuple("abcd"), CLASSES, truth, np.eye(2)[said])


@pytest.fixture
def trainer():
    training = TrainParams(3, 8, 0.01, 3e-4, 0.75, 0.9, 1e-3)
    model = ModelParams(width=8, layers=1, ffn_factor=2, standardise=True)
    target = Target(Project(), "ravdess", SPLIT, {})
    return Trainer(STUDY, target, folds_of(SPLIT, STUDY.folds), model, training, ParallelParams("loky", 1, None))


def test_each_fold_takes_its_best_alpha_and_of_equals_the_smallest(trainer, monkeypatch):
    def jobs(self, _name, arm, seeds, _alphas):
        return [(fold, arm.alpha) for fold in self.folds for _ in seeds]

    def run(_self, found, _title):
        return [None if RIGHT[job] is None else predictions(RIGHT[job]) for job in found], [], ""

    monkeypatch.setattr(Trainer, "jobs", jobs)
    monkeypatch.setattr(Trainer, "_run", run)
    assert trainer.alphas(BEST, True) == {"01": 0.1, "02": 0.1, "03": 0.001}
    assert trainer.alphas(STUDY.arms["fixed"], True) == {"01": 0.5, "02": 0.5, "03": 0.5}


def test_two_folds_leave_nobody_to_choose_by(trainer):
    two = Trainer(
        STUDY, trainer.target, dict(list(trainer.folds.items())[:2]), trainer.model, trainer.train, trainer.parallel
    )
    with pytest.raises(ProtocolError, match=r"^alpha best: found 2 folds, expected three or more$"):
        two.alphas(BEST, True)
    assert not all_cached([])


def test_a_seed_that_diverged_is_left_out_and_an_arm_without_any_says_so(tmp_path):
    place = tmp_path / "reports/predictions/study/ravdess"
    _write({0: predictions(3), 1: None}, place / "fixed")
    _write({0: None}, place / "best")
    runs, diverged = read_runs(tmp_path), read_diverged(tmp_path)
    assert list(runs["fixed"].seeds) == ["0"]
    assert (runs.keys(), diverged) == ({"fixed"}, {"fixed", "best"})
    rows = tables.arms(runs, diverged, STUDY, dict(zip("abcd", ("01", "01", "02", "02"), strict=True))).splitlines()
    assert rows[2] == "| best | the best |  | diverged |  |"
    assert rows[3].startswith("| fixed | the fixed | 1 | 75.00 ")

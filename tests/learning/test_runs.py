import csv

import pytest
import torch

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.features import FeatureSet
from fdan.learning.domains import Domains
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import Job, predictions_of, run_all, train_all
from fdan.learning.training import Domain
from fdan.metrics.predictions import pool_folds, read_predictions
from fdan.metrics.scores import score

MODEL = ModelParams(width=8, layers=2, ffn_factor=2, standardise=True)
TRAIN = TrainParams(
    epochs=2, batch_size=8, learning_rate=0.01, lr_gamma=3e-4, lr_decay=0.75, momentum=0.9, weight_decay=1e-3
)
CLASSES = (Emotion.ANGER, Emotion.FEAR)


def domains(fold):
    g = torch.Generator().manual_seed(0)
    v, a, t = (torch.randn(n, 6, generator=g) for n in (30, 12, 4))
    names = tuple(f"{fold}{i}" for i in range(4))
    test = FeatureSet(names, (Emotion.ANGER, Emotion.FEAR) * 2, t)
    return Domains(Domain(v, torch.arange(30) % 2), Domain(a, torch.arange(12) % 2), test, CLASSES, True)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    folds = {"x": domains("x"), "y": domains("y")}
    jobs = [
        Job(name, fold, Run(seed, 0.1, TRAIN), name == "fdan", there)
        for fold, there in folds.items()
        for name in ("fdan", "fdan1")
        for seed in (0, 1, 2)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return folder, jobs, run_all(jobs, MODEL, "speaker/demo", "title")


def test_folds_are_pooled_into_one_file_for_each_variant_and_seed(done):
    folder, _, summary = done
    found = sorted(p.relative_to(folder).as_posix() for p in folder.glob("reports/predictions/**/*.csv"))
    assert found == [f"reports/predictions/speaker/demo/{n}/seed-{s}.csv" for n in ("fdan", "fdan1") for s in (0, 1, 2)]
    pooled = read_predictions(folder / found[0])
    assert pooled.utterances == ("x0", "x1", "x2", "x3", "y0", "y1", "y2", "y3")
    assert summary.startswith("fdan ")


def test_each_history_is_its_own_and_ends_with_the_score_of_the_last_epoch(done):
    folder, jobs, _ = done
    histories = sorted(p.name for p in (folder / "runs/speaker/demo/fdan").iterdir())
    assert histories == [f"seed-{s}-{f}.csv" for s in (0, 1, 2) for f in ("x", "y")]
    with (folder / "runs/speaker/demo/fdan/seed-1-y.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert rows[0]["gradient_lmmd"]
    assert not rows[1]["gradient_lmmd"]
    [(_, network, history)] = train_all([jobs[4 + 3]], MODEL, "one")
    job = jobs[7]
    assert (job.name, job.fold, job.run.seed) == ("fdan", "y", 1)
    assert history[-1].test_war == score(predictions_of(network, job.domains)).war == float(rows[1]["test_war"])


def test_an_utterance_that_two_folds_test_is_refused(done):
    _, jobs, _ = done
    [(job, network, _)] = train_all(jobs[:1], MODEL, "one")
    predictions = predictions_of(network, job.domains)
    with pytest.raises(CorpusError, match="each utterance in one"):
        pool_folds([predictions, predictions])

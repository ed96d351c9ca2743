import csv
import dataclasses
import shutil

import pytest
import torch

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.features import FeatureSet
from fdan.learning.domains import Domains
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import Job, Trained, predictions_of, run_all
from fdan.learning.training import Domain
from fdan.metrics.predictions import pool_folds, read_predictions
from fdan.metrics.scores import score
from fdan.numerics.semaphores import has_semaphores

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


def parallel(folder, backend="loky"):
    text = f"parallel:\n  backend: {backend}\n  workers: 1\n  address: null\n"
    (folder / "params.yaml").write_text(text)


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    folds = {"x": domains("x"), "y": domains("y")}
    jobs = [
        Job(name, fold, Run(seed, 0.1, TRAIN), name == "fdan", there, 1)
        for fold, there in folds.items()
        for name in ("fdan", "fdan1")
        for seed in (0, 1, 2)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        parallel(folder)
        return folder, jobs, run_all(jobs, MODEL, "speaker/demo", "title")


def test_folds_are_pooled_into_one_file_for_each_variant_and_seed(done):
    folder, _, summary = done
    found = sorted(p.relative_to(folder).as_posix() for p in folder.glob("reports/predictions/**/*.csv"))
    assert found == [f"reports/predictions/speaker/demo/{n}/seed-{s}.csv" for n in ("fdan", "fdan1") for s in (0, 1, 2)]
    pooled = read_predictions(folder / found[0])
    assert pooled.utterances == ("x0", "x1", "x2", "x3", "y0", "y1", "y2", "y3")
    assert summary.startswith("mean WAR over seeds: fdan ")
    assert summary.endswith("; trained 6, known 6")  # both folds train on the same samples


def test_each_history_is_its_own_and_ends_with_the_score_of_the_last_epoch(done, monkeypatch):
    folder, jobs, _ = done
    monkeypatch.chdir(folder)
    histories = sorted(p.name for p in (folder / "runs/speaker/demo/fdan").iterdir())
    assert histories == [f"seed-{s}-{f}.csv" for s in (0, 1, 2) for f in ("x", "y")]
    with (folder / "runs/speaker/demo/fdan/seed-1-y.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert rows[0]["gradient_lmmd"]
    assert not rows[1]["gradient_lmmd"]
    [(_, network, history)] = Trained([jobs[4 + 3]], MODEL, "one")
    job = jobs[7]
    assert (job.name, job.fold, job.run.seed) == ("fdan", "y", 1)
    assert history[-1].test_war == score(predictions_of(network, job.domains)).war == float(rows[1]["test_war"])


def test_an_utterance_that_two_folds_test_is_refused(done, monkeypatch):
    folder, jobs, _ = done
    monkeypatch.chdir(folder)
    [(job, network, _)] = Trained(jobs[:1], MODEL, "one")
    predictions = predictions_of(network, job.domains)
    with pytest.raises(CorpusError, match="each utterance in one"):
        pool_folds([predictions, predictions])


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parallel(tmp_path)
    return tmp_path


def job(seed=0, alpha=0.1, watch=0, params=TRAIN, there=None):
    return Job("fdan", "", Run(seed, alpha, params), True, there or domains("x"), watch)


def result(jobs):
    """Networks and histories as bytes, and how many were trained."""
    trained = Trained(jobs, MODEL, "title")
    rows = [(flat(network), history) for _, network, history in trained]
    return rows, trained.counts


def flat(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()]).numpy().tobytes()


def test_what_is_known_is_not_trained_again_and_is_the_same_to_the_bit(project):
    jobs = [job(0, watch=1), job(1, watch=1)]
    fresh, counts = result(jobs)
    assert counts == "trained 2, known 0"
    again, counts = result(jobs)
    assert counts == "trained 0, known 2"
    assert again == fresh
    shutil.rmtree(project / ".cache")
    anew, counts = result(jobs)
    assert counts == "trained 2, known 0"
    assert anew == fresh


def test_another_setting_or_sample_is_another_network(project):
    result([job()])
    there = domains("x")
    moved = dataclasses.replace(there, visual=Domain(there.visual.x + 1, there.visual.y))
    others = [
        job(1), job(alpha=0.2), job(params=dataclasses.replace(TRAIN, weight_decay=0.0)), job(there=moved), job(watch=2)
    ]  # fmt: skip
    assert result(others)[1] == "trained 5, known 0"
    assert result([job(), job(1)])[1] == "trained 0, known 2"  # a further seed trains itself alone, going back none


def test_test_samples_count_where_they_are_watched_alone(project):
    there = domains("x")
    tested = dataclasses.replace(there, test=dataclasses.replace(there.test, values=there.test.values + 1))
    result([job(), job(watch=1)])
    assert result([job(there=tested)])[1] == "trained 0, known 1"
    assert result([job(there=tested, watch=1)])[1] == "trained 1, known 0"


def test_a_damaged_entry_is_trained_again(project):
    fresh, _ = result([job()])
    (entry,) = [p for p in project.glob(".cache/networks/*/*")]
    entry.write_bytes(entry.read_bytes()[:-1] + b"x")
    assert result([job()]) == (fresh, "trained 1, known 0")


def test_a_cache_that_cannot_be_written_costs_the_cache_not_the_run(project, capsys):
    (project / ".cache").write_text("a file where the folder should be")
    rows, counts = result([job()])
    assert counts == "trained 1, known 0"
    assert len(rows) == 1
    assert "nothing is kept" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(not has_semaphores(), reason="joblib has no semaphores here: /dev/shm cannot be written")
def test_a_dask_cluster_gives_the_same_bits(project):
    fresh, _ = result([job(0), job(1)])
    shutil.rmtree(project / ".cache")
    parallel(project, "dask")
    assert result([job(0), job(1)])[0] == fresh

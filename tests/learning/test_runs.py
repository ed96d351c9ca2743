import csv
import dataclasses
import shutil

import pytest
import torch

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.features import FeatureSet
from fdan.data.trials import Setting, Trial
from fdan.learning.bank import predict_alone
from fdan.learning.checkpoint import decode_checkpoint, describe_checkpoint
from fdan.learning.domains import Domains
from fdan.learning.outcomes import to_trial, write_outcomes, write_trained
from fdan.learning.params import ModelParams, Run, TrainParams, Variant
from fdan.learning.runs import Job, Settings, jobs_of, predictions_of, train_all
from fdan.learning.training import Domain
from fdan.metrics.predictions import pool_folds, read_predictions
from fdan.metrics.scores import score
from fdan.numerics.semaphores import has_semaphores
from fdan.runtime.jobs import ParallelParams

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


ONE = ParallelParams("loky", 1, None)
VARIANTS = {"fdan": Variant(attention=True, lmmd=True), "fdan1": Variant(attention=False, lmmd=True)}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    folds = {"x": domains("x"), "y": domains("y")}
    jobs = jobs_of(VARIANTS, (0, 1, 2), Settings(0.1, MODEL, TRAIN), folds, watch=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        outcomes, counts = train_all(jobs, "title", ONE)
        said = write_outcomes(outcomes, folder / "runs", folder / "reports")
        return folder, jobs, outcomes, f"{said}; {counts}"


def test_folds_are_pooled_into_one_file_for_each_variant_and_seed(done):
    folder, _, _, summary = done
    found = sorted(p.relative_to(folder).as_posix() for p in folder.glob("reports/**/*.csv"))
    assert found == [f"reports/{n}/seed-{s}.csv" for n in ("fdan", "fdan1") for s in (0, 1, 2)]
    pooled = read_predictions(folder / found[0])
    assert pooled.utterances == ("x0", "x1", "x2", "x3", "y0", "y1", "y2", "y3")
    assert summary.startswith("mean WAR over seeds: fdan ")
    assert summary.endswith("; trained 6, known 6")  # both folds train on and test the same samples


def test_each_history_is_its_own_and_ends_with_the_score_of_the_last_epoch(done):
    folder, jobs, outcomes, _ = done
    histories = sorted(p.name for p in (folder / "runs/fdan").iterdir())
    assert histories == [f"seed-{s}-{f}.csv" for s in (0, 1, 2) for f in ("x", "y")]
    with (folder / "runs/fdan/seed-1-y.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert rows[0]["gradient_lmmd"]
    assert not rows[1]["gradient_lmmd"]
    job, outcome = jobs[7], outcomes[7]
    assert (job.name, outcome.variant, outcome.fold, outcome.seed) == ("fdan seed 1 fold y", "fdan", "y", 1)
    network = decode_checkpoint(outcome.network, "here").model
    again = predictions_of(network, job.domains)
    assert (again.probabilities == outcome.predictions.probabilities).all()  # to the bit
    assert outcome.history[-1].test_war == score(again).war == float(rows[1]["test_war"])
    assert outcome.parameters == sum(p.numel() for p in network.parameters())
    described = decode_checkpoint(describe_checkpoint(outcome.network, {"corpus": "demo"}), "here")
    assert described.about == {"corpus": "demo"}
    assert flat(described.model) == flat(network)


def test_an_utterance_that_two_folds_test_is_refused(done):
    predictions = done[2][0].predictions
    with pytest.raises(CorpusError, match="each utterance in one"):
        pool_folds([predictions, predictions])


def test_without_lmmd_alpha_is_0():
    variants = {"fdan2": Variant(attention=True, lmmd=False), "fdan": Variant(attention=True, lmmd=True)}
    jobs = jobs_of(variants, (3,), Settings(0.5, MODEL, TRAIN), {"": domains("x")})
    assert [(job.variant, job.settings.alpha) for job in jobs] == [("fdan2", 0.0), ("fdan", 0.5)]


def test_a_training_that_diverges_is_a_result_and_costs_no_other_anything(project):
    """Side by side in one process: the first goes on to the bits that it has alone."""
    wild = dataclasses.replace(TRAIN, learning_rate=1e30)
    sound, lost = job(0), job(1, params=wild)
    [alone], _ = train_all([sound], "title", ONE)
    shutil.rmtree(project / ".cache")
    outcomes, counts = train_all([sound, lost], "title", ONE)
    assert counts == "trained 2, known 0"
    assert outcomes[0].network == alone.network
    assert (outcomes[1].predictions, outcomes[1].network, len(outcomes[1].history)) == (None, b"", 0)
    said = write_outcomes(outcomes, project / "runs", project / "reports")
    where = "diverged in epoch 1 of seed 1"
    assert said.endswith(f" %; fdan {where}; a lower learning rate or alpha may help")
    assert sorted(p.name for p in (project / "reports/fdan").iterdir()) == ["seed-0.csv", "seed-1.diverged.txt"]
    assert (project / "reports/fdan/seed-1.diverged.txt").read_text() == f"{where}\n"
    assert len((project / "runs/fdan/seed-1.csv").read_text().splitlines()) == 1
    assert train_all([sound, lost], "title", ONE)[1] == "trained 0, known 2"


def test_a_fold_that_diverges_takes_its_seed_and_says_which(project):
    wild = dataclasses.replace(TRAIN, learning_rate=1e30)
    jobs = [dataclasses.replace(job(0, there=domains("x")), fold="x")]
    jobs.append(dataclasses.replace(job(0, there=domains("y"), params=wild), fold="y"))
    outcomes, _ = train_all(jobs, "title", ONE)
    said = write_outcomes(outcomes, project / "runs", project / "reports")
    assert said.startswith("mean WAR over seeds: none; fdan diverged in epoch 1 of seed 0, fold y; ")
    assert [p.name for p in (project / "reports/fdan").iterdir()] == ["seed-0.diverged.txt"]


def test_a_setting_of_the_grid_loses_where_one_of_its_seeds_diverges(project):
    outcomes, _ = train_all([job(0), job(1, params=dataclasses.replace(TRAIN, learning_rate=1e30))], "title", ONE)
    point = Setting(0.1, 1e-3, 0.01)
    assert to_trial(point, outcomes) == point
    assert isinstance(to_trial(point, outcomes[:1]), Trial)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def job(seed=0, alpha=0.1, watch=0, params=TRAIN, there=None):
    return Job("fdan", "", Run(seed, alpha, params), True, MODEL, there or domains("x"), watch)


def result(jobs, parallel=ONE):
    """Networks, histories and predictions, and how many were trained."""
    outcomes, counts = train_all(jobs, "title", parallel)
    return [(o.network, o.history, o.predictions.probabilities.tobytes()) for o in outcomes], counts


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


def test_test_samples_count(project):
    """The entry holds the predictions on them."""
    there = domains("x")
    tested = dataclasses.replace(there, test=dataclasses.replace(there.test, values=there.test.values + 1))
    result([job()])
    assert result([job(there=tested)])[1] == "trained 1, known 0"


def test_the_training_war_is_that_of_the_training_speech_through_the_bank(project):
    [outcome], _ = train_all([job()], "title", ONE)
    network, there = decode_checkpoint(outcome.network, "here").model, job().domains
    logits = predict_alone(network, there.visual.x, there.acoustic.x, there.acoustic.x)
    expected = 100 * float((logits.argmax(dim=1) == there.acoustic.y).double().mean())
    assert outcome.training_war == pytest.approx(expected)
    write_outcomes([outcome], project / "runs", project / "reports")
    write_trained([outcome], project / "reports")
    said = (project / "reports/fdan/trained.csv").read_text().splitlines()
    assert said == ["seed,parameters,training_war", f"0,{outcome.parameters},{expected:.4f}"]


def test_an_edit_of_another_kind_of_training_retrains_nothing():
    assert {"fdan/learning/model.py", "fdan/learning/bank.py", "fdan/data/histories.py"} <= {*job().code}
    assert not {"fdan/learning/finetune.py", "fdan/learning/released.py", "fdan/study/plain.py"} & {*job().code}


def test_two_processes_give_the_bits_of_one(project):
    jobs = [job(seed) for seed in range(3)]
    fresh, _ = result(jobs)
    shutil.rmtree(project / ".cache")
    assert result(jobs, ParallelParams("loky", 2, None)) == (fresh, "trained 3, known 0")


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
    assert result([job(0), job(1)], ParallelParams("dask", 1, None))[0] == fresh

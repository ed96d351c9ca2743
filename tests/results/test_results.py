from pathlib import Path

import numpy as np
import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.results.corpus_summary import CorpusFacts
from fdan.results.load_results import find_undertrained
from fdan.results.published import PUBLISHED
from fdan.results.runs import (
    FINETUNE,
    PAPER,
    PROTOCOLS,
    RunName,
    find_diverged,
    find_histories,
    find_missing,
    find_runs,
    judged_run,
    label,
    measure,
    read_trained,
    run_of,
    training_war,
    undertrained,
)

CLASSES = (Emotion.ANGER, Emotion.FEAR)


def write(path: Path, predicted: list[int], truth: list[int] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = tuple(f"u{i}" for i in range(len(predicted)))
    labels = np.array(truth or [0, 1, 0, 1], dtype=np.int64)
    write_predictions(make_predictions(ids, CLASSES, labels, np.eye(2)[predicted] * 0.8 + 0.1), path)


def test_runs_are_found_by_where_they_lie(tmp_path: Path) -> None:
    write(tmp_path / "paper/savee/fdan/seed-0.csv", [0, 1, 0, 1])
    write(tmp_path / "paper/savee/fdan/seed-1.csv", [0, 1, 1, 1])
    write(tmp_path / "disjoint/savee/fdan/seed-0.csv", [0, 0, 0, 1])
    write(tmp_path / "cnn/savee/vgg16/seed-0.csv", [0, 0, 0, 0])
    (tmp_path / "paper/savee/fdan/notes.txt").touch()
    write(tmp_path / "paper/meld/fdan/seed-0.csv", [0, 1, 0, 1])
    found = find_runs(tmp_path, ["savee"])
    assert [(run, len(paths)) for run, paths in found.items()] == [
        (RunName(PAPER, "savee", "fdan"), 2),
        (RunName("cnn", "savee", "vgg16"), 1),
        (RunName("disjoint", "savee", "fdan"), 1),
    ]
    assert [run.folder for run in found] == ["paper/savee/fdan", "cnn/savee/vgg16", "disjoint/savee/fdan"]
    assert [run.corpus for run in find_runs(tmp_path, ["meld", "savee"])][:1] == ["meld"]
    measured = measure(found)[RunName(PAPER, "savee", "fdan")]
    assert measured.mean_sd("war") == pytest.approx((87.5, 25 / 2**0.5))  # 100 and 75
    assert measure(found)[RunName("cnn", "savee", "vgg16")].mean_sd("war") == (50, None)


def test_nothing_there_is_nothing_found(tmp_path: Path) -> None:
    assert find_runs(tmp_path / "nowhere", ["savee"]) == {}
    assert measure({}) == {}


def test_seeds_on_other_utterances_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "paper/savee/fdan/seed-0.csv", [0, 1, 0, 1])
    write(tmp_path / "paper/savee/fdan/seed-1.csv", [0, 1, 0, 1], [1, 1, 0, 1])
    with pytest.raises(CorpusError, match="same utterances"):
        measure(find_runs(tmp_path, ["savee"]))


def test_fine_tuned_runs_are_found_like_the_others(tmp_path: Path) -> None:
    write(tmp_path / "finetune/savee/fdan/seed-0.csv", [0, 1, 0, 1])
    (tmp_path / "finetune/savee/fdan1").mkdir()
    (tmp_path / "finetune/savee/fdan1/seed-0.diverged.txt").write_text("diverged in epoch 2 of seed 0\n")
    run = RunName(FINETUNE, "savee", "fdan")
    assert list(find_runs(tmp_path, ["savee"])) == [run]
    assert list(find_diverged(tmp_path, ["savee"])) == [RunName(FINETUNE, "savee", "fdan1")]
    assert run.row is None  # it stands beside a row of the paper; the row's own run is the frozen one
    assert label(run) == "FDAN fine-tuned"


@pytest.mark.parametrize(
    ("war", "largest", "expected"),
    [
        (None, 47.0, False),  # not measured: nothing is claimed of it
        (49.9, 20.0, True),
        (50.0, 20.0, False),
        (56.9, 47.0, True),  # above one half, yet hardly above always saying the largest class
        (57.0, 47.0, False),
        (100.0, 95.0, True),
    ],
)
def test_a_run_is_undertrained_below_one_half_or_ten_points_above_the_largest_class(
    war: float | None, largest: float, expected: bool
) -> None:
    assert undertrained(war, largest) is expected


def test_training_war_is_the_mean_of_the_seeds_that_measured_it(tmp_path: Path) -> None:
    folder = tmp_path / "cnn/savee/vgg16"
    write(folder / "seed-0.csv", [0, 1, 0, 1])
    (folder / "trained.csv").write_text("seed,parameters,training_war\n0,7,40.0\n1,7,50.0\n2,7,\n")
    run = RunName("cnn", "savee", "vgg16")
    trained = read_trained(find_runs(tmp_path, ["savee"]))
    assert training_war(trained[run]) == 45.0
    assert training_war(()) is None
    assert find_undertrained(trained, {"savee": CorpusFacts("SAVEE", largest=25.0)}) == {run}
    assert find_undertrained(trained, {"savee": CorpusFacts("SAVEE")}) == {run}
    assert find_undertrained({run: trained[run][2:]}, {"savee": CorpusFacts("SAVEE", largest=99.0)}) == set()


def test_the_replication_statement_judges_the_fine_tuned_run_unless_it_is_undertrained() -> None:
    row = next(row for row in PUBLISHED if (row.table, row.corpus, row.run) == (4, "savee", "fdan1"))
    frozen, tuned = RunName(PAPER, "savee", "fdan1"), RunName(FINETUNE, "savee", "fdan1")
    assert judged_run(row, {frozen}, set()) == frozen
    assert judged_run(row, {frozen, tuned}, set()) == tuned
    assert judged_run(row, {frozen, tuned}, {tuned}) == frozen


def test_every_published_row_has_a_run_and_the_run_that_row() -> None:
    for row in PUBLISHED:
        assert run_of(row).row == row.run
        assert run_of(row).corpus == row.corpus


def test_the_rows_of_the_released_head_say_their_settings() -> None:
    names = [label(RunName("released", "savee", name)) for name in ("released_mmd", "released_lmmd")]
    assert names == ["released, mmd x 10", "released, lmmd x 0.5"]
    assert "rotated" in PROTOCOLS


def test_a_row_without_predictions_says_why(tmp_path: Path) -> None:
    for place, name, text in (
        ("methods/savee/sdt", "missing.txt", "no transcript\n"),
        ("methods/savee/inca", "not_run.txt", "not run (methods.run)\n"),
        ("cnn/savee/vgg19", "not_run.txt", "not run (cnn.networks)\n"),
        ("cnn/meld/vgg19", "not_run.txt", "not run (cnn.networks)\n"),
        ("speaker/savee", "not_run.txt", "one speaker\n"),  # of a whole protocol: no row's
    ):
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / place / name).write_text(text)
    assert find_missing(tmp_path, ["savee"]) == {
        RunName("cnn", "savee", "vgg19"): "not run (cnn.networks)",
        RunName("methods", "savee", "inca"): "not run (methods.run)",
        RunName("methods", "savee", "sdt"): "no transcript",
    }


def test_a_seed_that_diverged_is_no_run_and_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "cnn/savee/vgg16"
    write(folder / "seed-0.csv", [0, 1, 0, 1])
    write(folder / "seed-1.csv", [0, 1, 0, 1])  # of an earlier time
    (folder / "seed-1.diverged.txt").write_text("diverged in epoch 3\nof seed 1\n")
    (folder / "seed-2.diverged.txt").write_bytes(b"\xff\n")
    run = RunName("cnn", "savee", "vgg16")
    assert find_runs(tmp_path, ["savee"]) == {run: (folder / "seed-0.csv",)}
    assert find_diverged(tmp_path, ["savee"]) == {run: ("diverged in epoch 3 of seed 1", "\ufffd")}
    assert find_diverged(tmp_path, ["meld"]) == {}


def test_histories_of_the_paper_s_protocol_lie_directly_below_runs(tmp_path: Path) -> None:
    for place in ("meld/fdan/seed-0", "savee/fdan/seed-1", "savee/fdan/seed-0", "speaker/savee/fdan/seed-0-DC"):
        path = tmp_path / f"{place}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "savee/fdan/seed-1.diverged.txt").touch()
    found = find_histories(tmp_path, ["savee", "meld"])
    assert {run.folder: [path.stem for path in paths] for run, paths in found.items()} == {
        "paper/savee/fdan": ["seed-0"],
        "speaker/savee/fdan": ["seed-0-DC"],
        "paper/meld/fdan": ["seed-0"],
    }

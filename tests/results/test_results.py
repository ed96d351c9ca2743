from pathlib import Path

import numpy as np
import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.results.runs import PAPER, RunName, find_diverged, find_histories, find_missing, find_runs, measure

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


def test_what_has_no_row_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "finetune/savee/fdan/seed-0.csv", [0, 1, 0, 1])
    (tmp_path / "finetune/savee/fdan1").mkdir()
    (tmp_path / "finetune/savee/fdan1/seed-0.diverged.txt").write_text("diverged in epoch 2 of seed 0\n")
    (tmp_path / "finetune/savee/fdan2").mkdir()
    (tmp_path / "finetune/savee/fdan2/seed-0.csv").write_text("not,predictions\n")
    for find in (find_runs, find_missing, find_diverged):
        assert find(tmp_path, ["savee"]) == {}


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

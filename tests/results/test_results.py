from pathlib import Path

import numpy as np
import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.results.runs import PAPER, RunName, find_runs, measure

CLASSES = (Emotion.ANGER, Emotion.FEAR)


def write(path: Path, predicted: list[int], truth: list[int] | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = tuple(f"u{i}" for i in range(len(predicted)))
    labels = np.array(truth or [0, 1, 0, 1], dtype=np.int64)
    write_predictions(make_predictions(ids, CLASSES, labels, np.eye(2)[predicted] * 0.8 + 0.1), path)


def test_runs_are_found_by_where_they_lie(tmp_path: Path) -> None:
    write(tmp_path / "savee/fdan/seed-0.csv", [0, 1, 0, 1])
    write(tmp_path / "savee/fdan/seed-1.csv", [0, 1, 1, 1])
    write(tmp_path / "disjoint/savee/fdan/seed-0.csv", [0, 0, 0, 1])
    write(tmp_path / "baselines/savee/vgg16/seed-0.csv", [0, 0, 0, 0])
    (tmp_path / "savee/fdan/notes.txt").touch()
    write(tmp_path / "meld/fdan/seed-0.csv", [0, 1, 0, 1])
    found = find_runs(tmp_path, ["savee"])
    assert [(run, len(paths)) for run, paths in found.items()] == [
        (RunName(PAPER, "savee", "fdan"), 2),
        (RunName("baselines", "savee", "vgg16"), 1),
        (RunName("disjoint", "savee", "fdan"), 1),
    ]
    assert [run.folder for run in found] == ["savee/fdan", "baselines/savee/vgg16", "disjoint/savee/fdan"]
    assert [run.corpus for run in find_runs(tmp_path, ["meld", "savee"])][:1] == ["meld"]
    measured = measure(found)[RunName(PAPER, "savee", "fdan")]
    assert measured.mean_sd("war") == pytest.approx((87.5, 25 / 2**0.5))  # 100 and 75
    assert measure(found)[RunName("baselines", "savee", "vgg16")].mean_sd("war") == (50, None)


def test_nothing_there_is_nothing_found(tmp_path: Path) -> None:
    assert find_runs(tmp_path / "nowhere", ["savee"]) == {}
    assert measure({}) == {}


def test_seeds_on_other_utterances_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "savee/fdan/seed-0.csv", [0, 1, 0, 1])
    write(tmp_path / "savee/fdan/seed-1.csv", [0, 1, 0, 1], [1, 1, 0, 1])
    with pytest.raises(CorpusError, match="same utterances"):
        measure(find_runs(tmp_path, ["savee"]))

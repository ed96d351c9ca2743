from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, recall_score

from fdan.data.emotions import CorpusError, Emotion
from fdan.metrics.predictions import Predictions, make_predictions, read_predictions, write_predictions
from fdan.metrics.scores import confusion, score

CLASSES = (Emotion.ANGER, Emotion.FEAR, Emotion.SURPRISE)


def predictions(truth: list[int], predicted: list[int], classes: tuple[Emotion, ...] = CLASSES) -> Predictions:
    probabilities = np.eye(len(classes))[predicted]
    ids = tuple(f"u{place}" for place in range(len(truth)))
    return make_predictions(ids, classes, np.array(truth, dtype=np.int64), probabilities)


def test_scores_of_a_case_worked_by_hand() -> None:
    # anger 3 of 4 right, fear 1 of 2, surprise 0 of 1 (taken for anger); one anger and one fear swapped
    scores = score(predictions([0, 0, 0, 0, 1, 1, 2], [0, 0, 0, 1, 1, 0, 0]))
    assert scores.war == pytest.approx(100 * 4 / 7)
    assert scores.uar == pytest.approx(100 * (3 / 4 + 1 / 2 + 0) / 3)
    # F1 = 2 TP / (2 TP + FP + FN): anger 6/9, fear 2/4, surprise 0; class sizes 4, 2, 1
    assert scores.wf1 == pytest.approx(100 * (4 * 6 / 9 + 2 * 2 / 4 + 0) / 7)


def test_a_class_without_test_utterances_counts_in_no_mean() -> None:
    # warnings are errors here: neither a class never seen nor one never predicted may warn
    scores = score(predictions([0, 0, 1, 1], [0, 2, 1, 1]))
    assert (scores.war, scores.uar) == (pytest.approx(75), pytest.approx(75))
    assert scores.wf1 == pytest.approx(100 * (2 * 2 / 3 + 2 * 1) / 4)
    assert score(predictions([1, 1], [0, 0])).wf1 == 0


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40))
def test_scores_are_those_of_scikit_learn(answers: list[tuple[int, int]]) -> None:
    truth, predicted = (list(labels) for labels in zip(*answers, strict=True))
    scores = score(predictions(truth, predicted))
    of_tested = {"labels": sorted(set(truth)), "average": "macro", "zero_division": 0}
    assert scores.war == pytest.approx(100 * accuracy_score(truth, predicted), abs=1e-9)
    assert scores.uar == pytest.approx(100 * recall_score(truth, predicted, **of_tested), abs=1e-9)
    assert scores.wf1 == pytest.approx(100 * f1_score(truth, predicted, average="weighted", zero_division=0), abs=1e-9)


def test_csv_keeps_the_choice_where_rounding_would_lose_it(tmp_path: Path) -> None:
    probabilities = np.array([[0.33333, 0.33333, 0.33334], [0.9, 0.1, 0.0]])
    written = make_predictions(("a", "b"), CLASSES, np.array([2, 1]), probabilities)
    path = tmp_path / "predictions.csv"
    write_predictions(written, path)
    assert path.read_text().splitlines() == [
        "utterance,emotion,predicted,anger,fear,surprise",
        "a,surprise,surprise,0.3333,0.3333,0.3333",
        "b,fear,anger,0.9000,0.1000,0.0000",
    ]
    read = read_predictions(path)
    assert (read.utterances, read.classes) == (("a", "b"), CLASSES)
    assert read.truth.tolist() == [2, 1]
    assert read.predicted.tolist() == [2, 0]
    np.testing.assert_allclose(read.probabilities, probabilities, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("utterance,emotion,predicted,anger,joy\n", "emotion 'joy' is unknown"),
        ("utterance,emotion,anger\n", "columns are"),
        ("utterance,emotion,predicted,anger,fear\n", "no utterances"),
        ("utterance,emotion,predicted,anger,fear\na,anger,sadness,1,0\n", "predicted: sadness has no column"),
        ("utterance,emotion,predicted,anger,fear\na,anger,fear,1,x\n", "'x'"),
        ("utterance,emotion,predicted,anger,fear\na,anger,fear,nan,0\n", "anger is 'nan'; expected a finite number"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "predictions.csv"
    path.write_text(text)
    with pytest.raises(CorpusError, match=message):
        read_predictions(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no such file"):
        read_predictions(tmp_path / "none.csv")


def test_parts_of_different_length_are_refused() -> None:
    with pytest.raises(CorpusError, match="do not fit"):
        make_predictions(("a",), CLASSES, np.array([0, 1]), np.eye(3)[:2])


def test_confusion_sums_runs_with_the_true_class_in_rows() -> None:
    runs = [predictions([0, 0, 1], [0, 1, 1]), predictions([0, 0, 1], [1, 1, 2])]
    assert confusion(runs).tolist() == [[1, 3, 0], [0, 1, 1], [0, 0, 0]]
    with pytest.raises(CorpusError, match="same classes"):
        confusion([runs[0], predictions([0], [0], CLASSES[:2])])
    with pytest.raises(CorpusError, match="one or more"):
        confusion([])

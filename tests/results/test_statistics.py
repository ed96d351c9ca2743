import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fdan.data.emotions import CorpusError, Emotion
from fdan.metrics.predictions import Predictions, average, make_predictions
from fdan.results.statistics import (
    Interval,
    StatisticsError,
    correct,
    correct_of,
    holm,
    mcnemar,
    paired_bootstrap,
    wilson,
)

CLASSES = (Emotion.ANGER, Emotion.FEAR)


def predictions(truth: list[int], predicted: list[int]) -> Predictions:
    ids = tuple(f"u{place}" for place in range(len(truth)))
    return make_predictions(ids, CLASSES, np.array(truth, dtype=np.int64), np.eye(2)[predicted])


def test_wilson_of_a_case_worked_by_hand() -> None:
    # 83 of 96 with z = 1.959964: (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n)
    p, n, z = 83 / 96, 96, 1.959963984540054
    middle, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    found = wilson(83, 96)
    assert (found.low, found.high) == pytest.approx(
        (100 * (middle - half) / (1 + z**2 / n), 100 * (middle + half) / (1 + z**2 / n))
    )
    assert (round(found.low), round(found.high)) == (78, 92)
    assert wilson(0, 10).low == 0
    assert wilson(10, 10).high == 100
    with pytest.raises(StatisticsError, match="11 correct of 10"):
        wilson(11, 10)


def test_the_correct_answers_behind_a_published_value_are_the_nearest_number() -> None:
    assert (correct_of(86.66, 96), correct_of(79.63, 96), correct_of(81.16, 2745)) == (83, 76, 2228)


def test_mcnemar_of_a_case_worked_by_hand() -> None:
    # 6 right apart: 5 for the first, 1 for the second; p = 2 (C(6,0) + C(6,1)) / 2^6
    first = np.array([True] * 5 + [False] + [True, False] * 4)
    second = np.array([False] * 5 + [True] + [True, False] * 4)
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (5, 1)
    assert found.p == pytest.approx(2 * (1 + 6) / 64)
    assert mcnemar(second, first).p == found.p
    assert mcnemar(first, first).p == 1
    with pytest.raises(StatisticsError, match="same for both"):
        mcnemar(first, first[1:])


def test_holm_of_a_case_worked_by_hand() -> None:
    # sorted .005 .01 .03 .04 -> x4 .02, x3 .03, x2 .06, x1 .04 but not below the one before: .06
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.7]) == (1, 1)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_lies_between_the_raw_and_the_bonferroni_value_and_keeps_the_order(p: list[float]) -> None:
    found = holm(p)
    assert all(raw <= value <= min(1, len(p) * raw) + 1e-12 for raw, value in zip(p, found, strict=True))
    assert [found[i] for i in np.argsort(p, kind="stable")] == sorted(found)


def test_the_bootstrap_over_utterances_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 80)
    a = predictions(truth.tolist(), np.where(rng.random(80) < 0.8, truth, 1 - truth).tolist())
    b = predictions(truth.tolist(), np.where(rng.random(80) < 0.6, truth, 1 - truth).tolist())
    found = paired_bootstrap(a, b)

    def lead(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return 100 * (x.mean(axis=axis) - y.mean(axis=axis))

    parts = (correct(a).astype(float), correct(b).astype(float))
    theirs = stats.bootstrap(parts, lead, paired=True, method="percentile", n_resamples=4000, rng=1)
    assert found.war == pytest.approx(100 * (correct(a).mean() - correct(b).mean()))
    # two simulations of the same interval, which moves in steps of 1.25 points
    assert found.war_interval.low == pytest.approx(theirs.confidence_interval.low, abs=1.3)
    assert found.war_interval.high == pytest.approx(theirs.confidence_interval.high, abs=1.3)
    assert found.uar == pytest.approx(
        50 * sum(correct(a)[truth == c].mean() - correct(b)[truth == c].mean() for c in (0, 1))
    )


def test_a_system_never_differs_from_itself() -> None:
    a = predictions([0, 0, 1, 1, 1], [0, 1, 1, 0, 1])
    same = paired_bootstrap(a, a)
    assert (same.war, same.war_interval, same.uar_interval) == (0, Interval(0.0, 0.0), Interval(0.0, 0.0))


def test_speakers_are_drawn_whole() -> None:
    # Speaker x: the first system has both right, the second none; speaker y: the other way round. Over two
    # speakers a sample is xx, xy, yx or yy: +100, 0, 0 or -100 points. Over utterances the middle is likelier.
    a, b = predictions([0, 1, 0, 1], [0, 1, 1, 0]), predictions([0, 1, 0, 1], [1, 0, 0, 1])
    by_speaker = paired_bootstrap(a, b, ["x", "x", "y", "y"])
    assert (by_speaker.war, by_speaker.war_interval) == (0, Interval(-100.0, 100.0))
    # many utterances of which each speaker's are alike: only the speakers' number counts
    many_a, many_b = predictions([0] * 200, [0] * 100 + [1] * 100), predictions([0] * 200, [1] * 100 + [0] * 100)
    assert paired_bootstrap(many_a, many_b, ["x"] * 100 + ["y"] * 100).war_interval == Interval(-100.0, 100.0)
    over_utterances = paired_bootstrap(many_a, many_b).war_interval
    assert over_utterances.low > -20
    assert over_utterances.high < 20


def test_a_class_that_a_sample_lacks_counts_in_no_mean() -> None:
    # one utterance of each class; a sample of two may hold one class alone
    a, b = predictions([0, 1], [0, 1]), predictions([0, 1], [0, 0])
    found = paired_bootstrap(a, b)
    assert (found.uar, found.uar_interval) == (50, Interval(0.0, 100.0))


def test_systems_on_other_utterances_are_refused() -> None:
    a = predictions([0, 1], [0, 1])
    with pytest.raises(StatisticsError, match="same utterances"):
        paired_bootstrap(a, predictions([1, 0], [0, 1]))
    with pytest.raises(StatisticsError, match="1 groups for 2 utterances"):
        paired_bootstrap(a, a, ["x"])


def test_the_mean_over_seeds_is_one_system() -> None:
    truth = np.array([0, 1])
    runs = [
        make_predictions(("a", "b"), CLASSES, truth, np.array(p))
        for p in ([[0.9, 0.1], [0.6, 0.4]], [[0.4, 0.6], [0.5, 0.5]], [[0.4, 0.6], [0.2, 0.8]])
    ]
    mean = average(runs)
    np.testing.assert_allclose(mean.probabilities, [[1.7 / 3, 1.3 / 3], [1.3 / 3, 1.7 / 3]])
    assert mean.predicted.tolist() == [0, 1]
    assert average(runs[:1]) is runs[0]
    with pytest.raises(CorpusError, match="one or more"):
        average([])
    with pytest.raises(CorpusError, match="same utterances"):
        average([runs[0], predictions([0, 1], [0, 1])])

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fdan.data.emotions import CorpusError, Emotion
from fdan.metrics.predictions import Predictions, average, make_predictions
from fdan.results import statistics
from fdan.results.statistics import (
    Interval,
    Spread,
    StatisticsError,
    bootstrap,
    correct_of,
    holm,
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


def gains(*rows: list[int]) -> np.ndarray:
    return np.array(rows, dtype=np.float64)


def test_the_bootstrap_over_utterances_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 80)
    a, b = (rng.random(80) < 0.8).astype(float), (rng.random(80) < 0.6).astype(float)
    found = bootstrap(gains(a - b), truth)

    def difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
        return 100 * (x.mean(axis=axis) - y.mean(axis=axis))

    theirs = stats.bootstrap((a, b), difference, paired=True, method="percentile", n_resamples=4000, rng=1)
    assert found.war == pytest.approx(100 * (a.mean() - b.mean()))
    # two simulations of the same interval, which moves in steps of 1.25 points
    assert found.war_interval.low == pytest.approx(theirs.confidence_interval.low, abs=1.3)
    assert found.war_interval.high == pytest.approx(theirs.confidence_interval.high, abs=1.3)
    assert found.uar == pytest.approx(50 * sum(a[truth == c].mean() - b[truth == c].mean() for c in (0, 1)))


def test_both_levels_by_a_slow_loop_over_draws() -> None:
    rng = np.random.default_rng(1)
    truth, values = rng.integers(0, 3, 12), rng.integers(-1, 2, (3, 12)).astype(float)
    utterances, seeds = (np.random.default_rng((statistics.SEED, stream)) for stream in (0, 1))
    rows = utterances.integers(0, 12, size=(statistics.RESAMPLES, 12))
    columns = seeds.integers(0, 3, size=(statistics.RESAMPLES, 2))  # m - 1 of m
    wars, uars = [], []
    for row, column in zip(rows, columns, strict=True):
        drawn, classes = values[column][:, row], truth[row]
        wars.append(100 * drawn.mean())
        uars.append(100 * np.mean([drawn[:, classes == c].mean() for c in np.unique(classes)]))
    found = bootstrap(values, truth)
    for interval, draws in ((found.war_interval, wars), (found.uar_interval, uars)):
        assert (interval.low, interval.high) == pytest.approx(tuple(np.percentile(draws, [2.5, 97.5])))
    below, above = (sum(sign * war <= 1e-9 for war in wars) for sign in (1, -1))
    assert found.p == pytest.approx(min(1, 2 * (min(below, above) + 1) / (statistics.RESAMPLES + 1)))


def test_what_never_differs_has_no_interval_and_p_1() -> None:
    same = bootstrap(np.zeros((3, 5)), np.array([0, 0, 1, 1, 1]))
    assert (same.war, same.war_interval, same.uar_interval, same.p) == (0, Interval(0.0, 0.0), Interval(0.0, 0.0), 1)
    always = bootstrap(np.ones((1, 5)), np.array([0, 0, 1, 1, 1]))
    assert (always.war, always.p) == (100, 2 / 4001)


def test_seeds_that_disagree_widen_the_interval() -> None:
    # every utterance counts the same: only the seeds are a source of chance; 1 of 2 is drawn
    truth = np.zeros(50, dtype=np.int64)
    apart = bootstrap(np.stack([np.ones(50), np.zeros(50)]), truth)
    assert (apart.war, apart.war_interval) == (50, Interval(0.0, 100.0))
    assert bootstrap(np.ones((2, 50)), truth).war_interval == Interval(100.0, 100.0)


def test_the_two_way_analysis_by_hand_and_by_simulation() -> None:
    values = np.array([[1.0, 3.0, 2.0], [5.0, 6.0, 7.0]])  # mean squares: seeds 24, groups 1.5, the rest 0.5
    found = Spread.of(values)
    assert found.error == pytest.approx(np.sqrt((24 + 1.5 - 0.5) / 6))
    assert found.freedom == pytest.approx(25**2 / (24**2 / 1 + 1.5**2 / 2 + 0.5**2 / 2))
    assert found.apart
    assert not Spread.of(np.array([[1.0, 3.0, 2.0], [3.0, 1.0, 2.0]])).apart
    assert Spread.of(values[:1]).error == pytest.approx(values[0].std(ddof=1) / np.sqrt(3))
    rng = np.random.default_rng(0)
    tables = rng.normal(size=(4000, 3, 1)) + 2 * rng.normal(size=(4000, 1, 8)) + rng.normal(size=(4000, 3, 8))
    truly = tables.mean(axis=(1, 2)).var()
    assert np.mean([Spread.of(table).error ** 2 for table in tables]) == pytest.approx(truly, rel=0.05)


def test_the_scores_of_a_seed_are_means_over_groups() -> None:
    rng = np.random.default_rng(2)
    truth, values = rng.integers(0, 3, 40), rng.integers(0, 2, (2, 40)).astype(float)
    truth[:3] = 0, 1, 2
    groups = [f"s{i % 7}" for i in range(40)]
    places = np.array([int(group[1:]) for group in groups])
    sizes, sums = np.zeros((7, 3), np.float32), np.zeros((7, 3, 2), np.float32)
    np.add.at(sizes, (places, truth), 1)
    np.add.at(sums, (places, truth), values.T.astype(np.float32))
    wars, uars = statistics._by_group(sizes, sums)
    recalls = np.array([[value[truth == c].mean() for c in range(3)] for value in values])
    assert wars.mean(axis=1) == pytest.approx(100 * values.mean(axis=1))
    assert uars.mean(axis=1) == pytest.approx(100 * recalls.mean(axis=1))


def test_seeds_that_differ_are_worth_two_degrees_of_freedom() -> None:
    rng = np.random.default_rng(0)
    right = (rng.random((3, 2000)) < np.array([[0.80], [0.84], [0.88]])).astype(float)
    truth = np.arange(2000) % 2
    found, mean = bootstrap(right, truth), right.mean(axis=1)
    half = stats.t.ppf(0.975, 2) * 100 * mean.std(ddof=1) / np.sqrt(3)
    assert found.war_interval.high - found.war == pytest.approx(half, rel=0.1)
    assert found.war_interval.high <= 100


def test_a_class_that_a_sample_lacks_counts_in_no_mean() -> None:
    # one utterance of each class; a sample of two may hold one class alone
    found = bootstrap(gains([0, 1]), np.array([0, 1]))
    assert (found.uar, found.uar_interval) == (50, Interval(0.0, 100.0))


def test_holm_counts_the_tests_of_the_family_that_were_not_made() -> None:
    assert holm([0.01, 0.002], 11) == pytest.approx((10 * 0.01, 11 * 0.002))
    assert holm([0.01, 0.002], 2) == holm([0.01, 0.002])


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

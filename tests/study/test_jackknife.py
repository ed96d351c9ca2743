"""Intervals over actors against closed forms, and each verdict."""

import numpy as np
import pytest
from scipy import stats

from fdan.results.statistics import StatisticsError
from fdan.study.jackknife import Jackknifed, detectable, error_of, jackknife, p_of, verdict, verdict_unpublished

VALUES = np.array([3.0, -1.0, 4.0, 1.0, 5.0, -9.0])


def mean(mask):
    return float(VALUES[mask].mean())


def test_of_a_mean_over_equal_groups_it_is_the_t_interval():
    groups = ["a", "a", "b", "b", "c", "c"]
    found = jackknife(mean, groups)
    of_groups = VALUES.reshape(3, 2).mean(axis=1)
    expected = stats.t.interval(0.95, 2, of_groups.mean(), stats.sem(of_groups))
    assert found == pytest.approx((of_groups.mean(), *expected))
    assert p_of(found, 3) == pytest.approx(stats.ttest_1samp(of_groups, 0).pvalue)
    assert error_of(found, 3) == pytest.approx(stats.sem(of_groups))


def test_one_group_has_no_interval():
    with pytest.raises(StatisticsError, match="found 1 group, expected at least two"):
        jackknife(mean, ["a"] * 6)


def test_equal_systems_have_p_1():
    assert p_of(Jackknifed(0.0, 0.0, 0.0), 3) == 1.0
    assert p_of(Jackknifed(1.0, 1.0, 1.0), 3) == 0.0


def test_a_test_at_the_detectable_difference_has_power_080():
    """Of 4,000 repetitions with the true difference as large as that, by the test that decides."""
    draws = np.random.default_rng(0).normal(size=(4000, 24))
    error = 1 / np.sqrt(24)
    half = stats.t.ppf(0.975, 23) * error
    true = detectable(Jackknifed(0.0, -half, half), 24, tests=8)
    found = stats.ttest_1samp(draws + true, 0, axis=1).pvalue < 0.05 / 8
    assert found.mean() == pytest.approx(0.80, abs=0.03)


@pytest.mark.parametrize(
    ("low", "high", "published", "said"),
    [
        (-3.0, -0.1, 7.0, "reversed"),
        (-1.5, -0.1, 7.0, "reversed"),
        (-1.9, 1.9, 1.0, "negligible"),
        (0.1, 1.9, 7.0, "negligible"),
        (-2.1, 1.9, 7.0, "smaller than published"),
        (1.0, 6.9, 7.0, "smaller than published"),
        (1.0, 7.0, 7.0, "as published"),
        (7.1, 9.0, 7.0, "larger than published"),
        (-0.1, 9.0, 7.0, "inconclusive"),
    ],
)
def test_verdicts(low, high, published, said):
    assert verdict(low, high, published, 2.0) == said


@pytest.mark.parametrize(
    ("low", "high", "p", "said"),
    [
        (-3.0, -0.1, 0.01, "reversed"),
        (-1.0, 1.0, 1.0, "negligible"),
        (-0.1, 9.0, 0.1, "inconclusive"),
        (0.1, 9.0, 0.04, "confirmed"),
        (0.1, 9.0, 0.18, "inconclusive"),  # Holm's correction
        (0.1, 9.0, None, "inconclusive"),  # not tested
    ],
)
def test_verdicts_where_nothing_was_published(low, high, p, said):
    assert verdict_unpublished(low, high, 2.0, p) == said

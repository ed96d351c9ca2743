"""The minimum detectable effect, and intervals of differences that were not measured as pairs."""

import pytest
from scipy import stats

from fdan.results.differences import detectable, difference_of_published, independent_difference
from fdan.results.statistics import Estimate, Interval, wilson


def estimate(war: float, error: float, freedom: float) -> Estimate:
    half = float(stats.t.ppf(0.975, freedom)) * error
    ends = Interval(war - half, war + half)
    return Estimate(war, war, ends, ends, 0.5, error, freedom)


def test_the_detectable_effect_is_of_holm_s_strictest_step() -> None:
    found = estimate(1.0, 2.0, 95.0)
    assert detectable(found) == pytest.approx(2 * (stats.t.ppf(0.975, 95) + stats.t.ppf(0.8, 95)))
    assert detectable(found, 4) == pytest.approx(2 * (stats.t.ppf(1 - 0.05 / 8, 95) + stats.t.ppf(0.8, 95)))


def test_independent_scores_differ_by_the_error_of_both() -> None:
    found = independent_difference(estimate(80.0, 3.0, 20.0), estimate(70.0, 4.0, 3.0))
    freedom = 25**2 / (9**2 / 20 + 16**2 / 3)
    assert (found.low, found.high) == pytest.approx((10 - 5 * stats.t.ppf(0.975, freedom), 20 - found.low))
    # Each value lies outside of the other's interval alone, and the difference is within the error of both.
    published = difference_of_published(86.66, 78.0, 96)
    assert not wilson(83, 96).has(78.0)
    assert published.has(0.0)
    assert (published.low + published.high) / 2 == pytest.approx(8.66)
    assert not difference_of_published(86.66, 64.58, 96).has(0.0)

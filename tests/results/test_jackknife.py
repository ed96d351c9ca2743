"""The jackknife over speakers: by hand, against slow scores, and its coverage beside the percentile bootstrap's."""

import numpy as np
import pytest
from scipy import stats

from fdan.data.emotions import Emotion
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.metrics.scores import score
from fdan.results.jackknife import METRICS, count_by_group, jackknife, over_groups, scores_of
from fdan.results.statistics import StatisticsError
from fdan.results.units import Grouping, Unit, dialogue_of, effective_number, grouping

CLASSES = tuple(Emotion)


def run(truth: np.ndarray, predicted: np.ndarray) -> Predictions:
    ids = tuple(f"u{place:04}" for place in range(len(truth)))
    return make_predictions(ids, CLASSES, truth, np.eye(len(CLASSES))[predicted])


def random_run(rng: np.random.Generator, truth: np.ndarray) -> Predictions:
    return run(truth, np.where(rng.random(len(truth)) < 0.7, truth, rng.integers(0, 5, len(truth))))


def test_scores_from_counts_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 60)  # three classes are never tested, one of them is predicted
    found = random_run(rng, truth)
    counts = count_by_group([found], [f"s{place % 3}" for place in range(60)])
    expected = score(found)
    assert scores_of(counts[0].sum(axis=0)) == pytest.approx([expected.war, expected.uar, expected.wf1])


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("paired", [False, True], ids=["score", "difference"])
def test_each_metric_by_a_slow_loop_that_leaves_out_speakers(metric: str, paired: bool) -> None:
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 4, 90)
    speakers = rng.integers(0, 6, 90)
    first, second = random_run(rng, truth), random_run(rng, truth)

    def value(kept: np.ndarray) -> float:
        runs = [run(truth[kept], r.predicted[kept]) for r in (first, second)]
        scores = [float(getattr(score(r), metric)) for r in runs]
        return scores[0] - scores[1] if paired else scores[0]

    without = np.array([value(speakers != speaker) for speaker in range(6)])
    error = np.sqrt(5 / 6 * ((without - without.mean()) ** 2).sum())
    mean, interval, spread = jackknife([first], [str(s) for s in speakers], [second] if paired else [])[metric]
    assert mean == pytest.approx(value(speakers >= 0))
    assert (spread.error, spread.freedom) == (pytest.approx(error), 5)
    half = stats.t.ppf(0.975, 5) * error
    assert (interval.low, interval.high) == pytest.approx((mean - half, min(100, mean + half)))


def test_seeds_that_differ_widen_the_interval() -> None:
    rng = np.random.default_rng(2)
    truth, speakers = np.arange(800) % 4, [str(place % 40) for place in range(800)]
    alike, apart = (
        [run(truth, np.where(rng.random(800) < chance, truth, (truth + 1) % 4)) for chance in chances]
        for chances in ((0.8, 0.8, 0.8), (0.7, 0.8, 0.9))
    )
    assert over_groups(alike, speakers).freedom == 39
    found = over_groups(apart, speakers)
    assert found.freedom < 3
    assert found.war_interval.high - found.war_interval.low > 20


def test_groups_must_fit_and_be_two() -> None:
    truth = np.array([0, 1])
    with pytest.raises(StatisticsError, match="1 groups for 2 utterances: expected one for each"):
        over_groups([run(truth, truth)], ["a"])
    with pytest.raises(StatisticsError, match="found one group, 'a'; expected two or more"):
        over_groups([run(truth, truth)], ["a", "a"])


def percentile_excludes(gains: np.ndarray, rng: np.random.Generator) -> bool:
    """Whether a percentile bootstrap over speakers excludes 0, as the tables once did it."""
    drawn = rng.integers(0, len(gains), (1000, len(gains)))
    low, high = np.percentile(gains[drawn].mean(axis=1), [2.5, 97.5])
    return bool(low > 0 or high < 0)


@pytest.mark.parametrize(("speakers", "bootstrap"), [(4, 0.15), (8, 0.09)])
def test_equal_systems_rarely_differ_where_a_percentile_bootstrap_says_they_do(speakers: int, bootstrap: float) -> None:
    """With 4 speakers the bootstrap finds a difference of equal systems three times as often as it says."""
    rng = np.random.default_rng(0)
    truth, sets = np.zeros(60 * speakers, np.int64), 400
    voices = np.repeat(np.arange(speakers), 60)
    names = [str(voice) for voice in voices]
    hits = {"jackknife": 0, "bootstrap": 0}
    for _ in range(sets):
        chances = np.clip(0.7 + 0.1 * rng.normal(size=(2, speakers)), 0, 1)[:, voices]
        first, second = (run(truth, (rng.random(len(truth)) > chance).astype(np.int64)) for chance in chances)
        hits["jackknife"] += over_groups([first], names, [second]).p < 0.05
        gains = (first.predicted == truth).astype(float) - (second.predicted == truth)
        hits["bootstrap"] += percentile_excludes(gains.reshape(speakers, 60).mean(axis=1), rng)
    assert hits["jackknife"] / sets == pytest.approx(0.05, abs=0.03)  # 2.7 standard errors of 400 sets
    assert hits["bootstrap"] / sets > bootstrap


def test_the_unit_is_the_speaker_or_the_dialogue_where_few_speakers_dominate() -> None:
    four = [f"DC_a{place:02}" for place in range(8)]
    even = {utterance: f"s{place % 4}" for place, utterance in enumerate(four)}
    assert grouping(four, even) == Grouping(Unit.SPEAKER, tuple(even.values()))
    assert grouping(four, {}) is None
    assert grouping(four, dict.fromkeys(four, "DC")) is None
    friends = [f"test_dia{place // 5}_utt{place % 5}" for place in range(100)]
    voices = {u: f"guest{place}" if place % 5 == 0 else f"friend{place % 2}" for place, u in enumerate(friends)}
    found = grouping(friends, voices)
    assert found is not None
    assert (found.unit, found.number) == (Unit.DIALOGUE, 20)
    assert effective_number(list(even.values())) == 4
    assert effective_number(["a"] * 9 + ["b"]) == pytest.approx(100 / 82)
    assert [dialogue_of(u) for u in ("test_dia3_utt0", "dia12_utt4", "DC_a01")] == ["test_dia3", "dia12", ""]

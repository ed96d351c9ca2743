"""The page's first paragraph, for leads of every sign."""

import numpy as np
import pytest

from fdan.data.emotions import Emotion
from fdan.metrics.predictions import make_predictions
from fdan.results.runs import Measured, RunName
from fdan.study.answer import WORDS, in_short
from fdan.study.claims import Effect, Score, effects, in_print, rates, verdict_unpublished
from fdan.study.params import Arm, Backbone, Contrast, StudyParams

CLASSES = (Emotion.ANGER, Emotion.FEAR)
SPEAKERS = {f"{actor}-{i}": f"{actor:02}" for actor in range(24) for i in range(10)}
PAIRS = (("fdan1", "no_faces"), ("fdan", "fdan1"), ("fdan", "fdan2"), ("fdan", "permuted"), ("encoder", "fdan"))


def measured(name, right, seeds=("0",)):
    """A system that is right about the first `right` of each actor's ten utterances, one more for actors below 12."""
    ids = tuple(SPEAKERS)
    truth = np.arange(240) % 2
    correct = np.array([i % 10 < right + (i < 120) for i in range(240)])
    predictions = make_predictions(ids, CLASSES, truth, np.eye(2)[np.where(correct, truth, 1 - truth)])
    return Measured.of(RunName("study", "ravdess", name), dict.fromkeys(seeds, predictions))


def effect(first, second, points, primary=True, published=None, verdict="negligible"):
    found = Score(points, points - 1.0, points + 1.0)
    return Effect(Contrast("c", first, second, primary, published), 5, found, found, 1.0, 2.0, verdict)


def test_the_answer_of_every_sign_in_at_most_120_words():
    found = [
        effect("fdan1", "no_faces", -14.25, verdict="reversed"),
        effect("fdan", "fdan1", 0.0, published=3.33),
        effect("fdan", "fdan2", 3.5, published=7.03, verdict="smaller than published"),
        effect("fdan", "permuted", 12.0, verdict="confirmed"),
        effect("encoder", "fdan", 23.75, primary=False, verdict="confirmed"),
    ]
    said = in_short(found, {"fdan": measured("fdan", 5)}, SPEAKERS, 610)
    assert said == (
        "We trained the paper's network on the voices of 24 actors and 610 photographs of other people's faces. It "
        "recognises the acted emotion in 55.00 [52.8, 57.2] % of the utterances of actors whose voices it was not "
        "trained on; always choosing the most frequent emotion is right in 50.00 %. The photographs change this by "
        "−14.25 [−15.2, −13.2] points; the paper's cross-attention by +0.00 [−1.0, +1.0] (published +3.33); its "
        "alignment term, LMMD, by +3.50 [+2.5, +4.5] (published +7.03); correct instead of shuffled labels by +12.00 "
        "[+11.0, +13.0]; a speech encoder by +23.75 [+22.8, +24.8]. Brackets: 95 % intervals over actors. Tested "
        "claims: 4; confirmed: 1; too small or smaller than published: 2; reversed: 1; inconclusive: 0."
    )
    assert len(said.split()) <= WORDS


def test_without_fdan_there_is_no_answer():
    assert in_short([], {"probe": measured("probe", 5)}, SPEAKERS, 610).endswith("so this page has no answer yet.")


def study(*contrasts):
    arms = {name: Arm(name, 0.1) for name in ("a", "b", "c")}
    folds = (("00",), ("01",), ("02",))
    return StudyParams(folds, (0, 1), (0,), 2.0, {"x": Backbone("resnet34", "random")}, "x", (0.1,), arms, contrasts)


def test_effects_are_of_the_seeds_that_both_have_and_tested_over_actors():
    runs = {"a": measured("a", 5, ("0", "1")), "b": measured("b", 4, ("0", "1", "2"))}
    pairs = (
        Contrast("a", "a", "b", primary=True, published=7.0),
        Contrast("b", "b", "a"),
        Contrast("c", "c", "a", True),
    )
    first, second = effects(runs, study(*pairs), SPEAKERS)
    assert (first.seeds, second.seeds) == (2, 2)
    assert [*first.war, *first.uar] == pytest.approx([10.0] * 6)
    assert (first.p, first.detectable, first.verdict) == (pytest.approx(0.0), None, "larger than published")
    assert (second.p, second.verdict) == (None, "reversed")


def test_a_rate_is_pooled_and_its_interval_is_over_actors():
    war, uar = rates(measured("a", 5), SPEAKERS)
    of_actors = np.repeat([60.0, 50.0], 12)
    half = 2.0687 * of_actors.std(ddof=1) / np.sqrt(24)
    assert war == pytest.approx((55.0, 55.0 - half, 55.0 + half), abs=1e-3)
    assert uar.estimate == pytest.approx(55.0, abs=6.0)
    assert in_print(war, "") == "55.00 [52.8, 57.2]"


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

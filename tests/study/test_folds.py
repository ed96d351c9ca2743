"""Folds keep actors apart, validation looks at no tested actor, and a starved fold has few voices."""

import pytest

from fdan.data.emotions import Emotion
from fdan.data.splits import TEST, TRAIN, Part, ProtocolError, Split
from fdan.runtime.params import load_params
from fdan.study.folds import folds_of, longer, starve, validation_folds
from fdan.study.params import PARAMS, StudyParams
from tests.declared import ROOT

CLASSES = (Emotion.ANGER, Emotion.FEAR)
ACTORS = ("01", "02", "03", "04", "05", "06")
SPLIT = Split(
    tuple(Part(f"{a}-{i}", a, CLASSES[i % 2], "train" if i else "test", "") for a in ACTORS for i in range(4)),
    synthetic=False,
)
LISTS = (("01", "04"), ("02", "05"), ("03", "06"), ("98", "99"))


def voices(split, acoustic):
    return {part.speaker for part in split.parts if part.acoustic == acoustic}


def test_each_fold_tests_its_actors_and_all_others_train():
    folds = folds_of(SPLIT, LISTS)
    assert list(folds) == ["01+04", "02+05", "03+06"]
    for name, fold in folds.items():
        assert voices(fold, TEST) == set(name.split("+"))
        assert voices(fold, TRAIN) == set(ACTORS) - voices(fold, TEST)
    tested = [utterance for fold in folds.values() for utterance in fold.acoustic(TEST)]
    assert sorted(tested) == sorted(part.utterance for part in SPLIT.parts)


def test_unusable_speech_is_in_no_fold():
    silent = Split((Part("x", "01", Emotion.FEAR, "", ""), *SPLIT.parts), synthetic=False)
    assert all("x" not in fold.acoustic(TEST) | fold.acoustic(TRAIN) for fold in folds_of(silent, LISTS).values())


def test_an_actor_in_no_fold_and_one_fold_alone_are_one_line():
    with pytest.raises(ProtocolError, match=r"^study.folds: 4 actors are in no fold, such as '02': found 6 actors, "):
        folds_of(SPLIT, [("01", "04"), ("98",), ("99",)])
    with pytest.raises(ProtocolError, match=r"speech of 6 actors in 1 fold: expected actors of at least two folds"):
        folds_of(SPLIT, [ACTORS, ("98",)])


def test_validation_uses_nothing_of_the_tested_actors():
    folds = folds_of(SPLIT, LISTS)
    found = validation_folds(folds)
    assert [voices(fold, TEST) for fold in found.values()] == [{"02", "05"}, {"03", "06"}, {"01", "04"}]
    for name, fold in found.items():
        assert not voices(folds[name], TEST) & (voices(fold, TEST) | voices(fold, TRAIN))
        assert len(voices(fold, TRAIN)) == 2
    assert validation_folds(dict(list(folds.items())[:2])) == {}


def test_a_starved_fold_tests_the_same_and_draws_its_actors_anew_for_each_seed():
    fold = folds_of(SPLIT, LISTS)["01+04"]
    drawn = []
    for seed in range(8):
        starved = starve(fold, 1, seed)
        assert starved.acoustic(TEST) == fold.acoustic(TEST)
        assert starved == starve(fold, 1, seed)
        (actor,) = voices(starved, TRAIN)
        drawn.append(actor)
        assert voices(starved, TRAIN) < voices(starve(fold, 2, seed), TRAIN)
    assert len(set(drawn)) > 1
    with pytest.raises(ProtocolError, match=r"fold 01\+04: 4 training actors, expected at least 5"):
        starve(fold, 5, 0)


def test_fewer_steps_an_epoch_mean_more_epochs():
    assert [longer(100, 20, steps) for steps in (20, 2, 3)] == [100, 1000, 667]


def test_the_project_s_folds_are_emobox_s():
    """Six folds of four; each of the 24 actors is tested once. Actors with odd numbers are men."""
    folds = load_params("study", StudyParams, ROOT / PARAMS).folds
    assert [len(fold) for fold in folds] == [4] * 6
    assert sorted(actor for fold in folds for actor in fold) == [f"{actor:02}" for actor in range(1, 25)]
    assert folds[0] == ("01", "11", "20", "21")

"""Changes are looked at on speakers who validate alone."""

import numpy as np
import pytest

from fdan.data.emotions import Emotion
from fdan.data.splits import TEST, TRAIN, Part, Split, speaker_splits
from fdan.learning.params import ModelParams, TrainParams
from fdan.metrics.predictions import make_predictions
from fdan.results.runs import Measured, RunName
from fdan.study.params import NO_FACES, PROBE, VALIDATION, Backbone, Change, StudyParams
from fdan.study.validation import AS_IS, in_words, table, validation_splits

CLASSES = (Emotion.ANGER, Emotion.FEAR)
SPEAKERS = ("01", "02", "03", "04")
PARTS = tuple(Part(f"{s}-{i}", s, CLASSES[i % 2], "train" if i else "test", "") for s in SPEAKERS for i in range(10))
SPLIT = Split(PARTS, synthetic=False)


def test_who_is_tested_is_heard_nowhere_and_everybody_validates_once():
    folds, tested = validation_splits(SPLIT), speaker_splits(SPLIT)
    assert list(folds) == list(tested) == list(SPEAKERS)
    for name, fold in folds.items():
        assert not tested[name].acoustic(TEST) & (fold.acoustic(TRAIN) | fold.acoustic(TEST))
        voices = {part.speaker for part in fold.parts if part.acoustic == TEST}
        assert len(voices) == 1
        assert not voices & {part.speaker for part in fold.parts if part.acoustic == TRAIN}
    validated = [utterance for fold in folds.values() for utterance in fold.acoustic(TEST)]
    assert sorted(validated) == sorted(part.utterance for part in PARTS)


def test_two_speakers_leave_nobody_to_validate():
    assert validation_splits(Split(PARTS[:20], synthetic=False)) == {}


def test_a_change_changes_what_it_names_alone():
    training = TrainParams(3, 8, 0.01, 3e-4, 0.75, 0.99, 1e-3)
    model = ModelParams(width=8, layers=1, ffn_factor=2, standardise=True)
    change = Change(momentum=0.5, width=4, attention=False)
    assert change.of(training) == TrainParams(3, 8, 0.01, 3e-4, 0.75, 0.5, 1e-3)
    assert change.of(model) == ModelParams(width=4, layers=1, ffn_factor=2, standardise=True)
    assert Change().of(training) == training


def heard(name, right):
    truth = np.arange(40) % 2
    said = np.where(np.arange(40) % 10 < right, truth, 1 - truth)
    ids = tuple(part.utterance for part in PARTS)
    predictions = make_predictions(ids, CLASSES, truth, np.eye(2)[said])
    return Measured.of(RunName(f"{VALIDATION}-{name}", "ravdess", name), {"0": predictions})


@pytest.fixture
def study():
    backbone = {"a": Backbone("resnet34", "random")}
    return StudyParams((0,), backbone, "a", "a", (0.1,), {"wide": Change(width=9), "long": Change(epochs=9)}, (0,))


def test_what_differs_is_named_and_all_of_it_is_in_the_table(study):
    speakers = {part.utterance: part.speaker for part in PARTS}
    rights = {AS_IS: 5, "wide": 8, "long": 5, NO_FACES: 5, PROBE: 2}
    measured = {name: heard(name, right) for name, right in rights.items()}
    assert in_words(measured, study, speakers) == ("wide +30.00 [+30.0, +30.0], a linear probe −30.00 [−30.0, −30.0]")
    assert in_words(measured | {"wide": heard("wide", 5), PROBE: heard(PROBE, 5)}, study, speakers) == "nothing"
    rows = table({"a": measured}, study, speakers).splitlines()
    assert rows[0] == "| Validation WAR | a | minus FDAN's |"
    assert [row.split(" | ")[0] for row in rows[2:]] == [
        *("| FDAN", "| FDAN, wide", "| FDAN, long", "| no faces at all", "| a linear probe")
    ]
    assert rows[2].endswith(" | 50.00 |  |")

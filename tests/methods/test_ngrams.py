from dataclasses import replace

import numpy as np
from talk import split, talk

from fdan.data.emotions import Emotion
from fdan.methods.ngrams import Params, predict
from fdan.methods.params import ContextParams
from fdan.methods.running import Labelled, recognise

PARAMS = Params(ContextParams(("text",)), (0,))


def run(inputs, emotions, testing=range(2, 24, 5)):
    return recognise(predict, inputs, split(inputs, emotions, testing), PARAMS, 0, iter)


def test_it_learns_what_is_said_and_counts_what_it_learnt():
    found, learnt, training_war = run(*talk())
    assert (found.predicted == found.truth).all()
    assert training_war == 100
    assert learnt > 3 * 20


def test_neither_labels_nor_texts_of_other_test_utterances_change_anything():
    inputs, emotions = talk()
    first, *_ = run(inputs, emotions)
    shuffled, *_ = run(inputs, [emotions[-1 - i] if i in range(2, 24, 5) else e for i, e in enumerate(emotions)])
    assert np.array_equal(first.probabilities, shuffled.probabilities)
    said = tuple("Xylophones!" if i in range(7, 24, 5) else t for i, t in enumerate(inputs.texts["text"]))
    other, *_ = run(replace(inputs, texts={**inputs.texts, "text": said}), emotions)
    assert np.array_equal(first.probabilities[0], other.probabilities[0])


def test_an_emotion_without_training_utterances_has_probability_0():
    """A fold may lack an emotion that the corpus has."""
    inputs, emotions = talk()
    classes = (*sorted(set(emotions)), next(emotion for emotion in Emotion if emotion not in emotions))
    labels = np.array([classes.index(emotion) for emotion in emotions])
    answer = predict(Labelled(inputs, labels), inputs, classes, PARAMS, 0, iter)
    found = answer.probabilities
    assert np.array_equal(answer.training, found)  # what trains is what is tested here
    assert not found[:, -1].any()
    assert np.allclose(found.sum(axis=1), 1)

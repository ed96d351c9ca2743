"""What must hold of each of the five methods that read text or context."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from talk import CLASSES, split, talk

from fdan.methods.cadf import Params as CADF
from fdan.methods.map import Params as MAP
from fdan.methods.params import ContextParams, LogMelParams
from fdan.methods.registry import load
from fdan.methods.running import Labelled, recognise
from fdan.methods.sdt import Params as SDT
from fdan.methods.smin import Params as SMIN
from fdan.methods.trin import Params as TRIN

LEARNING = {"epochs": 12, "batch_size": 4, "learning_rate": 1e-2, "weight_decay": 0.0, "dropout": 0.1, "seeds": (0,)}
CONTEXT, MEL = ContextParams(("text", "acoustic", "visual")), LogMelParams(512, 256, 6)
PARAMS = {
    "sdt": SDT(
        **LEARNING, inputs=CONTEXT, width=16, heads=2, gate="identity", temperature=8.0, speakers=2, text_width=8
    ),
    "smin": SMIN(**LEARNING, inputs=CONTEXT, width=16, corruption=0.2, intra=0.1, cross=0.1, text_width=8),
    "cadf": CADF(**LEARNING, inputs=MEL, width=16, heads=2, frames=48, words=6, text_width=8),
    "trin": TRIN(**LEARNING, inputs=MEL, width=16, frames=48, pooled=4),
    "map": MAP(**LEARNING, inputs=CONTEXT, width=16, heads=2, soft_tokens=2, text_width=8),
}
METHODS = sorted(PARAMS)
ALONE = ["cadf", "map", "trin"]
"""Those for which another test utterance does not count."""

TESTING = range(2, 24, 5)


def run(name, params=None, seed=0, inputs=None, shuffle=False, testing=TESTING):
    there, emotions = talk()
    if shuffle:
        there_too = sorted(testing)
        emotions = list(emotions)
        for place, other in zip(there_too, [*there_too[1:], there_too[0]], strict=True):
            emotions[place] = talk()[1][other]
    method = load(name)
    parts = split(there, emotions, testing)
    return recognise(method.predict, inputs or there, parts, params or PARAMS[name], seed, iter)[0]


def short(name):
    return replace(PARAMS[name], epochs=1, batch_size=8)


@pytest.mark.parametrize("name", METHODS)
def test_it_learns(name):
    found = run(name)
    assert found.classes == CLASSES
    assert np.allclose(found.probabilities.sum(axis=1), 1)
    assert (found.predicted == found.truth).all()


@pytest.mark.parametrize("name", METHODS)
def test_it_is_the_same_to_the_bit_and_only_with_the_same_seed(name):
    torch.manual_seed(1)
    first = run(name, short(name))
    torch.manual_seed(2)
    before = torch.random.get_rng_state()
    assert np.array_equal(run(name, short(name)).probabilities, first.probabilities)
    assert torch.equal(torch.random.get_rng_state(), before)  # nobody else's random numbers are used up
    assert not np.array_equal(run(name, short(name), seed=1).probabilities, first.probabilities)


@pytest.mark.parametrize("name", ["sdt", "smin"])
def test_test_labels_change_nothing(name):
    """Of the two that see unlabelled utterances while they train."""
    first, shuffled = run(name, short(name)), run(name, short(name), shuffle=True)
    assert np.array_equal(first.probabilities, shuffled.probabilities)
    assert not np.array_equal(first.truth, shuffled.truth)


@pytest.mark.parametrize("name", ALONE)
def test_no_test_utterance_moves_another_s_bits(name):
    """Nor anything that is learnt, chosen, or fitted."""
    inputs, emotions = talk()
    train = inputs.at([i for i in range(24) if i not in TESTING])
    labels = np.array([CLASSES.index(e) for i, e in enumerate(emotions) if i not in TESTING])
    predict = load(name).predict

    def answer(places):
        return predict(Labelled(train, labels), inputs.at(places), CLASSES, short(name), 0, iter).probabilities

    together = answer(list(TESTING))
    for row, place in enumerate(TESTING):
        assert np.array_equal(answer([place])[0], together[row])


@pytest.mark.parametrize("name", ["sdt", "smin"])
def test_nothing_is_fitted_to_the_inputs_of_test_utterances(name):
    """Neither statistics nor n-grams: a test dialogue that nobody would say moves nothing in the other dialogues.

    But SMIN's reconstructions, which learn from unlabelled utterances by design: they have no weight here.
    """
    changes = {"intra": 0.0, "cross": 0.0, "corruption": 0.0} if name == "smin" else {}
    params = replace(PARAMS[name], epochs=2, dropout=0.0, **changes)
    inputs, _ = talk()
    testing = [0, 1, 2, 3, 6, 13]  # one whole dialogue, and utterances of two others
    arrays = {m: tuple(100 * (1 + v) if i < 4 else v for i, v in enumerate(x)) for m, x in inputs.arrays.items()}
    said = tuple("Xylophones, xylophones!" if i < 4 else t for i, t in enumerate(inputs.texts["text"]))
    poisoned = replace(inputs, arrays=arrays, texts={**inputs.texts, "text": said})
    first, second = (run(name, params, testing=testing, inputs=i).probabilities for i in (inputs, poisoned))
    assert not np.array_equal(first[:4], second[:4])
    assert np.array_equal(first[4:], second[4:])


@pytest.mark.parametrize("name", METHODS)
def test_how_much_is_learnt_is_counted(name):
    """More width, more weights; more of what is read, more weights; and never none."""
    inputs, emotions = talk(2, 3)
    labels = np.array([CLASSES.index(e) for e in emotions])
    predict = load(name).predict

    def learnt(params):
        answer = predict(Labelled(inputs, labels), inputs, CLASSES, params, 0, iter)
        assert answer.training.shape == answer.probabilities.shape == (6, len(CLASSES))
        assert np.allclose(answer.training.sum(axis=1), 1)
        return answer.parameters

    assert 0 < learnt(short(name)) < learnt(replace(short(name), width=32))


@pytest.mark.parametrize("name", ["sdt", "smin"])
def test_context_counts(name):
    """What a neighbour says moves a prediction: the two read dialogues."""
    inputs, _ = talk()
    said = list(inputs.texts["text"])
    said[1] = "Nobody called me."  # of the dialogue whose third utterance is tested
    other = replace(inputs, texts={**inputs.texts, "text": tuple(said)})
    first, moved = (run(name, short(name), testing=[2], inputs=i) for i in (inputs, other))
    assert not np.array_equal(first.probabilities, moved.probabilities)


@pytest.mark.parametrize("name", ["sdt", "smin"])
@pytest.mark.parametrize("kept", [("text",), ("acoustic", "visual")])
def test_any_modalities_will_do(name, kept):
    inputs, _ = talk()
    arrays = {m: values for m, values in inputs.arrays.items() if m in kept}
    texts = inputs.texts if "text" in kept else {**inputs.texts, "text": ("",) * len(inputs)}
    found = run(name, inputs=replace(inputs, arrays=arrays, texts=texts))
    assert (found.predicted == found.truth).mean() >= 0.8


@pytest.mark.parametrize("name", METHODS)
def test_a_dialogue_all_of_whose_labels_are_unknown_does_no_harm(name):
    found = run(name, replace(short(name), batch_size=1), testing=range(4))
    assert np.isfinite(found.probabilities).all()


@pytest.mark.parametrize("name", ["sdt", "cadf", "map"])
def test_heads_divide_the_width(name):
    with pytest.raises(ValueError, match="width 15 must be"):
        replace(PARAMS[name], width=15)

"""What must hold of each of the three methods that read sound alone; test_dialogue_methods.py has the other five."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.data.splits import TEST, TRAIN, Part, Split
from fdan.methods.inputs import Inputs
from fdan.methods.registry import load
from fdan.methods.running import Labelled, recognise
from fdan.runtime.params import load_params

ROOT = Path(__file__).parents[2]
CLASSES = (Emotion.ANGER, Emotion.NEUTRAL, Emotion.SADNESS)
SHAPES = {"gm_tcnet": ("mfcc", 12, 5), "tf_mix": ("frames", 16, 6), "inca": ("patterns", 1, 30)}
SMALL = {
    "gm_tcnet": {"filters": 8, "blocks": 2, "epochs": 40, "batch_size": 64, "learning_rate": 0.01},
    "tf_mix": {"width": 8, "heads": 2, "epochs": 20, "batch_size": 12, "dropout": 0.0, "learning_rate": 0.03},
    "inca": {"iterations": 5, "fewest": 4, "most": 20, "step": 8, "folds": 3},
}
METHODS = pytest.mark.parametrize("name", sorted(SHAPES))


def method(name, **changes):
    module = load(name)
    params = load_params(f"methods.{name}", module.Params, ROOT / "params.yaml")
    if name == "inca":
        params = replace(params, inputs=replace(params.inputs, levels=(1, 2)))
    return module.predict, replace(params, **SMALL[name] | changes)


def quick(name):
    return method(name, **{} if name == "inca" else {"epochs": 2})


def samples(name, n, start=0):
    """Utterances u<start>, ... of which number i has class i % 3, seen in the mean of its features."""
    column, steps, width = SHAPES[name]
    rng = np.random.default_rng(start)
    labels = np.arange(n, dtype=np.int64) % 3
    means = np.random.default_rng(99).normal(size=(3, width))

    def draw():
        return tuple((means[y] + 0.7 * rng.normal(size=(steps, width))).astype(np.float32) for y in labels)

    altered = {kind: draw() for kind in ("noise", "pitch", "tempo")} if name == "tf_mix" else {}
    arrays = {column: draw()}
    if name == "inca":  # two bands, and what is left below one and below both
        arrays = {
            "bands": tuple(v[:, :20] for v in arrays[column]),
            "residues": tuple(np.repeat(v[:, 20:], 2, axis=0) for v in arrays[column]),
        }
    return Inputs(tuple(f"u{start + i:03}" for i in range(n)), arrays, altered), labels


def run(name, train, test, seed=0):
    predict, params = quick(name)
    return predict(Labelled(*train), test, CLASSES, params, seed, iter).probabilities


@METHODS
def test_it_overfits_one_batch(name):
    predict, params = method(name)
    inputs, labels = samples(name, 12)
    answer = predict(Labelled(inputs, labels), inputs.blind(), CLASSES, params, 0, iter)
    probabilities = answer.probabilities
    assert np.array_equal(answer.training, probabilities)  # what trains is what is tested here
    assert probabilities.shape == (12, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)
    assert (probabilities.argmax(axis=1) == labels).all()


@METHODS
def test_two_runs_are_equal_to_the_bit_and_leave_the_random_state_alone(name):
    train, test = samples(name, 12), samples(name, 6, 50)[0].blind()
    state = torch.get_rng_state()
    first = run(name, train, test)
    torch.manual_seed(77)
    assert np.array_equal(first, run(name, train, test))
    torch.set_rng_state(state)
    run(name, train, test)
    assert torch.equal(state, torch.get_rng_state())
    if name != "inca":  # its seed decides the folds alone
        assert not np.array_equal(first, run(name, train, test, seed=1))


@METHODS
def test_neither_order_nor_company_of_the_test_utterances_matters(name):
    train, test = samples(name, 12), samples(name, 5, 50)[0].blind()
    first = run(name, train, test)
    assert np.array_equal(first[[3, 1, 0, 4, 2]], run(name, train, test.at([3, 1, 0, 4, 2])))
    assert np.array_equal(first[:1], run(name, train, test.at([0])))
    # Were a mean, a range, a rank or a weight taken of all utterances, a poisoned neighbour would show.
    arrays = {column: (values[0], *(1e4 * (1 + v) for v in values[1:])) for column, values in test.arrays.items()}
    assert np.array_equal(first[0], run(name, train, replace(test, arrays=arrays))[0])


LEARNT = {
    # GM-TCNet: a 1x1 convolution, four levels of six convolutions of kernel 2, a dense layer
    "gm_tcnet": (5 * 8 + 8) + 4 * (6 * 8 * 8 * 2 + 6 * 8) + (8 * 3 + 3),
    # TF-Mix: thrice convolutions, their norms and the head; twice a BiLSTM; a Transformer layer; three weights
    "tf_mix": 3 * ((6 * 8 * 5 + 8) + (8 * 8 * 5 + 8) + 4 * 8 + (8 * 8 + 8) + (8 * 3 + 3))
    + 2 * 2 * (4 * 4 * (8 + 4) + 2 * 4 * 4)
    + (4 * (8 * 8 + 8) + (8 * 16 + 16) + (16 * 8 + 8) + 4 * 8)
    + 3,
}


@METHODS
def test_how_much_is_learnt_is_counted(name):
    predict, params = quick(name)
    inputs, labels = samples(name, 12)
    learnt = predict(Labelled(inputs, labels), inputs.blind(), CLASSES, params, 0, iter).parameters
    if name == "inca":  # a weight per feature, three scores of two classes each, and a pair per support vector
        assert 20 + 3 < learnt <= 30 + 3 + 2 * 12
    else:
        assert learnt == LEARNT[name]


def test_neither_labels_nor_altered_copies_of_test_utterances_change_anything():
    name = "tf_mix"
    inputs, labels = samples(name, 18)
    predict, params = quick(name)

    def answer(truth, given):
        parts = tuple(
            Part(u, "s", CLASSES[y], TRAIN if i < 12 else TEST, "")
            for i, (u, y) in enumerate(zip(given.utterances, truth, strict=True))
        )
        return recognise(predict, given, Split(parts, True), params, 0, iter)[0]

    honest = answer(labels, inputs)
    shuffled = answer(np.concatenate([labels[:12], labels[12:][::-1]]), inputs)
    assert not np.array_equal(honest.truth, shuffled.truth)
    assert np.array_equal(honest.probabilities, shuffled.probabilities)
    poison = {k: (*v[:12], *(np.full_like(a, np.nan) for a in v[12:])) for k, v in inputs.augmented.items()}
    assert np.array_equal(honest.probabilities, answer(labels, replace(inputs, augmented=poison)).probabilities)

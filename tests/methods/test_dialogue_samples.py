from dataclasses import replace

import numpy as np
import torch

from fdan.methods.inputs import Inputs
from fdan.methods.running import Labelled
from fdan.methods.samples import NOBODY, UNLABELLED, Samples, standardise, table, threads
from fdan.methods.training import AttentionPooling, mean_over_steps


def inputs(ids, sound=None, **texts):
    n = len(ids)
    values = np.arange(2.0 * n, dtype=np.float32).reshape(n, 1, 2) if sound is None else sound
    given = {"text": ("",) * n, "speaker": ("",) * n, "dialogue": ("",) * n, "place": ("0",) * n, **texts}
    return Inputs(tuple(ids), {"acoustic": tuple(values)}, texts=given)


def samples(train, test, labels=None):
    return Samples.of(Labelled(train, np.arange(len(train)) if labels is None else labels), test)


def test_no_label_of_a_test_utterance_is_there():
    joined = samples(inputs(["a", "b"]), inputs(["c"]))
    assert joined.inputs.utterances == ("a", "b", "c")
    assert joined.labels.tolist() == [0, 1, UNLABELLED]
    assert joined.training == 2


def test_statistics_are_those_of_the_training_utterances():
    train = inputs(["a", "b"], text=("the bus", "the key"))
    near = inputs(["c"], np.zeros((1, 1, 2), np.float32), text=("the bus",))
    far = inputs(["c"], np.full((1, 1, 2), 1e6, np.float32), text=("who else? the key the key",))
    one, other = samples(train, near), samples(train, far)
    assert torch.equal(one.vectors("acoustic")[:2], other.vectors("acoustic")[:2])
    assert one.vectors("acoustic")[:2].tolist() == [[-1, -1], [1, 1]]
    assert torch.equal(one.text(3)[:2], other.text(3)[:2])
    assert torch.equal(one.tokens(3, 9).at(torch.tensor([0, 1]))[0], other.tokens(3, 9).at(torch.tensor([0, 1]))[0])
    steps = one.sequences("acoustic", 1), other.sequences("acoustic", 1)
    assert torch.equal(steps[0].values[1], steps[1].values[1])


def test_what_is_missing_is_the_mean():
    values = [np.ones((2, 2), np.float32), np.zeros((0, 2), np.float32), np.full((1, 2), 3, np.float32)]
    there = samples(replace(inputs(["a", "b"]), arrays={"visual": tuple(values[:2])}),
                    replace(inputs(["c"]), arrays={"visual": tuple(values[2:])}))  # fmt: skip
    x = there.vectors("visual")
    assert x.tolist() == [[0, 0], [0, 0], [2, 2]]  # one training utterance is seen: its sd is 0, and 1 stands in for it
    assert [len(steps) for steps in there.sequences("visual", 9).values] == [2, 1, 1]


def test_a_feature_that_never_varies_is_divided_by_one():
    x = torch.tensor([[1.0, 3.0], [2.0, 3.0], [9.0, 4.0]])
    found = standardise(x, torch.tensor([True, True, False]))
    assert found.tolist() == [[-1, 0], [1, 0], [15, 1]]


def test_dialogues_are_in_order_and_strangers_alone():
    there = inputs(
        ["a", "b", "c", "d"], dialogue=("x", "", "x", "x"), place=("10", "0", "2", "1"), speaker=("A", "", "B", "A")
    )
    assert threads(there) == [[1], [3, 2, 0]]
    assert samples(there, inputs([], np.zeros((0, 1, 2), np.float32))).speakers(9).tolist() == [0, 0, 1, 0]
    assert samples(there, inputs([], np.zeros((0, 1, 2), np.float32))).speakers(1).tolist() == [0, 0, 0, 0]


def test_dialogues_side_by_side():
    assert table([[3, 2, 0], [1]]).tolist() == [[3, 2, 0], [1, NOBODY, NOBODY]]


def test_steps_are_as_long_as_the_longest_that_is_asked_for():
    train = replace(inputs(["a", "b", "c"]), arrays={"mel": tuple(np.ones((n, 2), np.float32) for n in (1, 4, 2))})
    mel = samples(train, replace(inputs([], np.zeros((0, 1, 2), np.float32)), arrays={"mel": ()})).sequences("mel", 3)
    x, there = mel.at(torch.tensor([0, 2]))
    assert x.shape == (2, 2, 2)
    assert there.tolist() == [[True, False], [True, True]]
    assert mel.at(torch.tensor([1]))[0].shape == (1, 3, 2)


def test_words_have_numbers_of_their_own():
    there = samples(inputs(["a", "b"], text=("The bus!", "the bus the")), inputs(["c"], text=("",)))
    x, said = there.tokens(4, 2).at(torch.tensor([0, 1, 2]))
    assert x.shape == (3, 2, 4)
    assert said.tolist() == [[True, True], [True, True], [True, False]]


def test_pooling_sees_what_is_there_alone():
    x, there = torch.randn(2, 3, 4), torch.tensor([[True, True, False], [True, True, True]])
    pool = AttentionPooling(4)
    moved = x.clone()
    moved[0, 2] = 99
    assert torch.equal(pool(x, there), pool(moved, there))
    assert torch.allclose(mean_over_steps(moved, there)[0], x[0, :2].mean(dim=0))

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.methods import inca
from fdan.methods.inca import (
    BLOCK,
    TWINE,
    InputParams,
    Params,
    analyse,
    choose,
    choose_levels,
    neighbourhood_weights,
    objective,
    patterns,
    probabilities,
    rank,
    read,
    synthesise,
)
from fdan.methods.inputs import Inputs
from fdan.methods.running import Labelled, stratified_folds
from fdan.runtime.params import load_params

PARAMS = load_params("methods.inca", Params, Path(__file__).parents[2] / "params.yaml")


@pytest.mark.parametrize(("q", "r", "levels"), [(1.0, 3.0, 7), (1.0, 3.0, 1), (3.0, 4.0, 9), (2.5, 2.2, 4)])
@pytest.mark.parametrize("n", [1024, 1999])
def test_the_wavelet_transform_reconstructs_perfectly_and_keeps_the_energy(n, q, r, levels):
    x = np.random.default_rng(0).normal(size=n)
    bands = analyse(x, q, r, levels)
    assert len(bands) == levels + 1
    assert np.allclose(synthesise(bands, n, q, r), x, atol=1e-12)
    assert np.isclose(sum((band**2).sum() for band in bands), (x**2).sum())


def test_high_tones_are_in_the_first_band_and_low_ones_in_the_last():
    t = np.arange(4096)
    energies = [
        [float((band**2).sum()) for band in analyse(np.sin(2 * np.pi * f * t), 1.0, 3.0, 5)] for f in (0.45, 1 / 512)
    ]
    assert np.argmax(energies[0]) == 0
    assert np.argmax(energies[1]) == 5


def test_a_signal_too_short_for_the_levels_is_refused():
    with pytest.raises(ValueError, match="20 samples are too few for 9 levels"):
        analyse(np.zeros(20), 1.0, 3.0, 9)


def test_the_permutation_twines_two_halves():
    assert sorted(TWINE) == list(range(BLOCK))
    assert all(place != i for i, place in enumerate(TWINE))


def test_patterns_written_slowly():
    band = np.random.default_rng(0).integers(-3, 4, 40).astype(float)
    expected = np.zeros((2, 256))
    for start in range(40 - 15):
        block = band[start : start + 16]
        bits = [int(block[i] >= block[TWINE[i]]) for i in range(16)]
        for half in (0, 1):
            expected[half, int("".join(map(str, bits[8 * half : 8 * half + 8])), 2)] += 1 / 25
    assert np.allclose(patterns(band), expected.ravel())
    assert patterns(np.zeros(3))[[255, 511]].tolist() == [1, 1]  # silence equals itself


def test_what_it_reads():
    sound = np.random.default_rng(0).normal(0, 0.1, 3000).astype(np.float32)
    arrays, altered = read(sound, 22_050, InputParams(22_050, 1.0, 3.0, (3, 7)))
    assert (arrays["bands"].shape, arrays["residues"].shape) == ((1, 7 * 512), (2, 512))
    assert np.isclose(arrays["bands"].sum(), 14, atol=1e-4)
    fewer, _ = read(sound, 22_050, InputParams(22_050, 1.0, 3.0, (3,)))
    assert np.array_equal(fewer["bands"], arrays["bands"][:, : 3 * 512])
    assert np.array_equal(fewer["residues"], arrays["residues"][:1])
    assert not altered


def test_levels_must_rise():
    with pytest.raises(ValueError, match=r"levels \[7, 3\] must rise"):
        InputParams(22_050, 1.0, 3.0, (7, 3))


def test_the_levels_are_those_that_tell_the_training_utterances_apart():
    """By the third band alone, which one level does not reach; without it the fewest levels are as good."""
    labels = np.arange(24, dtype=np.int64) % 2
    params = replace(PARAMS, inputs=replace(PARAMS.inputs, levels=(1, 3, 4)), folds=3)
    noise = np.random.default_rng(0).uniform(size=(24, 4 * 5)).astype(np.float32)
    told = noise.copy()
    told[:, 12] = labels
    constant = tuple(np.zeros((3, 5), np.float32) for _ in labels)

    def chosen(x):
        columns = {"bands": tuple(row[None] for row in x), "residues": constant}
        return choose_levels(Labelled(Inputs(tuple(f"{i:02}" for i in range(24)), columns), labels), params, 0)

    assert chosen(0.1 * noise + 10 * (told - noise)) == 3
    assert chosen(np.zeros_like(noise)) == 1


def problem(n=14, p=6):
    rng = np.random.default_rng(0)
    y = np.arange(n, dtype=np.int64) % 2
    x = rng.uniform(size=(n, p))
    x[:, 4] = 0.8 * y + 0.1 * x[:, 4]  # this one tells the classes apart
    return x, y


def slow_objective(weights, x, y, regularisation):
    total = 0.0
    for i in range(len(x)):
        k = [np.exp(-(weights**2 * np.abs(x[i] - x[j])).sum()) if j != i else 0.0 for j in range(len(x))]
        total += sum(k[j] for j in range(len(x)) if y[j] == y[i]) / sum(k)
    return total / len(x) - regularisation * (weights**2).sum()


def test_the_objective_written_slowly_and_its_gradient_by_differences():
    x, y = problem()
    w = np.random.default_rng(1).uniform(0.2, 1, 6)
    same = torch.from_numpy(y[:, None] == y)
    weights = torch.from_numpy(w).requires_grad_()
    value = objective(weights, torch.from_numpy(x), same, 0.03)
    assert np.isclose(value.item(), slow_objective(w, x, y, 0.03))
    value.backward()
    step = 1e-6 * np.eye(6)
    differences = [(slow_objective(w + s, x, y, 0.03) - slow_objective(w - s, x, y, 0.03)) / 2e-6 for s in step]
    assert np.allclose(weights.grad.numpy(), differences, atol=1e-8)


def test_the_weights_improve_the_objective_and_rank_what_tells_classes_apart_first():
    x, y = problem()
    weights = neighbourhood_weights(x, y, 0.01, 20)
    assert slow_objective(weights, x, y, 0.01) > slow_objective(np.full(6, 0.5), x, y, 0.01)
    assert rank(x, y, PARAMS, 0)[0] == 4


def test_few_utterances_rank_where_there_are_many():
    x, y = problem(60)
    few = replace(PARAMS, ranked_by=15)
    first = rank(x, y, few, 0)
    assert sorted(first) == list(range(6))
    assert first[0] == 4
    seen = stratified_folds(y, 4, 0) == 0
    changed = x.copy()
    changed[~seen] = 0
    assert np.array_equal(first, rank(changed, y, few, 0))


def test_few_utterances_choose_the_number_where_there_are_many(monkeypatch):
    """An SVM on all of MELD's takes minutes, and the loop fits two hundred."""
    x, y = problem(60)
    asked = []
    monkeypatch.setattr(inca, "choose", lambda x, labels, *_: asked.append(x[:, 0][labels == 1]) or 2)
    columns = {
        "bands": tuple(row[None].astype(np.float32) for row in x),
        "residues": (np.zeros((1, 2), np.float32),) * 60,
    }
    few = replace(PARAMS, ranked_by=15, inputs=replace(PARAMS.inputs, levels=(3,)))
    inputs = Inputs(tuple(f"{i:02}" for i in range(60)), columns)
    answer = inca.predict(Labelled(inputs, y), inputs, (Emotion.ANGER, Emotion.FEAR), few, 0, iter)
    assert len(asked[0]) == ((stratified_folds(y, 4, 0) == 0) & (y == 1)).sum()
    assert (answer.probabilities.argmax(axis=1) == y).all()  # the last SVM sees all


def test_the_fewest_features_of_equally_good_numbers_are_chosen():
    x, y = problem(24)
    x = np.concatenate([x[:, 4:5], np.zeros((24, 5))], axis=1)  # one tells all, the others nothing
    params = replace(PARAMS, fewest=1, most=6, step=1, folds=3)
    assert choose(x, y, params, 0, iter) == 1


def test_probabilities_of_two_classes_and_of_one_never_seen():
    two = probabilities(np.array([2.0, -1.0]), np.array([0, 2]), 3)
    assert two.argmax(axis=1).tolist() == [2, 0]
    assert (two[:, 1] == 0).all()
    assert np.allclose(two.sum(axis=1), 1)
    three = probabilities(np.array([[0.0, 1.0, 2.0]]), np.array([0, 1, 2]), 3)
    assert np.allclose(three[0], np.exp([0, 1, 2]) / np.exp([0, 1, 2]).sum())

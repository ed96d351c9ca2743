from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fdan.methods.tf_mix import KINDS, Network, Params, altered, ensemble_weights, read
from fdan.runtime.params import load_params

PARAMS = load_params("methods.tf_mix", Params, Path(__file__).parents[2] / "params.yaml")


def sound(n=22_050, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32)


def test_what_it_reads():
    params = replace(PARAMS.inputs, samples=16_384, hop_length=1024)
    for n in (500, 22_050):
        arrays, copies = read(sound(n), 22_050, params)
        assert sorted(copies) == ["noise", "pitch", "tempo"]
        assert all(a.shape == (17, 20 + 64 + 14) for a in (*arrays.values(), *copies.values()))
        assert all(np.isfinite(a).all() for a in (*arrays.values(), *copies.values()))


def test_how_copies_are_altered_is_declared_and_depends_on_the_sound_alone():
    x = sound()
    copies = altered(x, 22_050, PARAMS.inputs)
    snr = 10 * np.log10((x**2).mean() / ((copies["noise"] - x) ** 2).mean())
    assert PARAMS.inputs.snr_db[0] - 0.1 <= snr <= PARAMS.inputs.snr_db[1] + 0.1
    assert len(copies["pitch"]) == len(x)
    assert 1 / 1.25 - 0.01 <= len(copies["tempo"]) / len(x) <= 1.25 + 0.01
    altered(sound(seed=1), 22_050, PARAMS.inputs)
    again = altered(x, 22_050, PARAMS.inputs)
    assert all(np.array_equal(copies[name], again[name]) for name in copies)
    other = altered(x, 22_050, replace(PARAMS.inputs, seed=1))
    assert not np.array_equal(copies["noise"], other["noise"])


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_networks(kind):
    network = Network(kind, 6, 7, replace(PARAMS, width=8, heads=2))
    assert network(torch.randn(3, 20, 6)).shape == (3, 7)
    names = {name.partition(".")[0] for name, _ in network.named_parameters()}
    assert ("recurrent" in names, "attentive" in names) == kind


def test_the_weights_go_to_the_network_that_is_right():
    labels = np.array([0, 1, 0])
    right = np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1]])
    weights = ensemble_weights(np.stack([1 - right, right, np.full((3, 2), 0.5)]), labels, 10)
    assert weights.tolist() == [0, 1, 0]
    mixed = ensemble_weights(np.array([[[0.9, 0.1], [0.8, 0.2]], [[0.2, 0.8], [0.1, 0.9]]]), np.array([0, 1]), 10)
    assert np.isclose(mixed.sum(), 1)
    assert 0 < mixed[0] < 1

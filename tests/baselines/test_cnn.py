import dataclasses

import numpy as np
import pytest
import torch

from fdan.baselines.cnn.params import NETWORKS, CNNParams
from fdan.baselines.cnn.training import fine_tune, shrink, steps, with_head
from fdan.networks.pretrained import build_network

PARAMS = CNNParams(("resnet18",), "random", 64, 2, 4, 0.01, 0.9, 1e-3, (0,))


def samples(n, seed=0):
    """Bright upper halves are class 0, bright lower halves class 1."""
    labels = np.arange(n, dtype=np.int64) % 2
    images = np.random.default_rng(seed).integers(0, 60, (n, 64, 64), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[32 * label : 32 * (label + 1)] += 150
    return images, labels


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "vgg16"])
def test_the_head_has_the_corpus_emotions(name):
    network = with_head(build_network(name, "random", 0), 7)
    outputs = [m.out_features for m in network.modules() if isinstance(m, torch.nn.Linear)]
    assert outputs[-1] == 7


def test_it_learns_every_layer_and_repeats():
    images, labels = samples(16)
    test, truth = samples(8, seed=1)
    params = dataclasses.replace(PARAMS, epochs=8)
    calls = []
    first = fine_tune("resnet18", images, labels, 2, test, params, 0, lambda: calls.append(1))
    assert first.shape == (8, 2)
    assert np.allclose(first.sum(axis=1), 1)
    assert (first.argmax(axis=1) == truth).mean() >= 0.75
    assert len(calls) == steps(16, params) == 32
    again = fine_tune("resnet18", images, labels, 2, test, params, 0, lambda: None)
    assert np.array_equal(first, again)
    other = fine_tune("resnet18", images, labels, 2, test, params, 1, lambda: None)
    assert not np.array_equal(first, other)


def test_shrinking_averages():
    image = np.zeros((4, 4), np.uint8)
    image[:2, :2] = 200
    assert shrink(image, 2).tolist() == [[200, 0], [0, 0]]
    assert shrink(image, 4).tolist() == image.tolist()


def test_the_paper_s_five_networks():
    assert list(NETWORKS.values()) == ["VGG-16", "VGG-19", "ResNet-18", "ResNet-34", "ResNet-50"]

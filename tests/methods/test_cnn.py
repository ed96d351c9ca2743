import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.checkpoint import checkpoint

from fdan.backbones.pretrained import build_network
from fdan.methods import cnn
from fdan.methods.cnn import jobs_of, shrink, train_cnn, with_head
from fdan.methods.params import CNNParams
from fdan.methods.registry import NETWORKS
from fdan.methods.running import Answer, Diverged
from fdan.runtime.cache import Cache
from fdan.runtime.params import ParamsError, load_params
from fdan.runtime.project import Project

PARAMS = CNNParams(("resnet18",), "random", 64, 2, 4, (0.01,), 1, 3e-4, 0.75, 0.9, 1e-3, (0,))


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


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """States of unfinished trainings are written to the current folder."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.slow
def test_it_fits_its_training_images_and_repeats():
    """What it was shown it must know for sure: no verdict that hangs on how a sum is rounded."""
    images, labels = samples(8)
    params = dataclasses.replace(PARAMS, epochs=12, batch_size=8, learning_rates=(0.003,))
    calls = []
    answer = train_cnn("resnet18", images, labels, 2, images, params, 0, lambda: calls.append(1))
    first = answer.probabilities
    assert np.array_equal(answer.training, first)  # the training images are tested here
    assert answer.parameters == 11_177_538  # torchvision's 11,689,512 with two classes for a thousand
    assert first.shape == (8, 2)
    assert np.allclose(first.sum(axis=1), 1)
    assert (first.argmax(axis=1) == labels).all()
    assert len(calls) == 12
    again = train_cnn("resnet18", images, labels, 2, images, params, 0, lambda: None).probabilities
    assert np.array_equal(first, again)


@pytest.mark.parametrize(("norm", "asked"), [(torch.nn.Identity, [3, 3, 1]), (lambda: torch.nn.BatchNorm2d(4), [7])])
def test_a_batch_s_gradient_is_added_up_where_its_images_do_not_meet(monkeypatch, norm, asked):
    torch.manual_seed(0)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3), norm(), torch.nn.Flatten(), torch.nn.Linear(144, 2)
    ).double()
    x, y = torch.randn(7, 3, 8, 8, dtype=torch.float64), torch.arange(7) % 2
    whole = torch.autograd.grad(torch.nn.functional.cross_entropy(network(x), y), network.parameters())
    seen = []
    network.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    monkeypatch.setattr(cnn, "AT_ONCE", 3 * 64)
    loss = cnn._add_gradient(network, x, y)
    assert seen == asked
    assert torch.allclose(loss.double(), torch.nn.functional.cross_entropy(network(x), y))
    assert all(torch.allclose(w, p.grad) for w, p in zip(whole, network.parameters(), strict=True))


def test_a_resnet_that_keeps_less_learns_the_same_bits(monkeypatch):
    images, labels = samples(6)
    params = dataclasses.replace(PARAMS, epochs=1)
    calls = []
    whole = train_cnn("resnet18", images, labels, 2, images, params, 0, lambda: None).probabilities
    monkeypatch.setattr(cnn, "AT_ONCE", 64)
    monkeypatch.setattr(cnn, "checkpoint", lambda *args, **kw: calls.append(1) or checkpoint(*args, **kw))
    less = train_cnn("resnet18", images, labels, 2, images, params, 0, lambda: None).probabilities
    assert (
        len(calls) == 8 * 6
    )  # eight blocks, two batches learnt and two recognised, as test images and as training images
    assert np.array_equal(whole, less)


def test_a_loss_that_is_no_number_ends_the_training_and_says_where():
    images, labels = samples(4)
    params = dataclasses.replace(PARAMS, learning_rates=(1e30,))
    with pytest.raises(Diverged, match=r"^diverged in epoch [12] of seed 3$"):
        train_cnn("resnet18", images, labels, 2, images, params, 3, lambda: None, every=0.0)
    assert not list(Path().glob(".cache/resume/*/*"))


def test_the_rate_falls_as_fdan_s_does():
    params = dataclasses.replace(PARAMS, lr_gamma=0.5, lr_decay=2.0)
    assert [cnn.learning_rate(params, k) for k in (0, 2)] == pytest.approx([0.01, 0.0025])


def test_the_learning_rate_is_chosen_on_a_part_of_the_training_speech(monkeypatch):
    """One that diverges loses; the test part and the other folds' labels play no part."""
    images, labels = samples(10)
    asked = []

    def trained(name, images, labels, classes, others, params, seed, progress):
        asked.append((params.learning_rates, params.epochs, len(images), len(others)))
        if params.learning_rates == (1.0,):
            raise Diverged("diverged in epoch 1 of seed 0")
        right = np.array([image[:32].mean() < image[32:].mean() for image in others])
        sure = right if params.learning_rates == (0.01,) else np.zeros(len(others), bool)
        return Answer(np.stack([~sure, sure], axis=1).astype(np.float64), 1)

    monkeypatch.setattr(cnn, "train_cnn", trained)
    several = dataclasses.replace(PARAMS, learning_rates=(1.0, 0.1, 0.01), search_epochs=5)
    found = cnn.choose_rate("resnet18", images, labels, 2, several, 0, lambda: None)
    assert found == dataclasses.replace(several, learning_rates=(0.01,))
    assert asked == [((rate,), 5, 8, 2) for rate in (1.0, 0.1, 0.01)]
    assert cnn.choose_rate("resnet18", images, labels, 2, PARAMS, 0, lambda: None) == PARAMS
    assert len(asked) == 3  # one value means no choice
    with pytest.raises(Diverged, match="diverged with every learning rate of"):
        cnn.choose_rate("resnet18", images, labels, 2, dataclasses.replace(several, learning_rates=(1.0, 1.0)), 0, int)


def test_another_seed_is_another_network():
    images, labels = samples(4)
    params = dataclasses.replace(PARAMS, epochs=1)
    first, other = (train_cnn("resnet18", images, labels, 2, images, params, seed, lambda: None) for seed in (0, 1))
    assert not np.array_equal(first.probabilities, other.probabilities)


@pytest.mark.slow
@pytest.mark.parametrize("killed_after", [1, 3])
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, killed_after):
    """In the middle of an epoch, and after its end; the states are written at every step here."""
    images, labels = samples(8)
    params = dataclasses.replace(PARAMS, epochs=2)
    expected = train_cnn("resnet18", images, labels, 2, images, params, 0, lambda: None).probabilities
    steps_done = []

    def kill():
        steps_done.append(1)
        if len(steps_done) == killed_after + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_cnn("resnet18", images, labels, 2, images, params, 0, kill, every=0.0)
    assert list(tmp_path.glob(".cache/resume/*/*"))
    calls = []
    resumed = train_cnn(
        "resnet18", images, labels, 2, images, params, 0, lambda: calls.append(1), every=0.0
    ).probabilities
    assert np.array_equal(resumed, expected)
    assert len(calls) == 4  # the bar ends where it should
    assert not list(tmp_path.glob(".cache/resume/*/*"))


def test_shrinking_averages():
    image = np.zeros((4, 4), np.uint8)
    image[:2, :2] = 200
    assert shrink(image, 2).tolist() == [[200, 0], [0, 0]]
    assert shrink(image, 4).tolist() == image.tolist()


def test_the_paper_s_five_networks():
    assert list(NETWORKS.values()) == ["VGG-16", "VGG-19", "ResNet-18", "ResNet-34", "ResNet-50"]


def key_of(params, network="resnet18"):
    return jobs_of(Project(), "savee", network, params)[0].key(Cache("cnn", (), (), ()))


def test_what_is_trained_is_known_by_all_that_decides_it(tmp_path):
    """Other seeds and networks of the section do not count; its epochs, the images and the split do."""
    for file in ("data/mels/savee/mels.zip", "data/splits/savee.csv"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("a")
    first = key_of(PARAMS)
    assert key_of(dataclasses.replace(PARAMS, seeds=(0, 1), networks=("vgg16",))) == first
    assert key_of(dataclasses.replace(PARAMS, epochs=3)) != first
    assert key_of(PARAMS, "resnet34") != first
    (tmp_path / "data/splits/savee.csv").write_text("b")
    assert key_of(PARAMS) != first


def test_what_is_trained_is_known_by_the_file_that_it_starts_from(tmp_path, monkeypatch):
    for file in ("data/mels/savee/mels.zip", "data/splits/savee.csv"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("a")
    keys = set()
    for content in ("one", "another"):
        monkeypatch.setattr(cnn, "identity_of", lambda network, weights, bytes_=content: f"{network} {bytes_}")
        keys.add(key_of(PARAMS))
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("seeds: [0]", "seeds: [0, 0]", r"cnn\.seeds: \[0, 0\]: expected each seed once"),
        ("rates: [0.1]", "rates: [0.1, 0.1]", r"cnn\.learning_rates: .*: expected each learning rate once"),
        ("networks: [vgg16]", "networks: [vgg16, vgg16]", r"cnn\.networks: .*: expected each network once"),
    ],
)
def test_a_row_that_is_named_twice_is_refused(tmp_path, field, text, message):
    section = "networks: [vgg16], weights: random, size: 64, epochs: 1, batch_size: 2, learning_rates: [0.1], "
    section += "search_epochs: 1, lr_gamma: 0.0003, lr_decay: 0.75, momentum: 0.9, weight_decay: 0.0, seeds: [0]"
    path = tmp_path / "params.yaml"
    path.write_text(f"cnn: {{{section}}}")
    assert load_params("cnn", CNNParams, path).seeds == (0,)
    path.write_text(f"cnn: {{{section.replace(field, text)}}}")
    with pytest.raises(ParamsError, match=message):
        load_params("cnn", CNNParams, path)

"""Modalities of different widths: a bottleneck each, and all that is made of a network works as with one."""

import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.learning import released
from fdan.learning.bank import build_bank, predict
from fdan.learning.checkpoint import decode_checkpoint, encode_checkpoint
from fdan.learning.domains import Domains
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import predictions_of
from fdan.learning.training import Domain, build_model, train
from fdan.study.plain import PlainJob

CLASSES = (Emotion.ANGER, Emotion.FEAR)
MODEL = ModelParams(width=8, layers=2, ffn_factor=2, standardise=True)
TRAIN = TrainParams(2, 8, 0.01, 3e-4, 0.75, 0.9, 1e-3)
VISUAL, ACOUSTIC = 6, 10


@pytest.fixture(scope="module")
def domains():
    g = torch.Generator().manual_seed(0)
    v, a, t = (torch.randn(n, p, generator=g) for n, p in ((30, VISUAL), (20, ACOUSTIC), (4, ACOUSTIC)))
    test = FeatureSet(tuple("wxyz"), CLASSES * 2, t)
    return Domains(Domain(v, torch.arange(30) % 2), Domain(a, torch.arange(20) % 2), test, CLASSES, synthetic=True)


@pytest.fixture(scope="module")
def trained(domains):
    runs = [Run(seed, 0.1, TRAIN) for seed in (0, 1)]
    return train(domains.visual, domains.acoustic, 2, runs, True, MODEL)


def test_equal_widths_share_the_bottleneck_and_draw_as_before():
    def drawn(*acoustic):
        torch.manual_seed(0)
        return FDAN(6, 2, MODEL, True, *acoustic).state_dict()

    alone = drawn()
    assert not [name for name in alone if name.startswith("bottleneck_a")]
    assert list(alone) == list(drawn(6))
    assert all(torch.equal(alone[name], value) for name, value in drawn(6).items())


def test_a_bottleneck_each_and_both_learn(domains, trained):
    network, _ = trained[0]
    start = build_model(domains.visual, domains.acoustic, 2, MODEL, True, 0)
    names = {name for name, _ in network.named_parameters() if name.startswith("bottleneck")}
    assert names == {f"{which}.0.{kind}" for which in ("bottleneck", "bottleneck_a") for kind in ("weight", "bias")}
    assert network.get_parameter("bottleneck.0.weight").shape == (1, 8, VISUAL)
    assert network.get_parameter("bottleneck_a.0.weight").shape == (1, 8, ACOUSTIC)
    for name in names:
        assert not torch.equal(network.get_parameter(name), start.get_parameter(name)), name


def test_side_by_side_each_ends_as_it_would_alone(domains, trained):
    for seed, (network, _) in enumerate(trained):
        ((alone, _),) = train(domains.visual, domains.acoustic, 2, [Run(seed, 0.1, TRAIN)], True, MODEL)
        assert all(torch.equal(value, network.state_dict()[name]) for name, value in alone.state_dict().items())


@torch.inference_mode()
def test_the_bank_is_the_training_forward(domains, trained):
    network, _ = trained[0]
    x_v, x_a = domains.visual.x, domains.acoustic.x
    logits, _ = predict(network, build_bank(network, x_v, x_a), x_a)
    assert torch.allclose(logits, network(x_v[None], x_a[None]).logits_a[0], atol=1e-4)


def test_a_checkpoint_keeps_both_widths(domains, trained):
    network, _ = trained[0]
    again = decode_checkpoint(encode_checkpoint(network, CLASSES, MODEL, {}), "here").model
    found, expected = predictions_of(again, domains), predictions_of(network, domains)
    assert (found.probabilities == expected.probabilities).all()


def test_without_faces_and_as_the_released_code_does_it(domains):
    plain = PlainJob(Run(0, 0.0, TRAIN), MODEL, domains)
    assert plain.predictions(plain.run()).probabilities.shape == (4, 2)
    own = {"transfer": "mmd", "alpha": 1.0, "iterations": 3, "width": 8, "heads": 2, "head_width": 2, "seeds": (0,)}
    params = released.ReleasedParams(**(vars(TRAIN) | own))
    model, _ = released.train(domains.visual, domains.acoustic, 2, params, 0, True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        before = released.ReleasedHead(VISUAL, 2, params, ACOUSTIC).state_dict()
    after = model.state_dict()
    for name in ("bottleneck.0.weight", "bottleneck_a.0.weight"):
        assert not torch.equal(after[name], before[name]), name
    [job] = released.jobs_of({"released_mmd": params}, True, domains, 1)
    assert job.outcome(job.run()).predictions.probabilities.shape == (4, 2)

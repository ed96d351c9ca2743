import dataclasses

import pytest
import torch

from fdan.learning.losses import fdan_loss
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.stacked import Stack
from fdan.learning.training import Domain, build_model, learning_rate, train, unpaired_batches

PARAMS = TrainParams(
    epochs=3, batch_size=8, learning_rate=0.01, lr_gamma=3e-4, lr_decay=0.75, momentum=0.9, weight_decay=1e-3
)


def networks(count, attention=True, layers=1, dtype=torch.float64):
    found = []
    for seed in range(count):
        torch.manual_seed(seed)
        found.append(FDAN(10, 4, ModelParams(6, layers, 2, standardise=False), attention).to(dtype))
    return found


def batch(count, n_v, n_a, dtype=torch.float64):
    g = torch.Generator().manual_seed(n_v)
    x_v, x_a = (torch.randn(count, n, 10, generator=g, dtype=dtype) for n in (n_v, n_a))
    return x_v, x_a, *(torch.randint(0, 4, (count, n), generator=g) for n in (n_v, n_a))


def flat(network):
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@pytest.mark.parametrize("attention", [True, False])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("sample", [True, False])
def test_a_step_is_the_one_that_autograd_and_torchs_sgd_take(attention, layers, sample):
    alphas, rates, decays = [0.5, 3.0], [0.1, 0.02], [1e-2, 0.0]
    ours, theirs = networks(2, attention, layers), networks(2, attention, layers)
    stack = Stack(ours)
    optimisers = [
        torch.optim.SGD(n.parameters(), lr, momentum=0.9, weight_decay=decay)
        for n, lr, decay in zip(theirs, rates, decays, strict=True)
    ]
    for n_v, n_a in ((8, 8), (8, 5), (1, 8)):
        x_v, x_a, y_v, y_a = batch(2, n_v, n_a)
        terms, _ = stack.step(x_v, x_a, y_v, y_a, alphas, rates, decays, 0.9, sample)
        for i, network in enumerate(theirs):
            loss = fdan_loss(*network(x_v[i], x_a[i]), y_v[i], y_a[i], alphas[i])
            optimisers[i].zero_grad()
            loss.total.backward()
            optimisers[i].step()
            for ours_, theirs_ in zip(terms, (loss.ce_acoustic, loss.ce_visual, loss.lmmd), strict=True):
                assert ours_[i].item() == pytest.approx(theirs_.item(), rel=1e-9, abs=1e-12)
    for mine, other in zip(ours, theirs, strict=True):
        for (name, p), q in zip(mine.named_parameters(), other.parameters(), strict=True):
            assert torch.allclose(p, q, rtol=1e-8, atol=1e-11), name


def test_the_norms_are_those_of_autograds_two_gradients():
    (network,) = networks(1)
    x_v, x_a, y_v, y_a = batch(1, 8, 7)
    loss = fdan_loss(*network(x_v[0], x_a[0]), y_v[0], y_a[0], 0.5)
    ce, lmmd = (
        torch.cat(
            [
                g.flatten()
                for g in torch.autograd.grad(term, list(network.parameters()), allow_unused=True, retain_graph=True)
                if g is not None
            ]
        )
        for term in (loss.ce_acoustic + loss.ce_visual, loss.lmmd)
    )
    _, norms = Stack([network]).step(x_v, x_a, y_v, y_a, [0.5], [0.1], [0.0], 0.9, sample=True)
    assert norms.ce.item() == pytest.approx(ce.norm().item())
    assert norms.lmmd.item() == pytest.approx(lmmd.norm().item())


def test_networks_side_by_side_end_as_each_would_alone():
    """To the bit where this was measured; a matrix library may choose another kernel for a batch, so: to rounding."""
    g = torch.Generator().manual_seed(0)
    visual, acoustic = (Domain(torch.randn(n, 10, generator=g), torch.arange(n) % 4) for n in (40, 21))
    slower = dataclasses.replace(PARAMS, learning_rate=0.003, weight_decay=1e-4)
    runs = [Run(0, 1e-3, PARAMS), Run(1, 1.0, PARAMS), Run(0, 0.0, slower)]
    model = ModelParams(64, 1, 4, standardise=True)
    together = train(visual, acoustic, 4, runs, True, model)
    for run, (network, history) in zip(runs, together, strict=True):
        [(alone, alone_history)] = train(visual, acoustic, 4, [run], True, model)
        assert torch.allclose(flat(network), flat(alone), rtol=1e-4, atol=1e-6)
        assert [e.lmmd for e in history] == pytest.approx([e.lmmd for e in alone_history], rel=1e-4)


def test_training_is_the_plain_loop_of_torch():
    """The same network by autograd and torch.optim.SGD, on the same batches, in double precision."""
    g = torch.Generator().manual_seed(0)
    visual, acoustic = (Domain(torch.randn(n, 10, generator=g).double(), torch.arange(n) % 4) for n in (40, 21))
    model = ModelParams(6, 1, 2, standardise=False)
    torch.set_default_dtype(torch.float64)
    try:
        network = build_model(visual, acoustic, 4, model, attention=True, seed=5)
        [(ours, _)] = train(visual, acoustic, 4, [Run(5, 0.7, PARAMS)], True, model)
    finally:
        torch.set_default_dtype(torch.float32)
    optimiser = torch.optim.SGD(network.parameters(), momentum=0.9, weight_decay=1e-3)
    generator, iteration = torch.Generator().manual_seed(5), 0
    for _ in range(PARAMS.epochs):
        for b_v, b_a in unpaired_batches(40, 21, 8, generator):
            optimiser.param_groups[0]["lr"] = learning_rate(PARAMS, iteration)
            optimiser.zero_grad()
            fdan_loss(*network(visual.x[b_v], acoustic.x[b_a]), visual.y[b_v], acoustic.y[b_a], 0.7).total.backward()
            optimiser.step()
            iteration += 1
    assert torch.allclose(flat(ours), flat(network), rtol=1e-8, atol=1e-10)

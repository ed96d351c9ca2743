import math

import pytest
import torch

from fdan.learning.losses import fdan_loss
from fdan.learning.model import FDAN, CrossModalLayer, Standardise, cross_attention
from fdan.learning.params import ModelParams

PARAMS = ModelParams(width=8, layers=2, ffn_factor=4, standardise=True)


def slow_attention(query, key, value):
    """Eq. 3, one sample at a time."""
    rows = []
    for q in query.tolist():
        scores = [sum(a * b for a, b in zip(q, k, strict=True)) / math.sqrt(len(q)) for k in key.tolist()]
        weights = [math.exp(s) for s in scores]
        total = sum(weights)
        columns = zip(*value.tolist(), strict=True)
        rows.append([sum(w / total * v for w, v in zip(weights, column, strict=True)) for column in columns])
    return torch.tensor(rows, dtype=query.dtype)


@pytest.mark.parametrize(("n", "m", "d"), [(1, 1, 1), (3, 5, 4), (7, 2, 6)])
def test_attention_is_eq_3(n, m, d):
    g = torch.Generator().manual_seed(n)
    q, k, v = (torch.randn(2, size, d, generator=g, dtype=torch.float64) for size in (n, m, m))
    attended = cross_attention(q, (k, v))
    for i in range(2):
        assert torch.allclose(attended[i], slow_attention(q[i], k[i], v[i]), atol=1e-12)


def test_attention_by_hand():
    # d = 1, query ln 2, keys 1 and 0: weights 2/3 and 1/3, values 3 and 6 give 4.
    q, k, v = torch.tensor([[[math.log(2)]]]), torch.tensor([[[1.0], [0.0]]]), torch.tensor([[[3.0], [6.0]]])
    assert cross_attention(q, (k, v)).item() == pytest.approx(4.0)


def test_a_layer_is_eqs_2_to_4():
    torch.manual_seed(0)
    layer = CrossModalLayer(6, 4, attention=True).double()
    z_v, z_a = torch.randn(1, 5, 6, dtype=torch.float64), torch.randn(1, 4, 6, dtype=torch.float64)

    def norm(module, x):
        centred = x - x.mean(-1, keepdim=True)
        return centred / (centred.pow(2).mean(-1, keepdim=True) + 1e-5).sqrt() * module.weight + module.bias

    def update(own, other, z, context):
        query, _, _ = own.projections.weight[0].chunk(3)
        _, key, value = other.projections.weight[0].chunk(3)
        step = slow_attention(z[0] @ query.T, context[0] @ key.T, context[0] @ value.T)
        z = norm(own.attention_norm, z + step)
        return norm(own.ffn_norm, z + own.ffn(z))

    new_v, new_a = layer(z_v, z_a)
    # Both from Z^{i-1}: the acoustic update must not see the new visual features.
    assert torch.allclose(new_v, update(layer.visual, layer.acoustic, z_v, z_a), atol=1e-10)
    assert torch.allclose(new_a, update(layer.acoustic, layer.visual, z_a, z_v), atol=1e-10)


def test_samples_are_unpaired():
    """The order of one domain's batch changes nothing for the other."""
    torch.manual_seed(0)
    model = FDAN(10, 3, PARAMS, attention=True).double()
    x_v, x_a = torch.randn(1, 6, 10, dtype=torch.float64), torch.randn(1, 4, 10, dtype=torch.float64)
    flipped = model(x_v.flip(1), x_a)
    assert torch.allclose(flipped.logits_a, model(x_v, x_a).logits_a, atol=1e-12)


@pytest.mark.parametrize("layers", [1, 3])
def test_every_parameter_gets_a_gradient_and_moves(layers):
    torch.manual_seed(0)
    model = FDAN(10, 3, ModelParams(8, layers, 4, True), attention=True)
    y_v, y_a = torch.arange(9)[None] % 3, torch.arange(7)[None] % 3
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    out = model(torch.randn(1, 9, 10), torch.randn(1, 7, 10))
    fdan_loss(*out, y_v, y_a, 1.0).total.sum().backward()
    optimiser.step()
    assert len(before) == 4 + layers * 2 * 9  # bottleneck and classifier; projections, two LN, two linear each
    for name, parameter in model.named_parameters():
        parts = 3 if "projections" in name else 1  # W^Q, W^K and W^V each
        for old, new, gradient in zip(
            *(t.chunk(parts, dim=1) for t in (before[name], parameter, parameter.grad)), strict=True
        ):
            assert gradient.abs().sum() > 0, name
            assert not torch.equal(old, new), name


def test_fdan1_has_no_attention():
    model = FDAN(10, 3, PARAMS, attention=False)
    assert not [name for name, _ in model.named_parameters() if "projections" in name or "attention" in name]
    x_v, x_a = torch.randn(1, 6, 10), torch.randn(1, 4, 10)
    # Without attention the other modality is nowhere in a sample's way.
    assert torch.equal(model(x_v, x_a).logits_a, model(x_v + 1, x_a).logits_a)
    assert not torch.equal(FDAN(10, 3, PARAMS, True)(x_v, x_a).logits_a, model(x_v, x_a).logits_a)


def test_fdan1_layer_is_one_norm():
    torch.manual_seed(0)
    layer = CrossModalLayer(6, 4, attention=False)
    z = torch.randn(1, 5, 6)
    half = layer.visual
    assert torch.allclose(layer(z, z)[0], half.ffn_norm(z + half.ffn(z)))


def test_standardise_takes_training_statistics_and_leaves_constants_alone():
    x = torch.tensor([[1.0, 5.0, 0.1], [3.0, 5.0, 0.1]])
    standardise = Standardise(3)
    standardise.fit(x)
    assert torch.allclose(standardise(x), torch.tensor([[-1.0, 0, 0], [1.0, 0, 0]]))
    assert standardise(torch.tensor([[2.0, 7.0, 0.1]]))[0, 1] == 2  # divided by 1


def test_the_bottleneck_is_shared_and_the_rest_is_not():
    model = FDAN(10, 3, PARAMS, attention=True)
    x = torch.randn(1, 4, 10)
    assert torch.equal(model.embed_visual(x), model.embed_acoustic(x))
    layer = model.cross_modal_layers[0]
    assert not torch.equal(layer.visual.ffn[0].weight, layer.acoustic.ffn[0].weight)

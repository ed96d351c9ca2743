import dataclasses
import math

import pytest
import torch

from fdan.learning.losses import lmmd
from fdan.learning.params import TrainingError
from fdan.learning.released import FirstSampleAttention, ReleasedFDAN, ReleasedParams, endless_batches, ramp, train
from fdan.learning.training import Domain

PARAMS = ReleasedParams(
    alpha=10.0, iterations=4, width=16, heads=2, head_width=4, epochs=6, batch_size=8, learning_rate=0.02,
    lr_gamma=3e-4, lr_decay=0.75, momentum=0.9, weight_decay=5e-4, seeds=(0,),
)  # fmt: skip


def domains(n_v=30, n_a=21, classes=3):
    g = torch.Generator().manual_seed(1)
    centres = torch.randn(classes, 12, generator=g) * 2
    y_v, y_a = torch.arange(n_v) % classes, torch.arange(n_a) % classes
    return (
        Domain(centres[y_v] + torch.randn(n_v, 12, generator=g), y_v),
        Domain(centres[y_a] + torch.randn(n_a, 12, generator=g), y_a),
    )


def test_the_ramp_grows_from_nearly_0_to_0_46():
    values = [ramp(epoch, 100) for epoch in range(1, 101)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0.005, abs=1e-4)
    assert values[-1] == pytest.approx(0.4621, abs=1e-4)


def test_attention_reaches_the_first_sample_only():
    attention = FirstSampleAttention(16, 2, 4)
    z, other = torch.randn(5, 16), torch.randn(7, 16)
    updated = attention(z, other)
    assert torch.equal(updated[1:], z[1:])
    assert not torch.allclose(updated[0], z[0])


def test_attention_is_pre_norm_with_two_heads_over_the_other_batch():
    attention = FirstSampleAttention(6, 2, 2)
    z, other = torch.randn(3, 6), torch.randn(4, 6)
    q, (k, v) = attention.query(attention.norm(z[0])), attention.key_value(attention.norm(other)).chunk(2, dim=1)
    heads = []
    for h in (slice(0, 2), slice(2, 4)):
        scores = [math.exp(float(q[h] @ row[h]) / math.sqrt(2)) for row in k]
        heads.append(sum(s / sum(scores) * row[h] for s, row in zip(scores, v, strict=True)))
    expected = z[0] + attention.output(torch.cat(heads))
    assert torch.allclose(attention(z, other)[0], expected, atol=1e-6)


def test_attention_never_learns_and_the_rest_does():
    visual, acoustic = domains()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        before = ReleasedFDAN(12, 3, PARAMS).state_dict()
    model, _ = train(visual, acoustic, 3, PARAMS, 0, False)
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"bottleneck.0.weight", "bottleneck.0.bias", "classifier.weight", "classifier.bias"}


def test_prediction_skips_the_attention_and_takes_every_sample_by_itself():
    model = ReleasedFDAN(12, 3, PARAMS)
    x = torch.randn(5, 12)
    logits = model.predict(x)
    assert torch.allclose(logits, model.classifier(model.bottleneck(x)))
    assert torch.allclose(logits[:1], model.predict(x[:1]), atol=1e-6)


def test_it_learns_repeats_and_depends_on_its_seed():
    visual, acoustic = domains()
    params = dataclasses.replace(PARAMS, epochs=30, alpha=1.0)
    model, history = train(visual, acoustic, 3, params, 0, False, observe=lambda m: 50.0)
    assert (model.predict(acoustic.x).argmax(dim=1) == acoustic.y).float().mean() > 0.9
    assert history[-1].ce_acoustic < history[0].ce_acoustic / 2
    assert {epoch.test_war for epoch in history} == {50.0}
    again, repeated = train(visual, acoustic, 3, params, 0, False, observe=lambda m: 50.0)
    assert repeated == history
    assert torch.equal(model.predict(acoustic.x), again.predict(acoustic.x))
    assert train(visual, acoustic, 3, params, 1, False)[1] != history


def test_a_large_alpha_pulls_the_domains_together():
    visual, acoustic = domains()
    far, near = (train(visual, acoustic, 3, dataclasses.replace(PARAMS, alpha=a), 0, False)[0] for a in (0.0, 10.0))
    gaps = []
    for model in (far, near):
        z_v, z_a = model.bottleneck(visual.x), model.bottleneck(acoustic.x)
        gaps.append(lmmd(z_v, z_a, visual.y, acoustic.y, 3).item())
    assert gaps[1] < gaps[0]


def test_gradients_are_sampled_at_one_iteration_in_50_the_ramp_beside_them():
    visual, acoustic = domains()
    params = dataclasses.replace(PARAMS, epochs=13)  # 52 iterations of 4 an epoch: 0 and 50
    history = train(visual, acoustic, 3, params, 0, False)[1]
    measured = [i for i, epoch in enumerate(history, start=1) if epoch.gradient_ce is not None]
    assert measured == [1, 13]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ReleasedFDAN(12, 3, params)
    g = torch.Generator().manual_seed(0)
    b_v, b_a = next(endless_batches(30, 8, g)), next(endless_batches(21, 8, g))
    z_v, z_a = model(visual.x[b_v], acoustic.x[b_a])
    gradient = torch.autograd.grad(
        lmmd(z_v, z_a, visual.y[b_v], acoustic.y[b_a], 3), list(model.bottleneck.parameters())
    )
    norm = math.sqrt(sum(float((part * part).sum()) for part in gradient))
    assert history[0].gradient_lmmd == pytest.approx(norm, rel=1e-5)
    assert [epoch.lmmd_weight for epoch in history] == pytest.approx([params.alpha * ramp(i, 13) for i in range(1, 14)])


def test_every_sample_comes_once_a_round():
    batches = endless_batches(21, 8, torch.Generator().manual_seed(0))
    rounds = [torch.cat([next(batches) for _ in range(3)]) for _ in range(2)]
    assert all(sorted(one.tolist()) == list(range(21)) for one in rounds)
    assert not torch.equal(*rounds)


def test_an_empty_domain_is_named_and_a_history_ends_where_the_loss_diverges():
    visual, acoustic = domains()
    with pytest.raises(TrainingError, match="no acoustic training samples"):
        train(visual, Domain(acoustic.x[:0], acoustic.y[:0]), 3, PARAMS, 0, False)
    assert len(train(visual, acoustic, 3, dataclasses.replace(PARAMS, learning_rate=1e30), 0, False)[1]) < PARAMS.epochs

import dataclasses
import math

import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.learning.domains import Domains
from fdan.learning.losses import lmmd, mmd
from fdan.learning.params import TrainingError
from fdan.learning.released import (
    FirstSampleAttention,
    ReleasedHead,
    ReleasedParams,
    endless_batches,
    jobs_of,
    ramp,
    train,
)
from fdan.learning.training import Domain
from fdan.runtime.cache import Cache

PARAMS = ReleasedParams(
    transfer="lmmd", alpha=10.0, iterations=4, width=16, heads=2, head_width=4, epochs=6, batch_size=8,
    learning_rate=0.02, lr_gamma=3e-4, lr_decay=0.75, momentum=0.9, weight_decay=5e-4, seeds=(0,),
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


def test_attention_replaces_the_first_sample_only():
    attention = FirstSampleAttention(16, 2, 4)
    z, other = torch.randn(5, 16), torch.randn(7, 16)
    updated = attention(z, other)
    assert torch.equal(updated[1:], z[1:])
    assert not torch.allclose(updated[0], z[0])


def test_the_first_sample_becomes_g_of_q_and_its_attention_over_itself_and_the_others():
    """Head by head and row by row: keys and values are those of q = f(z_0) and of the other half without its first."""
    attention = FirstSampleAttention(6, 2, 2)
    z, other = torch.randn(3, 6), torch.randn(4, 6)
    q = attention.f(z[0])
    rows = [attention.norm(row) for row in (q, other[1], other[2], other[3])]
    heads = []
    for h in (slice(0, 2), slice(2, 4)):
        query = attention.query(rows[0])[h]
        scores = [math.exp(float(query @ attention.key(row)[h]) / math.sqrt(2)) for row in rows]
        heads.append(sum(s / sum(scores) * attention.value(row)[h] for s, row in zip(scores, rows, strict=True)))
    expected = attention.g(q + attention.output(torch.cat(heads)))
    assert torch.allclose(attention(z, other)[0], expected, atol=1e-6)
    moved = torch.cat([torch.randn(1, 6), other[1:]])  # the other half's first sample is left out
    assert torch.equal(attention(z, moved), attention(z, other))
    assert [layer.bias is not None for layer in (attention.output, attention.f, attention.query)] == [True, True, False]


def test_attention_never_learns_and_the_rest_does():
    visual, acoustic = domains()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        before = ReleasedHead(12, 3, PARAMS).state_dict()
    model, _ = train(visual, acoustic, 3, PARAMS, 0, False)
    moved = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert moved == {"bottleneck.0.weight", "bottleneck.0.bias", "classifier.weight", "classifier.bias"}


def test_prediction_skips_the_attention_and_takes_every_sample_by_itself():
    model = ReleasedHead(12, 3, PARAMS)
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


@pytest.mark.parametrize("transfer", ["mmd", "lmmd"])
def test_a_large_alpha_pulls_the_domains_together(transfer):
    visual, acoustic = domains()
    gaps = []
    for alpha in (0.0, 10.0):
        params = dataclasses.replace(PARAMS, transfer=transfer, alpha=alpha, epochs=20)
        model = train(visual, acoustic, 3, params, 0, False)[0]
        z_v, z_a = model.bottleneck(visual.x), model.bottleneck(acoustic.x)
        gaps.append(mmd(z_v, z_a) if transfer == "mmd" else lmmd(z_v, z_a, visual.y, acoustic.y, 3))
    assert gaps[1] < 0.7 * gaps[0]


def test_mmd_has_no_ramp_and_sees_no_label():
    visual, acoustic = domains()
    params = dataclasses.replace(PARAMS, transfer="mmd", epochs=3)
    assert [epoch.lmmd_weight for epoch in train(visual, acoustic, 3, params, 0, False)[1]] == [10.0] * 3
    with torch.random.fork_rng():
        torch.manual_seed(0)
        first = ReleasedHead(12, 3, params)
    g = torch.Generator().manual_seed(0)
    b_v, b_a = endless_batches(30, 8, g), endless_batches(21, 8, g)
    b_v, b_a = next(b_v), next(b_a)
    one = dataclasses.replace(params, epochs=1, iterations=1)
    (epoch,) = train(visual, acoustic, 3, one, 0, False)[1]
    assert epoch.lmmd == pytest.approx(mmd(*first(visual.x[b_v], acoustic.x[b_a])).item(), rel=1e-5)


def test_a_row_has_a_job_for_each_seed_and_none_of_its_seeds_decides_another():
    rows = {"released_mmd": dataclasses.replace(PARAMS, transfer="mmd", seeds=(0, 1)), "released_lmmd": PARAMS}
    g = torch.Generator().manual_seed(0)
    test = FeatureSet(("a", "b"), (Emotion.ANGER, Emotion.FEAR), torch.randn(2, 12, generator=g))
    there = Domains(*domains(classes=2), test, (Emotion.ANGER, Emotion.FEAR), True)
    jobs = jobs_of(rows, False, there, 1)
    assert [job.name for job in jobs] == ["released_mmd seed 0", "released_mmd seed 1", "released_lmmd seed 0"]
    cache = Cache("released", (), (), ())
    assert len({job.key(cache) for job in jobs}) == 3
    assert jobs_of({"other": dataclasses.replace(rows["released_mmd"], seeds=(0,))}, False, there, 1)[0].key(
        cache
    ) == jobs[0].key(cache)
    outcome = jobs[0].outcome(jobs[0].run())
    assert (outcome.variant, outcome.seed, len(outcome.history)) == ("released_mmd", 0, PARAMS.epochs)
    war = 100 * float((outcome.predictions.predicted == outcome.predictions.truth).mean())
    assert outcome.history[-1].test_war == pytest.approx(war)


def test_gradients_are_sampled_at_one_iteration_in_50_the_ramp_beside_them():
    visual, acoustic = domains()
    params = dataclasses.replace(PARAMS, epochs=13)  # 52 iterations of 4 an epoch: 0 and 50
    history = train(visual, acoustic, 3, params, 0, False)[1]
    measured = [i for i, epoch in enumerate(history, start=1) if epoch.gradient_ce is not None]
    assert measured == [1, 13]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = ReleasedHead(12, 3, params)
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

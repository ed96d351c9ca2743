import dataclasses
import pickle

import pytest
import torch

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.data.histories import SAMPLED
from fdan.learning.checkpoint import read_checkpoint, write_checkpoint
from fdan.learning.losses import fdan_loss
from fdan.learning.params import ModelParams, Run, TrainingError, TrainParams, Variant
from fdan.learning.training import Domain, build_model, learning_rate, train, unpaired_batches

MODEL = ModelParams(width=16, layers=1, ffn_factor=2, standardise=True)
PARAMS = TrainParams(
    epochs=2, batch_size=8, learning_rate=0.01, lr_gamma=3e-4, lr_decay=0.75, momentum=0.9, weight_decay=1e-3
)
FULL = Variant(attention=True, lmmd=True)


def domains(n_v=40, n_a=21, classes=3, noise=1.0):
    g = torch.Generator().manual_seed(1)
    centres = torch.randn(classes, 12, generator=g) * 2
    y_v, y_a = torch.arange(n_v) % classes, torch.arange(n_a) % classes
    x_v = centres[y_v] + noise * torch.randn(n_v, 12, generator=g)
    x_a = centres[y_a] + noise * torch.randn(n_a, 12, generator=g)
    return Domain(x_v, y_v), Domain(x_a, y_a)


def run(variant=FULL, alpha=1e-3, params=PARAMS, seed=0, given=None):
    visual, acoustic = given or domains()
    one = Run(seed, alpha if variant.lmmd else 0.0, params)
    return train(visual, acoustic, 3, [one], variant.attention, MODEL)[0]


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_a_batch_is_drawn_from_each_domain_by_itself():
    batches = list(unpaired_batches(40, 21, 8, torch.Generator().manual_seed(0)))
    # 40 visual samples are 5 batches, 21 acoustic ones 3: the epoch has 3, and the last is partial.
    assert [(len(v), len(a)) for v, a in batches] == [(8, 8), (8, 8), (8, 5)]
    assert sorted(torch.cat([a for _, a in batches]).tolist()) == list(range(21))
    assert len(set(torch.cat([v for v, _ in batches]).tolist())) == 24


def test_both_domains_are_reshuffled_every_epoch():
    generator = torch.Generator().manual_seed(0)
    first, second = (list(unpaired_batches(40, 21, 8, generator)) for _ in range(2))
    for place in (0, 1):
        assert not torch.equal(first[0][place], second[0][place])


def test_learning_rate_by_hand():
    params = dataclasses.replace(PARAMS, learning_rate=1e-3)
    assert learning_rate(params, 0) == 1e-3
    assert learning_rate(params, 10_000) == pytest.approx(1e-3 * 4**-0.75)


def test_one_batch_can_be_overfitted():
    visual, acoustic = domains(8, 8, noise=10.0)
    params = dataclasses.replace(PARAMS, epochs=300)
    model, history = run(params=params, given=(visual, acoustic))
    assert history[-1].ce_acoustic < 0.05 < history[0].ce_acoustic
    assert torch.equal(model(visual.x[None], acoustic.x[None]).logits_a[0].argmax(1), acoustic.y)


def test_a_seed_decides_everything_and_matters():
    assert torch.equal(weights(run()[0]), weights(run()[0]))
    assert not torch.equal(weights(run(seed=0)[0]), weights(run(seed=1)[0]))


def test_training_leaves_the_global_generator_alone():
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    run()
    assert torch.equal(torch.rand(1), expected)


def test_alpha_reaches_the_loss_and_a_variant_without_lmmd_ignores_it():
    assert not torch.equal(weights(run(alpha=1.0)[0]), weights(run(alpha=1e-5)[0]))
    without = Variant(attention=True, lmmd=False)
    assert torch.equal(weights(run(without, alpha=1.0)[0]), weights(run(without, alpha=0.0)[0]))
    assert torch.equal(weights(run(without)[0]), weights(run(FULL, alpha=0.0)[0]))


def test_a_large_alpha_pulls_the_domains_together():
    params = dataclasses.replace(PARAMS, epochs=60, learning_rate=1e-3)
    apart, together = (run(alpha=a, params=params)[1][-1].lmmd for a in (0.0, 1.0))
    assert together < 0.5 * apart


def test_weight_decay_acts_on_all_parameters():
    """After one step from the same weights the decayed ones are shorter by exactly lr wd p."""
    params = dataclasses.replace(PARAMS, epochs=1, batch_size=40, momentum=0.0, weight_decay=0.0)
    start = build_model(*domains(), 3, MODEL, attention=True, seed=0)
    plain, decayed = (run(params=dataclasses.replace(params, weight_decay=wd))[0] for wd in (0.0, 0.5))
    for (name, p0), p, q in zip(start.named_parameters(), plain.parameters(), decayed.parameters(), strict=True):
        assert torch.allclose(p - q, params.learning_rate * 0.5 * p0, atol=1e-7), name


def test_the_history_has_every_epoch():
    _, history = run()
    assert len(history) == 2
    assert history[-1].learning_rate == learning_rate(PARAMS, 5)  # 2 epochs of 3 iterations: k = 0..5


def test_the_two_parts_of_the_gradient_are_measured_now_and_then():
    params = dataclasses.replace(PARAMS, epochs=40)  # of 3 iterations: 0, 50 and 100 fall into epochs 1, 17 and 34
    _, history = run(params=params)
    measured = [i for i, epoch in enumerate(history) if epoch.gradient_lmmd is not None]
    assert measured == [0, SAMPLED // 3, 2 * SAMPLED // 3]
    assert all(history[i].gradient_ce > 0 and history[i].gradient_lmmd > 0 for i in measured)


def test_an_observer_sees_every_epoch_and_changes_nothing():
    visual, acoustic = domains()
    seen = []

    def observe(network):
        seen.append(weights(network).clone())
        return float(len(seen))

    [(model, history)] = train(visual, acoustic, 3, [Run(0, 1e-3, PARAMS)], True, MODEL, observe)
    assert [epoch.test_war for epoch in history] == [1.0, 2.0]
    assert not torch.equal(seen[0], seen[1])
    assert torch.equal(seen[1], weights(model))
    assert torch.equal(weights(model), weights(run()[0]))


def test_an_observer_may_look_at_every_nth_epoch_and_always_at_the_last():
    params = dataclasses.replace(PARAMS, epochs=5)
    [(_, history)] = train(*domains(), 3, [Run(0, 1e-3, params)], True, MODEL, lambda network: 50.0, every=2)
    assert [epoch.test_war for epoch in history] == [None, 50.0, None, 50.0, 50.0]


def test_the_history_says_how_much_lmmd_weighs():
    assert {epoch.lmmd_weight for epoch in run(alpha=0.25)[1]} == {0.25}


@pytest.mark.parametrize("attention", [True, False])
def test_a_network_s_bits_do_not_depend_on_which_are_trained_beside_it(attention):
    """At the pipeline's own widths, where a library might choose another way for several than for one."""
    g = torch.Generator().manual_seed(0)
    visual, acoustic = (Domain(torch.randn(n, 512, generator=g), torch.arange(n) % 7) for n in (70, 45))
    params = TrainParams(3, 32, 0.01, 3e-4, 0.75, 0.9, 1e-3)
    slower = dataclasses.replace(params, learning_rate=0.003, weight_decay=1e-4)
    runs = [Run(0, 1e-3, params), Run(1, 1.0, params), Run(0, 0.0, slower)]
    model = ModelParams(256, 1, 4, standardise=True)
    together = train(visual, acoustic, 7, runs, attention, model)
    for run_, (network, history) in zip(runs, together, strict=True):
        [(alone, alone_history)] = train(visual, acoustic, 7, [run_], attention, model)
        assert torch.equal(weights(network), weights(alone))
        assert history == alone_history


def test_training_is_the_plain_loop_of_torch():
    """The same network by autograd and torch.optim.SGD, on the same batches, in double precision."""
    g = torch.Generator().manual_seed(0)
    visual, acoustic = (Domain(torch.randn(n, 10, generator=g).double(), torch.arange(n) % 4) for n in (40, 21))
    model, params = ModelParams(6, 1, 2, standardise=False), dataclasses.replace(PARAMS, epochs=3)
    torch.set_default_dtype(torch.float64)
    try:
        network = build_model(visual, acoustic, 4, model, attention=True, seed=5)
        [(ours, _)] = train(visual, acoustic, 4, [Run(5, 0.7, params)], True, model)
    finally:
        torch.set_default_dtype(torch.float32)
    optimiser = torch.optim.SGD(network.parameters(), momentum=0.9, weight_decay=1e-3)
    generator, iteration = torch.Generator().manual_seed(5), 0
    for _ in range(params.epochs):
        for b_v, b_a in unpaired_batches(40, 21, 8, generator):
            optimiser.param_groups[0]["lr"] = learning_rate(params, iteration)
            optimiser.zero_grad()
            output = network(visual.x[None, b_v], acoustic.x[None, b_a])
            fdan_loss(*output, visual.y[None, b_v], acoustic.y[None, b_a], 0.7).total.sum().backward()
            optimiser.step()
            iteration += 1
    assert torch.allclose(weights(ours), weights(network), rtol=1e-8, atol=1e-10)


def test_the_norms_are_those_of_the_two_gradients():
    params = dataclasses.replace(PARAMS, epochs=1, batch_size=40)
    start = build_model(*domains(), 3, MODEL, attention=True, seed=0)
    visual, acoustic = domains()
    [b_v], [b_a] = zip(*unpaired_batches(40, 21, 40, torch.Generator().manual_seed(0)), strict=True)
    output = start(visual.x[None, b_v], acoustic.x[None, b_a])
    loss = fdan_loss(*output, visual.y[None, b_v], acoustic.y[None, b_a], 0.5)
    for term, measured in ((loss.ce_acoustic + loss.ce_visual, "gradient_ce"), (loss.lmmd, "gradient_lmmd")):
        parts = torch.autograd.grad(term.sum(), list(start.parameters()), allow_unused=True, retain_graph=True)
        norm = torch.cat([part.flatten() for part in parts if part is not None]).norm().item()
        assert getattr(run(alpha=0.5, params=params)[1][0], measured) == pytest.approx(norm, rel=1e-5)


def test_runs_of_other_lengths_cannot_be_trained_side_by_side():
    visual, acoustic = domains()
    runs = [Run(0, 0.0, PARAMS), Run(0, 0.0, dataclasses.replace(PARAMS, epochs=3))]
    with pytest.raises(TrainingError, match="expected one number of epochs"):
        train(visual, acoustic, 3, runs, True, MODEL)


def test_an_empty_domain_is_one_line():
    visual, acoustic = domains()
    with pytest.raises(TrainingError, match="no visual training samples"):
        run(given=(Domain(visual.x[:0], visual.y[:0]), acoustic))


def test_a_checkpoint_describes_itself(tmp_path):
    model, _ = run()
    classes = (Emotion.ANGER, Emotion.FEAR, Emotion.SADNESS)
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    for path in (first, second):
        write_checkpoint(model, classes, MODEL, {"seed": 0, "alpha": 1e-3}, path)
    assert first.read_bytes() == second.read_bytes()
    read = read_checkpoint(first)
    assert (read.classes, read.about) == (classes, {"seed": 0, "alpha": 1e-3})
    visual, acoustic = domains()
    assert torch.equal(*(m(visual.x[None], acoustic.x[None]).logits_a for m in (read.model, model)))
    assert torch.equal(read.model.standardise_v.sd, model.standardise_v.sd)


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(TrainingError, match="no such file"):
        read_checkpoint(path)
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(TrainingError, match="not a checkpoint"):
        read_checkpoint(path)
    model, _ = run()
    write_checkpoint(model, (Emotion.ANGER,) * 3, dataclasses.replace(MODEL, width=99), {}, path)
    with pytest.raises(TrainingError, match="not a checkpoint"):
        read_checkpoint(path)


def test_a_domain_indexes_the_target_s_classes():
    features = FeatureSet(("u1", "u2"), (Emotion.SADNESS, Emotion.ANGER), torch.zeros(2, 3))
    assert Domain.of(features, (Emotion.ANGER, Emotion.SADNESS)).y.tolist() == [1, 0]

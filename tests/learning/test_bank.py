import pytest
import torch

from fdan.learning.bank import BLOCK, build_bank, last_layer, predict
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams


def setting(layers=2, attention=True, n_v=150, n_a=70):
    torch.manual_seed(0)
    model = FDAN(20, 4, ModelParams(16, layers, 4, True), attention).eval()
    g = torch.Generator().manual_seed(1)
    x_v, x_a, x_test = (torch.randn(n, 20, generator=g) for n in (n_v, n_a, 2 * BLOCK + 5))
    model.standardise_v.fit(x_v)
    model.standardise_a.fit(x_a)
    return model, x_v, x_a, x_test


@pytest.mark.parametrize("layers", [1, 3])
def test_a_prediction_is_the_same_alone_in_a_batch_and_in_another_order(layers):
    model, x_v, x_a, x_test = setting(layers)
    bank = build_bank(model, x_v, x_a)
    logits, z = predict(model, bank, x_test)
    alone = [predict(model, bank, x_test[i : i + 1]) for i in range(len(x_test))]
    assert torch.equal(torch.cat([one for one, _ in alone]), logits)
    assert torch.equal(torch.cat([one for _, one in alone]), z)
    order = torch.randperm(len(x_test), generator=torch.Generator().manual_seed(2))
    assert torch.equal(predict(model, bank, x_test[order])[0], logits[order])


def test_exchanging_the_bank_changes_the_prediction():
    model, x_v, x_a, x_test = setting()
    logits, _ = predict(model, build_bank(model, x_v, x_a), x_test)
    other, _ = predict(model, build_bank(model, x_v + 1, x_a), x_test)
    assert not torch.allclose(logits, other)
    # In the second layer the context has itself attended over the training speech.
    other, _ = predict(model, build_bank(model, x_v, x_a + 1), x_test)
    assert not torch.allclose(logits, other)


def test_the_first_layer_s_context_is_the_faces_alone():
    model, x_v, x_a, x_test = setting(layers=1)
    logits, _ = predict(model, build_bank(model, x_v, x_a), x_test)
    assert torch.equal(predict(model, build_bank(model, x_v, x_a + 1), x_test)[0], logits)


def test_fdan1_needs_no_bank():
    model, x_v, x_a, x_test = setting(attention=False)
    logits, _ = predict(model, build_bank(model, x_v, x_a), x_test)
    assert torch.equal(predict(model, build_bank(model, x_v + 1, x_a), x_test)[0], logits)


@torch.inference_mode()
def test_the_bank_is_the_network_on_all_training_samples_at_once():
    model, x_v, x_a, _ = setting(layers=3)
    bank, output = build_bank(model, x_v, x_a), model(x_v[None], x_a[None])
    assert len(bank.visual) == len(bank.acoustic) == 3  # Z^0, Z^1, Z^2
    layers = [*zip(bank.visual[1:], bank.acoustic[1:], strict=True), last_layer(model, bank)]
    for (bank_v, bank_a), (z_v, z_a) in zip(layers, output.layers, strict=True):
        assert torch.allclose(bank_v, z_v[0], atol=1e-5)
        assert torch.allclose(bank_a, z_a[0], atol=1e-5)


@torch.inference_mode()
def test_a_training_sample_predicted_through_the_bank_is_the_training_forward():
    model, x_v, x_a, _ = setting()
    logits, z = predict(model, build_bank(model, x_v, x_a), x_a)
    output = model(x_v[None], x_a[None])
    assert torch.allclose(logits, output.logits_a[0], atol=1e-4)
    assert torch.allclose(z, output.layers[-1][1][0], atol=1e-4)

import math

import torch
from test_dialogue_methods import PARAMS

from fdan.methods.sdt import FUSED, SDT, Transformer, distillation_loss, sinusoids


def test_nine_transformers_and_four_heads():
    network = SDT({"text": 3, "acoustic": 5, "visual": 4}, 7, PARAMS["sdt"]).eval()
    assert sum(isinstance(m, Transformer) for m in network.modules()) == 9
    x = {"text": torch.randn(2, 3, 3), "acoustic": torch.randn(2, 3, 5), "visual": torch.randn(2, 3, 4)}
    nobody = torch.tensor([[False, False, False], [False, False, True]])
    logits = network(x, torch.zeros(2, 3, dtype=torch.int64), nobody)
    assert sorted(logits) == ["acoustic", FUSED, "text", "visual"]
    assert {tuple(found.shape) for found in logits.values()} == {(2, 3, 7)}
    x["text"][1, 2] = 99  # nobody
    again = network(x, torch.zeros(2, 3, dtype=torch.int64), nobody)
    assert torch.equal(again[FUSED][1, :2], logits[FUSED][1, :2])


def test_the_loss_by_hand():
    fused, text, temperature = [2.0, 0.0], [0.0, 1.0], 2.0

    def softmax(values, t=1.0):
        powers = [math.exp(v / t) for v in values]
        return [p / sum(powers) for p in powers]

    p, q = softmax(text, temperature), softmax(fused, temperature)
    expected = -math.log(softmax(fused)[0]) - math.log(softmax(text)[0])
    expected += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    logits = {FUSED: torch.tensor([fused, [5.0, -5.0]]), "text": torch.tensor([text, [1.0, 1.0]])}
    found = distillation_loss(logits, torch.tensor([0, -1]), temperature)  # the second one has no label
    assert math.isclose(found.item(), expected, rel_tol=1e-6)


def test_without_labels_the_loss_is_nothing():
    logits = {FUSED: torch.randn(2, 3, requires_grad=True), "text": torch.randn(2, 3, requires_grad=True)}
    loss = distillation_loss(logits, torch.tensor([-1, -1]), 8.0)
    loss.backward()
    assert loss.item() == 0


def test_the_positions():
    found = sinusoids(3, 4)
    assert found[0].tolist() == [0, 1, 0, 1]
    assert torch.allclose(found[2], torch.tensor([math.sin(2), math.cos(2), math.sin(0.02), math.cos(0.02)]))

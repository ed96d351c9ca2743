import torch
from test_dialogue_methods import PARAMS

from fdan.methods.cadf import CADF


def test_shapes_and_that_steps_after_the_last_do_not_count():
    network = CADF(6, 8, 7, PARAMS["cadf"]).eval()
    mel, tokens = torch.randn(2, 40, 6), torch.randn(2, 5, 8)
    heard, said = torch.ones(2, 40, dtype=torch.bool), torch.ones(2, 5, dtype=torch.bool)
    heard[1, 16:], said[1, 2:] = False, False
    mel[1, 16:], tokens[1, 2:] = 0, 0
    logits = network(mel, heard, tokens, said)
    assert logits.shape == (2, 7)
    alone = network(mel[1:, :16], heard[1:, :16], tokens[1:, :2], said[1:, :2])
    assert torch.allclose(alone[0], logits[1], atol=1e-5)

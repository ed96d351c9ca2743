import torch
from test_dialogue_methods import PARAMS

from fdan.methods.trin import TRIN, shorten


def test_shapes_and_that_steps_after_the_last_do_not_count():
    network = TRIN(6, 8, 7, PARAMS["trin"]).eval()
    mel, faces = torch.randn(2, 10, 6), torch.randn(2, 3, 8)
    heard, seen = torch.ones(2, 10, dtype=torch.bool), torch.ones(2, 3, dtype=torch.bool)
    heard[1, 4:], seen[1, 1:] = False, False
    logits = network(mel, heard, faces, seen)
    assert logits.shape == (2, 7)
    alone = network(mel[1:, :4], heard[1:, :4], faces[1:, :1], seen[1:, :1])
    assert torch.allclose(alone[0], logits[1], atol=1e-5)


def test_frames_become_steps():
    x = torch.tensor([[1.0, 3.0, 5.0], [4.0, 0.0, 0.0]])[..., None]
    found, there = shorten(x, torch.tensor([[True, True, True], [True, False, False]]), 2)
    assert found[..., 0].tolist() == [[2, 5], [4, 0]]
    assert there.tolist() == [[True, True], [True, False]]

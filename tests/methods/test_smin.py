import torch
from test_dialogue_methods import PARAMS

from fdan.methods.smin import SMIN


def test_shapes_and_that_who_is_not_there_does_not_count():
    network = SMIN({"text": 3, "visual": 4}, 7, PARAMS["smin"]).eval()
    x = {"text": torch.randn(2, 3, 3), "visual": torch.randn(2, 3, 4)}
    nobody = torch.tensor([[False, False, False], [False, True, True]])
    logits = network(x, nobody)
    assert logits.shape == (2, 3, 7)
    x["text"][1, 1:] = 99
    assert torch.equal(network(x, nobody)[1, 0], logits[1, 0])


def test_each_modality_is_reconstructed_from_itself_and_from_the_others():
    network = SMIN({"text": 3, "visual": 4}, 7, PARAMS["smin"]).eval()
    x = {"text": torch.randn(5, 3), "visual": torch.randn(5, 4)}
    intra, cross = network.reconstruction(x)
    codes = {m: network.encode[m](x[m]) for m in x}
    by_hand = sum(((network.decode[m](codes[m]) - x[m]) ** 2).mean() for m in x)
    assert torch.isclose(intra, by_hand)
    swapped = {"text": "visual", "visual": "text"}
    by_hand = sum(((network.imagine[m](codes[swapped[m]]) - x[m]) ** 2).mean() for m in x)
    assert torch.isclose(cross, by_hand)
    alone, none = SMIN({"text": 3}, 7, PARAMS["smin"]).reconstruction({"text": x["text"]})
    assert none.item() == 0 < alone.item()

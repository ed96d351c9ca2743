import numpy as np
import torch
from torch.nn import functional

from fdan.methods.gm_tcnet import Gated, GMTCNet, InputParams, read


def test_the_number_of_parameters_is_the_published_one():
    """About 260,600 at seven classes."""
    assert sum(p.numel() for p in GMTCNet(39, 7, 39, 7).parameters()) == 260_644


def test_what_it_reads_has_the_published_shape():
    params = InputParams(96_000, 39, 2048, 512)
    for n in (1000, 96_000, 150_000):
        sound = np.random.default_rng(0).normal(0, 0.1, n).astype(np.float32)
        arrays, altered = read(sound, 22_050, params)
        assert arrays["mfcc"].shape == (188, 39)
        assert not altered


def slow_gated(gated, x):
    """Frame by frame: each pair's convolution sees a frame and the one `dilation` before it, zero before the start."""
    weight, bias, d = gated.six.weight, gated.six.bias, gated.six.dilation[0]
    filters = weight.shape[1]
    out = torch.zeros_like(x)
    for t in range(x.shape[2]):
        past = x[:, :, t - d] if t >= d else torch.zeros_like(x[:, :, 0])
        six = past @ weight[:, :, 0].T + x[:, :, t] @ weight[:, :, 1].T + bias
        for pair in range(3):
            a = six[:, pair * filters : (pair + 1) * filters]
            b = six[:, (3 + pair) * filters : (4 + pair) * filters]
            out[:, :, t] += torch.relu(a) * torch.sigmoid(torch.relu(b)) / 3
    return out


def test_gated_convolutions_written_slowly():
    torch.manual_seed(0)
    for dilation in (1, 2, 8):
        gated, x = Gated(4, dilation), torch.randn(2, 4, 11)
        assert torch.allclose(gated(x), slow_gated(gated, x), atol=1e-6)


def test_the_network_written_slowly():
    torch.manual_seed(0)
    network, x = GMTCNet(5, 3, 4, 3), torch.randn(2, 9, 5)
    h = network.first(x.transpose(1, 2))
    total = torch.zeros_like(h)
    for i, block in enumerate(network.blocks):
        assert [level.six.dilation[0] for level in block] == [2**i, 2 ** (i + 1)]
        skip = slow_gated(block[1], slow_gated(block[0], h))
        h, total = h + skip, total + skip
    expected = network.last(functional.leaky_relu(total, 0.05).mean(dim=2))
    assert torch.allclose(network(x), expected, atol=1e-6)

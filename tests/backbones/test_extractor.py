import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from fdan.backbones.extractor import Extractor, FeatureParams, fold_batch_norm, freeze
from fdan.backbones.image_features import features_of
from fdan.backbones.pretrained import build_network, headless, to_input
from fdan.errors import FdanError
from fdan.runtime.jobs import ParallelParams

ROOT = Path(__file__).parent.parent.parent


def images(n, size=64, channels=3):
    shape = (n, size, size, 3) if channels == 3 else (n, size, size)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


@torch.inference_mode()
def test_features_are_the_network_s_own_before_its_head():
    """Against torchvision's network as it stands: batch-norm apart, contiguous, its head taken off."""
    network = with_statistics(build_network("resnet34", "random", seed=0))
    features = Extractor(network, 8)(list(images(5)))
    network.eval()
    network.fc = nn.Identity()
    expected = network(to_input(images(5)))
    assert features.shape == (5, 512)
    assert torch.allclose(features, expected, rtol=1e-4, atol=1e-5 * expected.abs().max().item())


def with_statistics(network):
    """Batch-norms as training leaves them: fresh ones neither scale nor shift, and folding them would be no test."""
    g = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor, low, high in (
                (module.weight, 0.5, 1.5),
                (module.bias, -0.5, 0.5),
                (module.running_mean, -1, 1),
                (module.running_var, 0.5, 2),
            ):
                tensor.data.uniform_(low, high, generator=g)
    return network


def test_batch_norm_by_hand():
    """One pixel, one channel: 3 x + 1, minus 7, over sqrt(4 - 1e-5 + 1e-5), times 10, plus 5."""
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.BatchNorm2d(1)).eval()
    network[0].weight.data.fill_(3)
    network[0].bias.data.fill_(1)
    norm = network[1]
    for tensor, value in ((norm.running_mean, 7), (norm.running_var, 4 - norm.eps), (norm.weight, 10), (norm.bias, 5)):
        tensor.data.fill_(value)
    fold_batch_norm(network)
    assert isinstance(network[1], nn.Identity)
    assert network(torch.full((1, 1, 1, 1), 4.0)).item() == pytest.approx((3 * 4 + 1 - 7) / 2 * 10 + 5)


def test_no_batch_norm_is_left_and_the_given_network_is_untouched():
    network = build_network("resnet18", "random", 0)
    frozen = freeze(network)
    assert not [m for m in frozen.modules() if isinstance(m, nn.BatchNorm2d | nn.Linear)]
    assert [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert isinstance(network.fc, nn.Linear)


@torch.inference_mode()
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "shufflenet_v2_x0_5"])
def test_folded_batch_norms_change_no_feature(name):
    network = build_network(name, "random", 0)
    g = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-1, 1, generator=g)
            module.running_var.uniform_(0.5, 2, generator=g)
    x = torch.randn(2, 3, 64, 64, generator=g)
    expected = headless(network)(x)
    assert torch.allclose(freeze(network)(x), expected, rtol=1e-3, atol=1e-4 * expected.abs().max().item())


def test_bits_depend_on_no_neighbour():
    extractor = Extractor(build_network("resnet18", "random", 0), 4)
    four = extractor(list(images(4)))
    assert torch.equal(extractor(list(images(4)[2:])), four[2:])
    alone = [extractor(list(images(4)[i : i + 1])) for i in range(4)]
    assert torch.equal(torch.cat(alone), four)


def test_grey_is_three_equal_channels():
    grey = images(2, channels=1)
    rgb = np.repeat(grey[..., None], 3, axis=-1)
    extractor = Extractor(build_network("resnet18", "random", 0), 2)
    one, other = (extractor(list(i)) for i in (grey, rgb))
    assert torch.equal(one, other)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("CUDA error: no kernel image is available for execution on the device\nCompile"), "no kernel"),
        (AssertionError("Torch not compiled with CUDA enabled"), "Torch not compiled"),
    ],
)
def test_a_gpu_that_cannot_be_used_is_one_line(monkeypatch, error, reason):
    def refuse(*_args, **_kwargs):
        raise error

    network = build_network("resnet18", "random", 0)
    monkeypatch.setattr(torch, "ones", refuse)
    monkeypatch.setenv("FDAN_DEVICE", "cuda")
    with pytest.raises(FdanError, match=rf"^FDAN_DEVICE=cuda: .* GPU cannot be used \(.*{reason}") as caught:
        Extractor(network, 2)
    assert str(caught.value).endswith("; expected cpu")
    assert "\n" not in str(caught.value)


def test_a_gpu_is_not_used_unasked(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv("FDAN_DEVICE", raising=False)
    assert Extractor(build_network("resnet18", "random", 0), 2).device == torch.device("cpu")


def test_a_corpus_without_images_has_no_rows_of_the_network_s_width(tmp_path):
    zipfile.ZipFile(tmp_path / "none.zip", "w").close()
    params = FeatureParams("squeezenet1_1", "random", 0, 2)
    values = features_of(tmp_path / "none.zip", [], params, ParallelParams("loky", 1, None), "title")
    assert values.shape == (0, 512)

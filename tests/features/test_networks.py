"""Any classification network of torchvision as the extractor, with its weights from a file."""

import re
import zipfile

import numpy as np
import pytest
import torch
from torch import nn

from fdan.extraction.pool import ParallelParams
from fdan.features.extract import features_of
from fdan.features.extractor import FeatureParams, freeze
from fdan.networks.pretrained import WeightsError, build_network, feature_width, headless

MOBILE = "mobilenet_v2-b0353104.pth"


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("alexnet", 4096),  # a linear layer behind others
        ("squeezenet1_1", 512),  # a convolution
        ("mobilenet_v3_small", 1024),
        ("densenet121", 1024),
        ("vit_b_16", 768),  # no convolution but the first
        ("googlenet", 1024),  # with auxiliary heads
    ],
)
def test_the_last_learnt_layer_is_taken_off(name, width):
    with torch.device("meta"):  # without a weight or a pixel
        network = build_network(name, "random", 0)
        assert feature_width(network) == width
        features = headless(network)(torch.empty(2, 3, 224, 224))
    assert features.shape == (2, width)
    assert feature_width(network) == width  # the given one still has its head


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


def test_a_name_that_torchvision_does_not_know_is_one_line():
    with pytest.raises(WeightsError, match=r"^network: 'resnet33': expected one of torchvision's alexnet, .*resnet34"):
        build_network("resnet33", "random", 0)


def test_weights_that_torchvision_does_not_have_are_told():
    with (
        torch.device("meta"),
        pytest.raises(WeightsError, match="weights of vit_h_14: torchvision has IMAGENET1K_SWAG"),
    ):
        build_network("vit_h_14", "imagenet", 0)


def test_densenet_s_published_names_are_understood(tmp_path):
    """Its files are older than torchvision's network and say ``norm.1`` for ``norm1``."""
    network = build_network("densenet121", "random", 1)
    old = {re.sub(r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2", k): v for k, v in network.state_dict().items()}
    assert set(old) != set(network.state_dict())
    torch.save(old, tmp_path / "old.pth")
    loaded = build_network("densenet121", str(tmp_path / "old.pth"), 0)
    assert all(map(torch.equal, loaded.state_dict().values(), network.state_dict().values()))


def test_a_corpus_without_images_has_no_rows_of_the_network_s_width(tmp_path):
    zipfile.ZipFile(tmp_path / "none.zip", "w").close()
    params = FeatureParams("squeezenet1_1", "random", 0, 2, "fp32")
    values = features_of(tmp_path / "none.zip", [], params, ParallelParams("loky", 1, None), "title")
    assert values.shape == (0, 512)


def test_torchvision_s_own_imagenet_weights_from_a_file_and_from_where_a_download_would_lie(
    real_data, tmp_path, monkeypatch
):
    """Through the loading path of the stages; and they are not noise: a picture's mirror image looks alike to them."""
    file = real_data / "weights" / MOBILE
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / MOBILE).symlink_to(file)
    given, stored = (build_network("mobilenet_v2", weights, 0) for weights in (str(file), "imagenet"))
    assert all(map(torch.equal, given.state_dict().values(), stored.state_dict().values()))
    assert feature_width(given) == 1280
    with pytest.raises(WeightsError, match=f"{MOBILE}: not the weights of resnet34"):
        build_network("resnet34", str(file), 0)
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, 64, 64)).astype(np.float32))
    with torch.inference_mode():
        assert freeze(given)(x).shape == (1, 1280)

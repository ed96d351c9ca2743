from fdan.numerics.pins import CPUINFO, PINS

import builtins
import os
import subprocess
import sys
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
    features = Extractor(network, 8, "fp32")(list(images(5)))
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
    extractor = Extractor(build_network("resnet18", "random", 0), 4, "fp32")
    four = extractor(list(images(4)))
    assert torch.equal(extractor(list(images(4)[2:])), four[2:])
    alone = [extractor(list(images(4)[i : i + 1])) for i in range(4)]
    assert torch.equal(torch.cat(alone), four)


HAS_BF16 = bool({"avx512_bf16", "amx_bf16"} & set(CPUINFO.read_text().split() if CPUINFO.is_file() else ()))


def test_bf16_needs_its_instructions_and_no_pins():
    lacking = "this processor has no bf16 instructions; expected fp32"
    pinned = "the pins leave no such instructions; FDAN_PINS=off, or take fp32"
    with pytest.raises(FdanError, match=pinned if HAS_BF16 else lacking):
        Extractor(build_network("resnet18", "random", 0), 4, "bf16")


@pytest.mark.skipif(not HAS_BF16, reason="a processor without bf16 instructions")
def test_bf16_is_fp32_within_its_eight_bits():
    code = """
import torch
from fdan.backbones.extractor import Extractor
from fdan.backbones.pretrained import build_network
from tests.features.test_extractor import images, with_statistics
network = with_statistics(build_network("resnet34", "random", 0))
exact, rounded = (Extractor(network, 4, precision)(list(images(4))) for precision in ("fp32", "bf16"))
assert rounded.dtype == torch.float32
print(((rounded - exact).norm() / exact.norm()).item())
"""
    free = {name: value for name, value in os.environ.items() if name not in PINS} | {"FDAN_PINS": "off"}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=free, cwd=ROOT, check=False
    )
    assert result.returncode == 0, result.stderr
    assert 1e-4 < float(result.stdout) < 0.03  # it did compute in bf16: one rounding alone is off by 2^-9


def test_openvino_is_imported_without_what_calls_home():
    """In a process of its own, and by the class that needs it alone: an import of ours changes no other's."""
    code = (
        "import sys, fdan.backbones.openvino as ours\n"
        "from fdan.errors import FdanError\n"
        "assert 'openvino_telemetry' not in sys.modules\n"
        "try: ours.Bf16(None)\nexcept FdanError: pass\n"
        "print(sys.modules['openvino_telemetry'], 'openvino' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "None True\n"


@pytest.mark.parametrize("error", [ModuleNotFoundError("No module named 'openvino'"), ImportError("libtbb.so.12\nno")])
def test_without_openvino_the_error_says_what_to_install(monkeypatch, error):
    real = builtins.__import__

    def without(name, *rest):
        if name == "openvino":
            raise error
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    cure = r"features\.precision bf16: OpenVINO cannot be imported \(.*\); pip install -e '\.\[bf16\]', or take fp32"
    with pytest.raises(FdanError, match=cure) as caught:
        Extractor(build_network("resnet18", "random", 0), 2, "bf16")
    assert "\n" not in str(caught.value)


def test_grey_is_three_equal_channels():
    grey = images(2, channels=1)
    rgb = np.repeat(grey[..., None], 3, axis=-1)
    extractor = Extractor(build_network("resnet18", "random", 0), 2, "fp32")
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
        Extractor(network, 2, "fp32")
    assert str(caught.value).endswith("; expected cpu")
    assert "\n" not in str(caught.value)


def test_a_gpu_is_not_used_unasked(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.delenv("FDAN_DEVICE", raising=False)
    assert Extractor(build_network("resnet18", "random", 0), 2, "fp32").device == torch.device("cpu")


def test_a_corpus_without_images_has_no_rows_of_the_network_s_width(tmp_path):
    zipfile.ZipFile(tmp_path / "none.zip", "w").close()
    params = FeatureParams("squeezenet1_1", "random", 0, 2, "fp32")
    values = features_of(tmp_path / "none.zip", [], params, ParallelParams("loky", 1, None), "title")
    assert values.shape == (0, 512)

"""Any classification network of torchvision: what is taken off it, its weights from a file, what tells them apart."""

import hashlib
import pickle
import re
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fdan.backbones import pretrained
from fdan.backbones.pretrained import WeightsError, build_network, feature_width, headless, identity_of, to_input

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


def test_input_by_hand():
    x = to_input(np.full((1, 2, 2, 3), 255, dtype=np.uint8))
    assert x.shape == (1, 3, 2, 2)
    assert torch.allclose(x[0, :, 0, 0], torch.tensor([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225]))


def test_the_seed_decides_random_weights():
    one, same, other = (build_network("resnet18", "random", seed).fc.weight for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_state_dict_from_a_file(tmp_path):
    network = build_network("resnet18", "random", seed=3)
    path = tmp_path / "weights.pth"
    torch.save(network.state_dict(), path)
    assert torch.equal(build_network("resnet18", str(path), 0).fc.weight, network.fc.weight)
    with pytest.raises(WeightsError, match="not the weights of resnet50"):
        build_network("resnet50", str(path), 0)


class Evil:
    def __reduce__(self):
        return (exec, ("raise SystemExit('unpickled')",))


def test_a_file_is_never_unpickled_into_objects(tmp_path):
    path = tmp_path / "weights.pth"
    path.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(WeightsError, match="not a state dict"):
        build_network("resnet18", str(path), 0)


def test_weights_that_are_nowhere():
    with pytest.raises(WeightsError, match="neither random, imagenet, nor a file"):
        build_network("resnet18", "imagnet", 0)


def test_imagenet_offline_says_which_file_goes_where(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "_hub_dir", str(tmp_path))

    def offline(*_args, **_kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    with pytest.raises(WeightsError, match=r"no route to host.*resnet34-[0-9a-f]+\.pth.*weights/") as error:
        build_network("resnet34", "imagenet", 0)
    assert "\n" not in str(error.value)


@pytest.fixture
def put(tmp_path, monkeypatch):
    """Put a network's weights into weights/, under the name that torchvision would give a file of these bytes."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()

    def write(seed):
        file = tmp_path / "weights" / "new.pth"
        torch.save(build_network("resnet18", "random", seed).state_dict(), file)
        name = f"resnet18-{hashlib.sha256(file.read_bytes()).hexdigest()[:8]}.pth"
        published = SimpleNamespace(__members__={"IMAGENET1K_V1": SimpleNamespace(url=f"https://x.org/{name}")})
        monkeypatch.setattr(pretrained.models, "get_model_weights", lambda network: published)
        return file.rename(file.with_name(name))

    return write


def test_imagenet_weights_are_looked_for_in_the_project_first(put):
    file = put(5)
    expected = build_network("resnet18", "random", 5).fc.weight
    assert torch.equal(build_network("resnet18", "imagenet", 0).fc.weight, expected)
    told = rf"^weights/{file.name}: broken off, or .*, not as its name says; fetch https://x"
    for broken in (b"broken", file.read_bytes()[:-1]):
        file.write_bytes(broken)
        for read in (lambda: build_network("resnet18", "imagenet", 0), lambda: identity_of("resnet18", "imagenet")):
            with pytest.raises(WeightsError, match=told) as caught:
                read()
            assert "\n" not in str(caught.value)


def test_what_a_network_starts_from_is_the_bytes_of_its_file(put, tmp_path):
    assert identity_of("resnet18", "random") == "random"
    first, second = (identity_of("resnet18", "imagenet") for _ in map(put, (0, 1)))
    assert first != second
    assert second == identity_of("resnet18", str(put(1)))  # however it is named
    with pytest.raises(WeightsError, match="neither random, imagenet, nor a file"):
        identity_of("resnet18", "imagnet")


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
        assert headless(given)(x).shape == (1, 1280)

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch

from fdan.backbone import WeightsError, build_network, extract_features, to_input


def images(n, size=64, channels=3):
    shape = (n, size, size, 3) if channels == 3 else (n, size, size)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def test_input_by_hand():
    x = to_input(np.full((1, 2, 2, 3), 255, dtype=np.uint8))
    assert x.shape == (1, 3, 2, 2)
    assert torch.allclose(x[0, :, 0, 0], torch.tensor([(1 - 0.485) / 0.229, (1 - 0.456) / 0.224, (1 - 0.406) / 0.225]))


def test_features_are_512_wide_and_each_image_s_own():
    network = build_network("resnet18", "random", seed=0)
    features = extract_features(network, images(5), batch_size=2)
    assert features.shape == (5, 512)
    alone = extract_features(build_network("resnet18", "random", 0), images(5)[3:4], batch_size=2)
    assert torch.allclose(features[3], alone[0], atol=1e-4)  # batch norm uses no batch statistics


def test_grey_is_three_equal_channels():
    grey = images(2, channels=1)
    rgb = np.repeat(grey[..., None], 3, axis=-1)
    one, other = (extract_features(build_network("resnet18", "random", 0), i, 2) for i in (grey, rgb))
    assert torch.equal(one, other)


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
    with pytest.raises(WeightsError, match=r"no route to host.*resnet34-[0-9a-f]+\.pth.*checkpoints") as error:
        build_network("resnet34", "imagenet", 0)
    assert "\n" not in str(error.value)


def test_torchvision_imports_beside_any_torch():
    """In a process of its own: importing fdan.vision is all it takes, twice included."""
    code = "import fdan.vision, torchvision; import fdan.vision; print(torchvision.models.resnet18().fc.out_features)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "1000\n"

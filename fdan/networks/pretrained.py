"""Networks of torchvision: their weights and the input that they expect."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fdan.networks.vision import models
from fdan.runtime.errors import FdanError

_MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]  # ImageNet's, as in torchvision's weights

_SD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]

THREADS = 2
"""Of training through a whole network. Fixed, since the last bits of a sum depend on how many threads share it."""


@contextmanager
def threads(count: int = THREADS) -> Iterator[None]:
    """Let torch compute on so many threads for as long as the block lasts."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class WeightsError(FdanError):
    """Pre-trained weights cannot be had or do not fit."""


def build_network(name: str, weights: str, seed: int) -> nn.Module:
    """A torchvision network with its 1000-class head.

    Args:
        name: torchvision's name, for example ``resnet34``.
        weights: ``random``, ``imagenet`` (torchvision's own download, kept in torch's hub folder), or
            the path of a state dict, which is read without unpickling objects.
        seed: of random weights.

    Raises:
        WeightsError: no network to download from, no such file, or a file for another network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network: nn.Module = models.get_model(name, weights=None)
    if weights == "random":
        return network
    if weights == "imagenet":
        state = _imagenet_weights(name)
    else:
        path = Path(weights)
        if not path.is_file():
            raise WeightsError(f"weights: {weights!r} is neither random, imagenet, nor a file")
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # torch.load raises whatever the broken file leads it to
            raise WeightsError(f"{path}: not a state dict ({str(error).splitlines()[0]})") from None
    try:
        network.load_state_dict(state)
    except (RuntimeError, TypeError) as error:
        raise WeightsError(f"{weights}: not the weights of {name} ({str(error).splitlines()[0]})") from None
    return network


def _imagenet_weights(name: str) -> dict[str, Tensor]:
    chosen = models.get_model_weights(name).IMAGENET1K_V1
    try:
        state: dict[str, Tensor] = chosen.get_state_dict(progress=True, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        folder = Path(torch.hub.get_dir()) / "checkpoints"
        reason = str(error).splitlines()[0]
        raise WeightsError(
            f"ImageNet weights of {name} cannot be downloaded ({reason}); on a machine with internet access "
            f"fetch {chosen.url} and put it into {folder}"
        ) from None
    return state


def grey_to_rgb(images: UInt8[np.ndarray, "n h w"]) -> UInt8[np.ndarray, "n h w 3"]:
    """Three equal channels."""
    return np.repeat(images[..., None], 3, axis=-1)


def to_input(images: UInt8[np.ndarray, "n h w 3"]) -> Float[Tensor, "n 3 h w"]:
    """RGB images to what an ImageNet network expects: [0, 1], minus ImageNet's mean, over its sd."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return (x - _MEAN) / _SD

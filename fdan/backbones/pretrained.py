"""Networks of torchvision: their weights and the input that they expect."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from urllib.error import URLError

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fdan.backbones.vision import models
from fdan.errors import FdanError
from fdan.runtime.cache import digest

_MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]  # ImageNet's, as in torchvision's weights

_SD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]

WEIGHTS = Path("weights")
"""Where files of weights lie, in the project: the stages that read weights depend on it."""

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
        name: torchvision's name of any of its classification networks, for example ``resnet34``.
        weights: ``random``, ``imagenet`` (torchvision's own file, from `WEIGHTS` or downloaded into torch's hub
            folder), or the path of a state dict. A file is read without unpickling objects.
        seed: of random weights.

    Raises:
        WeightsError: no such network, no internet to download from, no such file, a damaged one, or one for another
            network.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _untrained(name)
    file = _weights_file(name, weights)
    if file is None:
        return network
    if hasattr(network, "transform_input"):  # GoogLeNet and Inception v3 learnt from images that are scaled otherwise
        network.transform_input = True  # type: ignore[assignment]
    state = _state_dict(file)
    try:
        network.load_state_dict({_DENSENET.sub(r"\1", key): value for key, value in state.items()})
    except (RuntimeError, TypeError) as error:
        raise WeightsError(f"{weights}: not the weights of {name} ({str(error).splitlines()[0]})") from None
    return network


def identity_of(name: str, weights: str) -> str:
    """What `build_network` starts from beside the seed, for the keys of caches: the SHA-256 of the file, or ``random``.

    Raises:
        WeightsError: as `build_network`.
    """
    file = _weights_file(name, weights)
    return digest(file) if file else weights


_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.(?=[12]\.)")
"""DenseNet's published weights say ``norm.1`` for what torchvision's own network calls ``norm1``."""


def _untrained(name: str) -> nn.Module:
    known = models.list_models(module=models)
    if name not in known:
        raise WeightsError(f"network: {name!r}: expected one of torchvision's {', '.join(known)}")
    with warnings.catch_warnings(action="ignore"):  # of GoogLeNet and Inception v3, about their initial weights
        network: nn.Module = models.get_model(name, weights=None)
    return network


def headless(network: nn.Module) -> nn.Module:
    """A copy of a network of torchvision for inference, which gives what its last learnt layer would read.

    That layer is linear, or SqueezeNet's convolution of 1 x 1 ahead of its mean over the image.
    """
    bare = deepcopy(network).eval()
    head = _head(bare)
    parent, _, last = head.rpartition(".")
    setattr(bare.get_submodule(parent), last, nn.Identity())
    return bare


def _head(network: nn.Module) -> str:
    """The name of the layer of 1000 classes; Inception's auxiliary ones stand before it."""
    names: list[str] = [name for name, layer in network.named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    return names[-1]


def feature_width(network: nn.Module) -> int:
    """The number of features that `headless` leaves of a network."""
    head = network.get_submodule(_head(network))
    return int(head.in_features if isinstance(head, nn.Linear) else head.in_channels)  # type: ignore[arg-type]


def _state_dict(path: Path) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch.load raises whatever the broken file leads it to
        raise WeightsError(f"{path}: not a state dict ({str(error).splitlines()[0]})") from None
    return state


def _weights_file(name: str, weights: str) -> Path | None:
    """The file that a network's weights are read from; None where they are random."""
    if weights == "random":
        return None
    if weights == "imagenet":
        return _imagenet_file(name)
    path = Path(weights)
    if not path.is_file():
        raise WeightsError(f"weights: {weights!r} is neither random, imagenet, nor a file")
    return path


_PROMISED = re.compile(r"-([0-9a-f]{8,})\.")
"""Torchvision's files have the first digits of their SHA-256 in their names."""


def _imagenet_file(name: str) -> Path:
    """Torchvision's own file: from the project, or from torch's hub folder, into which it is downloaded.

    Torch looks at what it downloads; what somebody put into the project is looked at here.
    """
    published = models.get_model_weights(name).__members__
    if "IMAGENET1K_V1" not in published:
        raise WeightsError(f"ImageNet weights of {name}: torchvision has {', '.join(published) or 'none'} alone")
    url: str = published["IMAGENET1K_V1"].url
    file = WEIGHTS / url.rpartition("/")[2]
    match = _PROMISED.search(file.name)
    promised = match[1] if match else ""
    if file.is_file():
        if not (found := digest(file)).startswith(promised):
            told = f"its SHA-256 begins with {found[: len(promised)]}, not as its name says"
            raise WeightsError(f"{file}: broken off, or another network's: {told}; fetch {url} anew")
        return file
    file = Path(torch.hub.get_dir()) / "checkpoints" / file.name
    if not file.is_file():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(file), promised)
        except (URLError, OSError, RuntimeError) as error:
            reason = str(error).splitlines()[0]
            raise WeightsError(
                f"ImageNet weights of {name} cannot be downloaded ({reason}); on a machine with internet access "
                f"fetch {url} and put it into {WEIGHTS}/"
            ) from None
    return file


def grey_to_rgb(images: UInt8[np.ndarray, "n h w"]) -> UInt8[np.ndarray, "n h w 3"]:
    """Three equal channels."""
    return np.repeat(images[..., None], 3, axis=-1)


def to_input(images: UInt8[np.ndarray, "n h w 3"]) -> Float[Tensor, "n 3 h w"]:
    """RGB images to what an ImageNet network expects: [0, 1], minus ImageNet's mean, over its sd."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    return (x - _MEAN) / _SD

"""Backbones of torchvision: weights, input transform, and frozen features of images."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from urllib.error import URLError

import numpy as np
import torch
from annotated_types import Ge, MinLen
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fdan.openvino import Bf16
from fdan.vision import models

_MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]  # ImageNet's, as in torchvision's weights
_SD = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


THREADS = 2
"""Fixed, since the last bits of a sum, so of training, may depend on how many threads share it."""


Precision = Literal["fp32", "bf16"]
_DTYPES: dict[Precision, torch.dtype] = {"fp32": torch.float32, "bf16": torch.bfloat16}


class WeightsError(ValueError):
    """Pre-trained weights cannot be had or do not fit."""


@dataclass(frozen=True)
class FeatureParams:
    """Section ``features`` of params.yaml.

    Attributes:
        weights: ``random``, ``imagenet``, or the path of a state dict of ResNet-34.
        seed: of the random weights.
        batch_size: images that pass the network together.
        precision: of weights and activations.
    """

    weights: Annotated[str, MinLen(1)]
    seed: Annotated[int, Ge(0)]
    batch_size: Annotated[int, Ge(1)]
    precision: Precision


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


def freeze(network: nn.Module) -> nn.Module:
    """A copy of a ResNet of torchvision for inference: no head, batch-norm folded."""
    frozen = deepcopy(network).eval()
    frozen.fc = nn.Identity()
    fold_batch_norm(frozen)
    return frozen


def fold_batch_norm(network: nn.Module) -> None:
    """Fold every batch-norm into the convolution right before it, in place.

    In evaluation a batch-norm is a fixed scale and shift per channel: so it is part of the weights.
    """
    for module in list(network.modules()):
        for (name, first), (after, second) in pairwise(list(module.named_children())):
            if isinstance(first, nn.Conv2d) and isinstance(second, nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(first, second))
                setattr(module, after, nn.Identity())


class Extractor:
    """Features before the classification head of a ResNet, one row per image (p = 512 for ResNet-34).

    Every batch has one shape, a short one is filled up: so each image is computed by the same instructions,
    and its bits depend on no neighbour. On a CPU one thread does it; many cores are many processes
    (fdan/extraction/parallel.py), which loses less than many threads.

    Args:
        network: a ResNet of torchvision; left as it is.
        batch_size: images that pass the network together.
        precision: of weights and activations; the features come as float32 either way.

    Raises:
        ModuleNotFoundError, OSError: bf16 on a CPU without OpenVINO, or without such instructions.
    """

    def __init__(self, network: nn.Module, batch_size: int, precision: Precision) -> None:
        self.batch_size, self.dtype = batch_size, _DTYPES[precision]
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        frozen = freeze(network)
        if precision == "bf16" and self.device.type == "cpu":
            self.features: Callable[[Tensor], Tensor] = Bf16(frozen)
        else:
            self.network = frozen.to(self.device, self.dtype, memory_format=torch.channels_last)  # type: ignore[call-overload]
            self.features = self._in_torch

    @torch.inference_mode()
    def __call__(self, images: list[UInt8[np.ndarray, "h w *channels"]]) -> Float[Tensor, "n p"]:
        """The features of RGB or grey images of one size, at least one and at most a batch."""
        batch = np.stack(images + images[-1:] * (self.batch_size - len(images)))
        return self.features(to_input(batch if batch.ndim == 4 else grey_to_rgb(batch)))[: len(images)]

    def _in_torch(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n p"]:
        x = x.to(self.device, self.dtype, memory_format=torch.channels_last)
        return self.network(x).float().cpu()  # type: ignore[no-any-return]

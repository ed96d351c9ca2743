"""Frozen features of images: a network without its head, batch-norm folded."""

from fdan.numerics.pins import device

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge, MinLen
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from fdan.backbones.pretrained import grey_to_rgb, headless, to_input
from fdan.errors import FdanError


@dataclass(frozen=True)
class FeatureParams:
    """Those keys of section ``features`` that decide what images are described by.

    Attributes:
        network: torchvision's name of a classification network.
        weights: ``random``, ``imagenet``, or the path of a state dict of this network.
        seed: of the random weights.
        batch_size: images that pass the network together.
    """

    network: Annotated[str, MinLen(1)]
    weights: Annotated[str, MinLen(1)]
    seed: Annotated[int, Ge(0)]
    batch_size: Annotated[int, Ge(1)]

    @property
    def in_words(self) -> str:
        """For a stage's summary line."""
        return f"{self.network}, weights {self.weights}"


def freeze(network: nn.Module) -> nn.Module:
    """A copy of a network of torchvision for inference: no head, batch-norm folded."""
    frozen = headless(network)
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


def try_gpu() -> None:
    """Add two numbers on the GPU; raises `FdanError` in one line where there is none, or an old one without kernels."""
    try:
        torch.ones(1, device="cuda").add_(1).item()
    except (RuntimeError, AssertionError) as error:  # the latter: torch was built without CUDA
        reason = str(error).splitlines()[0]
        raise FdanError(f"FDAN_DEVICE=cuda: this machine's GPU cannot be used ({reason}); expected cpu") from None


class Extractor:
    """Features before a network's classification head, one row per image (p = 512 for ResNet-34, 1280 for MobileNetV2).

    Every batch has one shape, a short one is filled up: so each image is computed by the same instructions,
    and its bits depend on no neighbour. On a CPU one thread does it; many cores are many processes
    (fdan/runtime/jobs.py), which loses less than many threads. A GPU is used where FDAN_DEVICE=cuda asks for it.

    Args:
        network: a classification network of torchvision; left as it is.
        batch_size: images that pass the network together.

    Raises:
        FdanError: a GPU that torch cannot use.
    """

    def __init__(self, network: nn.Module, batch_size: int) -> None:
        self.batch_size = batch_size
        self.device = torch.device(device())
        if self.device.type == "cuda":
            try_gpu()
        self.network = freeze(network).to(self.device, torch.float32, memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.inference_mode()
    def __call__(self, images: list[UInt8[np.ndarray, "h w *channels"]]) -> Float[Tensor, "n p"]:
        """The features of RGB or grey images of one size, at least one and at most a batch."""
        batch = np.stack(images + images[-1:] * (self.batch_size - len(images)))
        return self.features(to_input(batch if batch.ndim == 4 else grey_to_rgb(batch)))[: len(images)]

    def features(self, x: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n p"]:
        """Pass normalised images through the network."""
        x = x.to(self.device, memory_format=torch.channels_last)
        return self.network(x).cpu()  # type: ignore[no-any-return]

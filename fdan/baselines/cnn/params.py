"""Names and settings of the CNN rows, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt, MinLen

from fdan.runtime.params import Seeds, once_each

NETWORKS = {
    "vgg16": "VGG-16",
    "vgg19": "VGG-19",
    "resnet18": "ResNet-18",
    "resnet34": "ResNet-34",
    "resnet50": "ResNet-50",
}
"""torchvision's names and the paper's."""


@dataclass(frozen=True)
class CNNParams:
    """Section ``cnn`` of params.yaml.

    Attributes:
        networks: one row each; torchvision's names.
        weights: what training starts from.
        size: side of the Mel images in pixels; the networks halve it five times.
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rate: of SGD.
        momentum: of SGD.
        weight_decay: of SGD.
        seeds: one run each.
    """

    networks: Annotated[
        tuple[Literal["vgg16", "vgg19", "resnet18", "resnet34", "resnet50"], ...], MinLen(1), once_each("network")
    ]
    weights: Literal["random", "imagenet"]
    size: Annotated[int, Ge(64)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(2)]
    learning_rate: Annotated[float, Gt(0)]
    momentum: Annotated[float, Ge(0), Lt(1)]
    weight_decay: Annotated[float, Ge(0)]
    seeds: Seeds

"""Settings that several methods share, and those that can be read without importing torch."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt, MinLen

from fdan.runtime.params import Seeds, once_each

LEXICAL = "lexical"
"""The text encoder that is always there: `fdan.methods.text.Lexical`."""


@dataclass(frozen=True)
class TextParams:
    """Section ``text`` of params.yaml.

    Attributes:
        encoder: ``lexical``, or the folder or name of a BERT-like model (pip install -e '.[text]').
    """

    encoder: Annotated[str, MinLen(1)]


@dataclass(frozen=True)
class CNNParams:
    """Section ``cnn`` of params.yaml.

    Attributes:
        networks: torchvision's names of those that are trained now; the rows of the others come from the cache.
        weights: what training starts from.
        size: side of the Mel images in pixels; the networks halve it five times.
        epochs: passes over the training images.
        batch_size: images per step.
        learning_rates: of SGD at the first step; of several the one that is best on a part of the training speech.
        search_epochs: passes of each training by which the learning rate is chosen; one value needs none.
        lr_gamma: the rate at step k is ``lr (1 + gamma k)^-decay``, as FDAN's.
        lr_decay: likewise.
        momentum: of SGD.
        weight_decay: of SGD.
        seeds: one run each.
    """

    networks: Annotated[tuple[Literal["vgg16", "vgg19", "resnet18", "resnet34", "resnet50"], ...], once_each("network")]
    weights: Literal["random", "imagenet"]
    size: Annotated[int, Ge(32)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(2)]
    learning_rates: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1), once_each("learning rate")]
    search_epochs: Annotated[int, Ge(1)]
    lr_gamma: Annotated[float, Ge(0)]
    lr_decay: Annotated[float, Ge(0)]
    momentum: Annotated[float, Ge(0), Lt(1)]
    weight_decay: Annotated[float, Ge(0)]
    seeds: Seeds


@dataclass(frozen=True)
class ContextParams:
    """Section ``methods.<method>.inputs`` of params.yaml of a method that reads whole dialogues.

    Attributes:
        modalities: those that are read, where a corpus has them.
    """

    modalities: Annotated[tuple[Literal["text", "acoustic", "visual"], ...], MinLen(1)]


@dataclass(frozen=True)
class LogMelParams:
    """Section ``methods.<method>.inputs`` of params.yaml of a method that reads log-Mel frames.

    Attributes:
        n_fft: length of the window, in samples.
        hop_length: from one window to the next, in samples.
        n_mels: number of Mel bands.
    """

    n_fft: Annotated[int, Ge(1)]
    hop_length: Annotated[int, Ge(1)]
    n_mels: Annotated[int, Ge(1)]


@dataclass(frozen=True)
class LearningParams:
    """Settings of `fdan.methods.training.minimise`: Adam, the last epoch counts.

    Attributes:
        epochs: passes over the training data.
        batch_size: dialogues of a method that reads dialogues, else utterances.
        learning_rate: of Adam.
        weight_decay: L2, of Adam.
        dropout: share of the activations.
        seeds: one run each.
    """

    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(1)]
    learning_rate: Annotated[float, Gt(0)]
    weight_decay: Annotated[float, Ge(0)]
    dropout: Annotated[float, Ge(0), Lt(1)]
    seeds: Seeds

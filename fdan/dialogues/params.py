"""Settings that the methods which read text or context share."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt, Lt, MinLen

from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class ContextParams:
    """Section ``baselines.<method>.inputs`` of params.yaml of a method that reads whole dialogues.

    Attributes:
        modalities: those that are read, where a corpus has them.
    """

    modalities: Annotated[tuple[Literal["text", "acoustic", "visual"], ...], MinLen(1)]


@dataclass(frozen=True)
class LogMelParams:
    """Section ``baselines.<method>.inputs`` of params.yaml of a method that reads log-Mel frames.

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
    """How one of these networks is trained: Adam, the last epoch counts.

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

"""Settings of TF-Mix, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class InputParams:
    """Section ``baselines.tf_mix.inputs`` of params.yaml.

    Attributes:
        samples: every sound, altered or not, is padded or cropped to so many, about its middle.
        n_mfcc: coefficients of a frame.
        n_mels: log-Mel bands of a frame.
        n_fft: length of the window, in samples.
        hop_length: from one window to the next, in samples.
        seed: of the altered copies.
        snr_db: range of the signal-to-noise ratio of the noisy copy, in dB.
        semitones: the pitch of a copy moves by at most so many, up or down.
        stretch: the tempo of a copy is between 1 / stretch and stretch of the original's.
    """

    samples: Annotated[int, Ge(1)]
    n_mfcc: Annotated[int, Ge(1)]
    n_mels: Annotated[int, Ge(1)]
    n_fft: Annotated[int, Ge(1)]
    hop_length: Annotated[int, Ge(1)]
    seed: Annotated[int, Ge(0)]
    snr_db: tuple[float, float]
    semitones: Annotated[float, Ge(0)]
    stretch: Annotated[float, Ge(1)]

    def __post_init__(self) -> None:
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc {self.n_mfcc} must be at most n_mels {self.n_mels}")


@dataclass(frozen=True)
class Params:
    """Section ``baselines.tf_mix`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        width: channels of the convolutions, features of the recurrent and attentive layers; even.
        heads: of the attentive layer; they divide the width.
        dropout: before the last layer and within the attentive one.
        epochs: passes over the training utterances; the last one counts.
        batch_size: utterances per step.
        learning_rate: of Adam.
        folds: one of so many parts of the training utterances sets the weights of the three networks.
        grid: those weights are multiples of 1 / grid.
        seeds: one run each.
    """

    inputs: InputParams
    width: Annotated[int, Ge(2)]
    heads: Annotated[int, Ge(1)]
    dropout: Annotated[float, Ge(0), Lt(1)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(2)]
    learning_rate: Annotated[float, Gt(0)]
    folds: Annotated[int, Ge(2)]
    grid: Annotated[int, Ge(1)]
    seeds: Seeds

    def __post_init__(self) -> None:
        if self.width % 2 or self.width % self.heads:
            raise ValueError(f"width {self.width} must be even and a multiple of heads {self.heads}")

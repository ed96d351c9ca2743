"""Settings of GM-TCNet, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class InputParams:
    """Section ``baselines.gm_tcnet.inputs`` of params.yaml.

    Attributes:
        samples: every sound is padded or cropped to so many, about its middle.
        n_mfcc: coefficients of a frame.
        n_fft: length of the window, in samples.
        hop_length: from one window to the next, in samples.
    """

    samples: Annotated[int, Ge(1)]
    n_mfcc: Annotated[int, Ge(1)]
    n_fft: Annotated[int, Ge(1)]
    hop_length: Annotated[int, Ge(1)]


@dataclass(frozen=True)
class Params:
    """Section ``baselines.gm_tcnet`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        filters: of every convolution.
        blocks: how many; the dilation of block i is 2^i frames.
        epochs: passes over the training utterances; the last one counts.
        batch_size: utterances per step.
        learning_rate: of Adam.
        betas: of Adam.
        seeds: one run each.
    """

    inputs: InputParams
    filters: Annotated[int, Ge(1)]
    blocks: Annotated[int, Ge(1)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(1)]
    learning_rate: Annotated[float, Gt(0)]
    betas: tuple[Annotated[float, Ge(0), Lt(1)], Annotated[float, Ge(0), Lt(1)]]
    seeds: Seeds

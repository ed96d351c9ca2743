"""What GM-TCNet reads: the MFCC of a sound of fixed length."""

import numpy as np
from jaxtyping import Float32

from fdan.baselines.gm_tcnet.params import InputParams
from fdan.sequences.extract import Reading, read_sounds
from fdan.sequences.frames import centred, mfcc
from fdan.sequences.inputs import Inputs

CODE = ("fdan/baselines/gm_tcnet/inputs.py",)
"""Beside that of the sounds and sequences, what a remembered result depends on."""


def inputs(corpus: str, params: InputParams) -> Inputs:
    """``mfcc`` [1 + samples // hop_length, n_mfcc] of every utterance."""
    return read_sounds(corpus, read, params, CODE, f"inputs {corpus} gm_tcnet")


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams) -> Reading:
    """The MFCC of one sound."""
    middle = centred(samples, params.samples)
    return {"mfcc": mfcc(middle, sample_rate, params.n_mfcc, params.n_fft, params.hop_length)}, {}

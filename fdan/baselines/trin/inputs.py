"""What TRIN reads: the log-Mel frames of a sound, and the features of the frames of its clip."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from fdan.data.emotions import Modality
from fdan.dialogues.params import LogMelParams
from fdan.dialogues.reading import read_steps, read_texts
from fdan.sequences.extract import Reading, read_sounds
from fdan.sequences.frames import log_mel
from fdan.sequences.inputs import Inputs

InputParams = LogMelParams

CODE = ("fdan/baselines/trin/inputs.py",)
"""Beside that of the sounds and sequences, what a remembered result depends on."""


def inputs(corpus: str, params: LogMelParams) -> Inputs:
    """``mel`` [1 + samples // hop_length, n_mels] and ``visual`` [faces, p] of every utterance, and its texts."""
    heard = read_sounds(corpus, read, params, CODE, f"inputs {corpus} trin")
    faces = read_steps(corpus, Modality.VISUAL, heard.utterances)
    return replace(read_texts(corpus, heard.utterances), arrays={**heard.arrays, "visual": faces})


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: LogMelParams) -> Reading:
    """The log-Mel frames of one sound."""
    return {"mel": log_mel(samples, sample_rate, params.n_mels, params.n_fft, params.hop_length)}, {}

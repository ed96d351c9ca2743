"""What CADF reads: the log-Mel frames of a sound, and its transcript."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float32

from fdan.dialogues.params import LogMelParams
from fdan.dialogues.reading import NO_TRANSCRIPT, pretrained, read_texts, through
from fdan.sequences.extract import Reading, read_sounds
from fdan.sequences.frames import log_mel
from fdan.sequences.inputs import Inputs

InputParams = LogMelParams

CODE = ("fdan/baselines/cadf/inputs.py",)
"""Beside that of the sounds and sequences, what a remembered result depends on."""


def inputs(corpus: str, params: LogMelParams) -> Inputs:
    """``mel`` [1 + samples // hop_length, n_mels], the text, and ``tokens`` [t, p] where an encoder is named."""
    heard = read_sounds(corpus, read, params, CODE, f"inputs {corpus} cadf")
    said = read_texts(corpus, heard.utterances)
    if not any(said.texts["text"]):
        return Inputs((), missing=NO_TRANSCRIPT)
    encoder = pretrained()
    tokens = {"tokens": through(encoder.tokens, said.texts["text"], f"texts {corpus}")} if encoder else {}
    return replace(said, arrays={**heard.arrays, **tokens})


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: LogMelParams) -> Reading:
    """The log-Mel frames of one sound."""
    return {"mel": log_mel(samples, sample_rate, params.n_mels, params.n_fft, params.hop_length)}, {}

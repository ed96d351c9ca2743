"""Sounds as sequences of frames: MFCC, log-Mel bands and other features, by librosa."""

from typing import Any

import numpy as np
from jaxtyping import Float32


def centred(samples: Float32[np.ndarray, " n"], length: int) -> Float32[np.ndarray, " length"]:
    """The middle `length` samples, or all of them with as much silence before as after."""
    import librosa

    if len(samples) > length:
        start = (len(samples) - length) // 2
        return samples[start : start + length]
    padded: Float32[np.ndarray, " length"] = librosa.util.pad_center(samples, size=length)
    return padded


def mfcc(
    samples: Float32[np.ndarray, " n"], sample_rate: int, n_mfcc: int, n_fft: int, hop_length: int
) -> Float32[np.ndarray, "t n_mfcc"]:
    """Mel-frequency cepstral coefficients of every frame: DCT-II of 128 Mel bands in dB, at most 80 below the peak.

    Frames are centred: ``t = 1 + n // hop_length``.

    Args:
        samples: mono, in [-1, 1].
        sample_rate: in Hz.
        n_mfcc: coefficients, the constant one first.
        n_fft: length of the Hann window, in samples.
        hop_length: from one window to the next, in samples.
    """
    import librosa

    values: Any = librosa.feature.mfcc(y=samples, sr=sample_rate, n_mfcc=n_mfcc, n_fft=n_fft, hop_length=hop_length)
    return np.ascontiguousarray(values.T, dtype=np.float32)

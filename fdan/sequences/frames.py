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


def frame_features(
    samples: Float32[np.ndarray, " n"], sample_rate: int, n_mfcc: int, n_mels: int, n_fft: int, hop_length: int
) -> Float32[np.ndarray, "t _"]:
    """MFCC, log-Mel bands, zero-crossing rate, chroma (12) and RMS of every frame, side by side in this order.

    Bands are in dB relative to 1.0, -100 at least; the MFCC are theirs. ``t = 1 + n // hop_length``, frames centred.

    Args:
        samples: mono, in [-1, 1], at least `n_fft` of them.
        sample_rate: in Hz.
        n_mfcc: coefficients, the constant one first.
        n_mels: bands.
        n_fft: length of the Hann window, in samples.
        hop_length: from one window to the next, in samples.
    """
    from librosa import feature, stft

    magnitude: Any = np.abs(stft(samples, n_fft=n_fft, hop_length=hop_length))
    power = magnitude**2
    bands = feature.melspectrogram(S=power, sr=sample_rate, n_fft=n_fft, n_mels=n_mels)
    decibels = 10 * np.log10(np.maximum(bands, np.float32(1e-10)))
    columns: list[Any] = [
        feature.mfcc(S=decibels, n_mfcc=n_mfcc),
        decibels,
        feature.zero_crossing_rate(samples, frame_length=n_fft, hop_length=hop_length),
        feature.chroma_stft(S=power, sr=sample_rate, n_fft=n_fft, tuning=0.0),
        feature.rms(S=magnitude, frame_length=n_fft),
    ]
    return np.ascontiguousarray(np.concatenate(columns).T, dtype=np.float32)


def log_mel(
    samples: Float32[np.ndarray, " n"], sample_rate: int, n_mels: int, n_fft: int, hop_length: int
) -> Float32[np.ndarray, "t n_mels"]:
    """The power in each Mel band of every frame, in dB re 1.0, at least -100; frames as in `mfcc`."""
    import librosa

    power: Any = librosa.feature.melspectrogram(
        y=samples, sr=sample_rate, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels
    )
    return np.ascontiguousarray(10 * np.log10(np.maximum(power, 1e-10)).T, dtype=np.float32)

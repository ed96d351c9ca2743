"""What TF-Mix reads: features of the frames of a sound of fixed length, and those of three altered copies.

Chosen here: one copy of each kind, and how strongly each is altered.
"""

import hashlib

import numpy as np
from jaxtyping import Float32

from fdan.baselines.tf_mix.params import InputParams
from fdan.sequences.extract import Reading, read_sounds
from fdan.sequences.frames import centred, frame_features
from fdan.sequences.inputs import Inputs

CODE = ("fdan/baselines/tf_mix/inputs.py",)
"""Beside that of the sounds and sequences, what a remembered result depends on."""

_WINDOW = 2048
"""Of librosa's phase vocoder, in samples."""


def inputs(corpus: str, params: InputParams) -> Inputs:
    """``frames`` [1 + samples // hop_length, n_mfcc + n_mels + 14] of every utterance; altered: noise, pitch, tempo."""
    return read_sounds(corpus, read, params, CODE, f"inputs {corpus} tf_mix")


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams) -> Reading:
    """The features of one sound and of its altered copies."""
    p = params
    samples = centred(samples, max(len(samples), _WINDOW))

    def features(x: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "t p"]:
        x = centred(x, max(p.samples, p.n_fft))
        return frame_features(x, sample_rate, p.n_mfcc, p.n_mels, p.n_fft, p.hop_length)

    copies = altered(samples, sample_rate, params)
    return {"frames": features(samples)}, {name: features(copy) for name, copy in copies.items()}


def altered(
    samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams
) -> dict[str, Float32[np.ndarray, " _"]]:
    """A copy with white noise, one of another pitch, one of another tempo.

    How much depends on the seed and on the sound itself, so on no other sound.
    """
    from librosa import effects

    digest = hashlib.sha256(samples.tobytes()).digest()
    rng = np.random.default_rng([params.seed, *digest])
    level = np.sqrt(np.mean(samples.astype(np.float64) ** 2)) * 10 ** (-rng.uniform(*params.snr_db) / 20)
    noise = level * rng.standard_normal(len(samples))
    steps = rng.uniform(-params.semitones, params.semitones)
    tempo = params.stretch ** rng.uniform(-1, 1)
    return {
        "noise": (samples + noise).astype(np.float32),
        "pitch": effects.pitch_shift(samples, sr=sample_rate, n_steps=steps),
        "tempo": effects.time_stretch(samples, rate=tempo),
    }

"""What INCA reads: twine shuffle patterns of the sub-bands of a tunable-Q wavelet transform.

The transform is that of Selesnick 2011 (IEEE TSP 59(8):3560), by the FFT. Chosen here: the permutation, that a block
begins at every sample, and that histograms are relative frequencies.
"""

import numpy as np
from jaxtyping import Complex128, Float32, Float64

from fdan.baselines.inca.params import InputParams
from fdan.sequences.extract import Reading, read_sounds
from fdan.sequences.frames import centred
from fdan.sequences.inputs import Inputs

CODE = ("fdan/baselines/inca/inputs.py",)
"""Beside that of the sounds and sequences, what a remembered result depends on."""

BLOCK = 16

TWINE = tuple(place for pair in zip(range(8, BLOCK), range(8), strict=True) for place in pair)
"""The permutation of a block: its second half and its first by turns, 8 0 9 1 ... 15 7; no sample stays in place."""


def inputs(corpus: str, params: InputParams) -> Inputs:
    """Patterns of every utterance: ``bands`` [1, 512 max(levels)], ``residues`` [k, 512] after each of k ``levels``."""
    return read_sounds(corpus, read, params, CODE, f"inputs {corpus} inca")


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams) -> Reading:
    """The patterns of all sub-bands of one sound, the highest band first, and of what is left below them.

    The bands of fewer levels are the first ones of more levels.
    """
    x = centred(samples, max(len(samples), params.shortest)).astype(np.float64)
    several = [analyse(x, params.q_factor, params.redundancy, levels) for levels in params.levels]
    bands = np.concatenate([patterns(band) for band in several[-1][:-1]])[None]
    residues = np.stack([patterns(bands[-1]) for bands in several])
    return {"bands": bands.astype(np.float32), "residues": residues.astype(np.float32)}, {}


def patterns(band: Float64[np.ndarray, " n"]) -> Float64[np.ndarray, "512"]:
    """Two histograms of 256 bins, each of sum 1: how often each code occurs among the blocks of a band.

    A block b of 16 samples is compared with its shuffled self: bit i is ``b[i] >= b[TWINE[i]]``. The first eight
    bits are one code, the last eight another, the first bit the most significant. Less than one block is padded
    with silence.
    """
    blocks = np.lib.stride_tricks.sliding_window_view(np.pad(band, (0, max(0, BLOCK - len(band)))), BLOCK)
    codes = np.packbits(blocks >= blocks[:, TWINE], axis=1)
    return np.concatenate([np.bincount(code, minlength=256) / len(codes) for code in codes.T])


def analyse(
    x: Float64[np.ndarray, " n"], q_factor: float, redundancy: float, levels: int
) -> list[Float64[np.ndarray, " _"]]:
    """The sub-bands of a signal, the highest first, the low-pass residue last: a tight frame with bound 1.

    A signal of odd length gets one zero more.

    Raises:
        ValueError: the signal is too short for so many levels.
    """
    spectrum = np.fft.rfft(np.pad(x, (0, len(x) % 2)), norm="ortho")
    bands = []
    for low, high in _lengths(len(x) + len(x) % 2, q_factor, redundancy, levels):
        narrow, band = _split(spectrum, low, high)
        bands.append(np.fft.irfft(band, high, norm="ortho"))
        spectrum = narrow
    return [*bands, np.fft.irfft(spectrum, 2 * (len(spectrum) - 1), norm="ortho")]


def synthesise(
    bands: list[Float64[np.ndarray, " _"]], n: int, q_factor: float, redundancy: float
) -> Float64[np.ndarray, " n"]:
    """The signal of n samples that `analyse` gave these sub-bands of, exactly."""
    even = n + n % 2
    lengths = _lengths(even, q_factor, redundancy, len(bands) - 1)
    wider = [even, *(low for low, _ in lengths)]
    spectrum = np.fft.rfft(bands[-1], norm="ortho")
    for band, width, (low, high) in reversed(list(zip(bands[:-1], wider[:-1], lengths, strict=True))):
        spectrum = _join(spectrum, np.fft.rfft(band, norm="ortho"), width, low, high)
    return np.fft.irfft(spectrum, even, norm="ortho")[:n]


def _lengths(n: int, q_factor: float, redundancy: float, levels: int) -> list[tuple[int, int]]:
    """Even lengths of the low-pass and the high-pass channel at each level, for a signal of even length n.

    The high-pass channel is scaled by ``beta = 2 / (Q + 1)``, the low-pass channel by ``alpha = 1 - beta / r``.
    """
    beta = 2 / (q_factor + 1)
    alpha = 1 - beta / redundancy
    found, width = [], n
    for level in range(1, levels + 1):
        low, high = 2 * round(alpha**level * n / 2), 2 * round(beta * alpha ** (level - 1) * n / 2)
        high = min(high, width)
        if low < 4 or low >= width or low + high < width + 2:
            raise ValueError(f"{n} samples are too few for {levels} levels")
        found.append((low, high))
        width = low
    return found


def _transition(width: int, low: int, high: int) -> tuple[int, Float64[np.ndarray, " t"]]:
    """The last bin that is in the low-pass channel alone, and the low-pass gains of the bins that both share.

    The gain is Daubechies' ``(1 + cos v) sqrt(2 - cos v) / 2``; read backwards it is the high-pass gain, and both
    squares sum to 1.
    """
    shared = (low + high - width) // 2 - 1
    cosine = np.cos(np.pi * np.arange(1, shared + 1) / (shared + 1))
    return (width - high) // 2, (1 + cosine) * np.sqrt(2 - cosine) / 2


def _split(
    spectrum: Complex128[np.ndarray, " _"], low: int, high: int
) -> tuple[Complex128[np.ndarray, " _"], Complex128[np.ndarray, " _"]]:
    """The half spectra of the two channels."""
    last, gain = _transition(2 * (len(spectrum) - 1), low, high)
    shared = slice(last + 1, low // 2)
    narrow = spectrum[: low // 2 + 1].copy()
    narrow[shared] *= gain
    narrow[-1] = 0
    band = spectrum[last:].copy()
    band[0] = 0
    band[1 : len(gain) + 1] *= gain[::-1]
    return narrow, band


def _join(
    narrow: Complex128[np.ndarray, " _"], band: Complex128[np.ndarray, " _"], width: int, low: int, high: int
) -> Complex128[np.ndarray, " _"]:
    """The spectrum whose channels these are."""
    last, gain = _transition(width, low, high)
    spectrum = np.zeros(width // 2 + 1, dtype=np.complex128)
    spectrum[: last + 1] = narrow[: last + 1]
    spectrum[last + 1 : low // 2] = narrow[last + 1 : low // 2] * gain
    spectrum[last + 1 : low // 2] += band[1 : len(gain) + 1] * gain[::-1]
    spectrum[low // 2 :] = band[len(gain) + 1 :]
    return spectrum

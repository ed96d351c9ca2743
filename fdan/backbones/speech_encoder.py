"""Whisper's encoder (Radford et al., arXiv 2212.04356) on CTranslate2, on one thread.

CTranslate2 (faster-whisper's engine) reads one folder that holds no code, and needs NumPy alone. Its matrix products
are pinned as those of other libraries are (fdan/numerics/pins.py): oneDNN's with AVX2, on processors of any maker.
"""

from fdan.numerics.pins import why_unpinned

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from fdan.errors import FdanError
from fdan.runtime.cache import digest

SAMPLE_RATE = 16_000
"""Whisper's, in Hz."""

N_FFT, HOP = 400, 160
"""Samples: 25 ms and 10 ms."""

FRAME = 2 * HOP
"""Samples of a frame of the encoder: 20 ms."""

WINDOW = 30 * SAMPLE_RATE
"""Samples that pass the encoder together at most."""

PINS = {"CT2_USE_MKL": "0", "CT2_FORCE_CPU_ISA": "AVX2"}
"""Variable -> value, of CTranslate2: MKL would round otherwise on Intel's processors than oneDNN on others."""

FILES = ("config.json", "model.bin", "vocabulary.json", "vocabulary.txt")
"""What the library reads of a folder; which vocabulary there is depends on the model."""


class EncoderError(FdanError):
    """The encoder's library or its folder cannot be used."""


class Encoder:
    """From samples to the encoder's last layer.

    Args:
        folder: a Whisper of any size, in CTranslate2's format.

    Raises:
        EncoderError: the library is not installed, or the folder is missing, broken, or of another model.
    """

    def __init__(self, folder: Path) -> None:
        self._library = _library()
        if not (folder / "model.bin").is_file():
            raise EncoderError(
                f"features.acoustic_weights: {folder}: no model.bin in it; expected the folder of a Whisper in "
                "CTranslate2's format, such as fdan download weights --speech makes"
            )
        try:
            self._model: Any = self._library.models.Whisper(
                str(folder), device="cpu", compute_type="float32", inter_threads=1, intra_threads=1
            )
        except (RuntimeError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise EncoderError(
                f"features.acoustic_weights: {folder}: not a Whisper in CTranslate2's format ({reason})"
            ) from None
        self._bands = int(self._model.n_mels)

    def frames(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "frames d"]:
        """The encoder's frames, 50 a second, of these samples alone: 16 kHz, mono, at least one.

        Whisper itself fills every sound up to 30 s with silence. The encoder reads any length, and then no frame
        attends over silence that nobody said. A longer sound passes in windows of 30 s, each by itself.
        """
        windows: list[np.ndarray] = [self._window(samples[i : i + WINDOW]) for i in range(0, len(samples), WINDOW)]
        return np.concatenate(windows)

    def vector(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, " p"]:
        """An utterance as one vector: mean and population standard deviation of its frames over time, p = 2 d."""
        frames = self.frames(samples).astype(np.float64)
        return np.concatenate([frames.mean(axis=0), frames.std(axis=0)]).astype(np.float32)

    def _window(self, samples: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "frames d"]:
        mel = log_mel(samples, self._bands)
        view = self._library.StorageView.from_array(mel[None])
        frames: np.ndarray = np.array(self._model.encode(view), np.float32)[0]
        return frames


def log_mel(samples: Float32[np.ndarray, " n"], bands: int) -> Float32[np.ndarray, "bands t"]:
    """Whisper's input: two columns for each `FRAME` of samples, the last one filled up with zeros.

    ``log10`` of the Mel power, no more than 8 below its maximum, plus 4, over 4.
    """
    import librosa

    filled = np.pad(samples, (0, -len(samples) % FRAME))
    mirrored = np.pad(filled, N_FFT // 2, "reflect")
    power = np.abs(librosa.stft(mirrored, n_fft=N_FFT, hop_length=HOP, center=False)[:, :-1]) ** 2
    log = np.log10(np.maximum(_filters(bands) @ power, 1e-10))
    scaled: np.ndarray = (np.maximum(log, log.max() - 8) + 4) / 4
    return scaled.astype(np.float32)


@cache
def _filters(bands: int) -> Float32[np.ndarray, "bands bins"]:
    import librosa

    return librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=bands)


def _library() -> Any:
    """CTranslate2; raises `EncoderError`."""
    if not why_unpinned():
        os.environ.update(PINS)  # it looks when it is loaded
    try:
        import ctranslate2
    except ImportError as error:  # it is not there, or a library of the system that it needs is not
        reason = str(error).splitlines()[0]
        cure = "pip install -e '.[speech]', or take mel"
        raise EncoderError(f"features.acoustic whisper: CTranslate2 cannot be imported ({reason}); {cure}") from None
    return ctranslate2


def identity(folder: Path) -> str:
    """SHA-256 over an encoder's files, in hex: what a remembered vector depends on.

    Raises:
        EncoderError: there is no such folder.
    """
    if not folder.is_dir():
        raise EncoderError(f"features.acoustic_weights: {folder}: no such folder")
    return hashlib.sha256(repr(list(_digests(folder))).encode()).hexdigest()


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    for name in FILES:
        if (folder / name).is_file():
            yield name, digest(folder / name)

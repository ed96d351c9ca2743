"""What methods read of every sound of a corpus: frames by librosa, in watched processes, cached one by one."""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from jaxtyping import Float32

from fdan.data.archive import read_bytes
from fdan.data.emotions import CorpusError
from fdan.media.wav import decode_wav
from fdan.methods.inputs import Arrays, Inputs, cut
from fdan.methods.params import LogMelParams
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.worker import Failure, Limits

Reading = tuple[Arrays, Arrays]
"""What is read of one utterance: arrays, and those of its altered copies."""

LIBRARIES = ("librosa", "numpy", "scipy", "soxr", "scikit-learn")

LIMITS = Limits(seconds=3600.0, megabytes=16_000)
"""Of one sound. They are our own files, so only a machine in trouble meets these."""


@dataclass(frozen=True)
class Reader:
    """How a method reads a sound.

    Attributes:
        read: from samples in [-1, 1], their rate in Hz and `params`; a function of a module, since it is sent to other
            processes.
        params: section ``methods.<method>.inputs`` of params.yaml.
    """

    read: Callable[[Float32[np.ndarray, " n"], int, Any], Reading]
    params: Any

    @property
    def code(self) -> tuple[str, ...]:
        """Files of the project that the result depends on: that of `read`, and all that it imports."""
        return code_of(self.read.__module__)


def read_sounds(
    archive: Path, readers: Mapping[str, Reader], title: str, parallel: ParallelParams
) -> Iterator[tuple[str, Inputs]]:
    """Read every sound of a zip file in the way of each method; yield each method's inputs, by utterance.

    The processes are the same for all methods, and each waits for the next sound, whosever it is.

    Args:
        archive: of wav files named by utterance.
        readers: by the name of the method.
        title: of the progress bar.
        parallel: where.

    Raises:
        CorpusError: there are no sounds, or they are not those of the stage.
        ChildProcessError: a sound could not be read. What was read before is in the cache.
    """
    archive = archive.absolute()
    names = _names(archive)
    digests = dict(zip(names, (hashlib.sha256(wav).hexdigest() for wav in read_bytes(archive, names)), strict=True))
    caches = {method: Cache("inputs", r.params, r.code, LIBRARIES) for method, r in readers.items()}
    items = [(method, name) for method in readers for name in names]
    entries = run_sandboxed(
        partial(_entry_of, archive=archive, readers=dict(readers)),
        items,
        title,
        parallel,
        prepare=_nothing,
        cache=Cache("inputs", (), (), ()),  # a name alone decides what an entry is; those of `caches` make it
        key=lambda item: caches[item[0]].key(digests[item[1]]),
        limits=LIMITS,
    )
    found = zip(items, entries, strict=True)
    for method in readers:
        own = (_reading(archive, *item, entry) for item, entry in islice(found, len(names)))
        yield method, collect([name.removesuffix(".wav") for name in names], own)


def collect(utterances: Sequence[str], readings: Iterable[Reading]) -> Inputs:
    """Join the readings of many utterances, by name, in files without a name: all of MELD's would fill a memory."""
    files: dict[tuple[int, str], IO[bytes]] = {}
    shapes: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for reading in readings:
        for kind in (0, 1):
            for name, value in reading[kind].items():
                if (kind, name) not in files:
                    files[kind, name], shapes[kind, name] = tempfile.TemporaryFile(dir="."), []  # noqa: SIM115
                files[kind, name].write(value.tobytes())
                shapes[kind, name].append((value.shape[0], value.shape[1]))
    columns: tuple[dict[str, tuple[np.ndarray, ...]], ...] = ({}, {})
    for (kind, name), file in files.items():
        file.flush()
        steps = np.array([rows for rows, _ in shapes[kind, name]])
        columns[kind][name] = cut(file, 0, (int(steps.sum()), shapes[kind, name][0][1]), steps)
        file.close()
    return Inputs(tuple(utterances), columns[0], columns[1])


def _names(archive: Path) -> list[str]:
    try:
        with zipfile.ZipFile(archive) as file:
            return sorted(file.namelist())
    except FileNotFoundError:
        raise CorpusError(f"{archive}: no such file; it is made by the sounds stage (dvc repro)") from None
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{archive}: not a sound zip file ({error})") from None


def _nothing() -> None:
    """No process needs preparing."""


def _entry_of(item: tuple[str, str], archive: Path, readers: Mapping[str, Reader]) -> CacheEntry:
    method, name = item
    samples, rate = decode_wav(next(read_bytes(archive, [name])), f"{archive}: {name}")
    return _encode(readers[method].read(samples, rate, readers[method].params))


def _reading(archive: Path, method: str, name: str, entry: CacheEntry | Failure) -> Reading:
    if isinstance(entry, Failure):
        raise ChildProcessError(f"{archive}: {name}: {method}: {entry.reason}")
    return _decode(entry)


def _encode(reading: Reading) -> CacheEntry:
    arrays = [(kind, name, value) for kind in (0, 1) for name, value in sorted(reading[kind].items())]
    about = [[kind, name, value.shape[1]] for kind, name, value in arrays]
    return CacheEntry(about, tuple(value.astype("<f4").tobytes() for _, _, value in arrays))


def _decode(entry: CacheEntry) -> Reading:
    reading: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = ({}, {})
    for (kind, name, width), blob in zip(entry.about, entry.blobs, strict=True):
        reading[kind][name] = np.frombuffer(bytearray(blob), "<f4").reshape(-1, width)
    return reading


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


def read_log_mel(samples: Float32[np.ndarray, " n"], sample_rate: int, params: LogMelParams) -> Reading:
    """Return the log-Mel frames of one sound, under the name ``mel``."""
    return {"mel": log_mel(samples, sample_rate, params.n_mels, params.n_fft, params.hop_length)}, {}

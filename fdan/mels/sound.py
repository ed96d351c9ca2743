"""The sound of a clip: decoded, mixed to mono, resampled, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Gt
from av.audio.frame import AudioFrame
from jaxtyping import Float32

from fdan.media.clip import ClipError
from fdan.media.container import decode, open_container
from fdan.media.problem import Problem, ProblemKind

MAX_SECONDS = 360
"""The longest clip of MELD lasts 305 s. A longer sound than this is no utterance and is refused."""

MAX_RATE = 192_000
"""In Hz; with `MAX_SECONDS` it bounds the memory that a sound can take."""

FULL_SCALE = 1 - 2.0**-15
"""From here on a sample stands at full scale: the greatest 16-bit value, exactly."""

CLIPPING = 0.01
"""A sound of which a larger share of the samples stands at full scale is flagged."""

SILENCE = 2.0**-15
"""One step of 16-bit sound: what never leaves it holds no speech."""


@dataclass(frozen=True)
class MelParams:
    """Section ``mels`` of params.yaml: from samples to an image.

    Attributes:
        sample_rate: in Hz.
        n_fft: length of the window, in samples.
        hop_length: from one window to the next, in samples.
        n_mels: number of Mel bands.
        floor_db: the power that becomes black, in dB relative to 1.0.
        ceiling_db: the power that becomes white. Both are fixed, never the utterance's own peak:
            loudness is a cue, and silence must not turn white.
        size: height and width of the image.
    """

    sample_rate: Annotated[int, Gt(0)]
    n_fft: Annotated[int, Gt(0)]
    hop_length: Annotated[int, Gt(0)]
    n_mels: Annotated[int, Gt(0)]
    floor_db: float
    ceiling_db: float
    size: Annotated[int, Gt(0)]

    def __post_init__(self) -> None:
        if self.floor_db >= self.ceiling_db:
            raise ValueError(f"floor_db {self.floor_db} must be below ceiling_db {self.ceiling_db}")


@dataclass(frozen=True)
class Sound:
    """The sound of one clip.

    Attributes:
        samples: mono, in [-1, 1].
        problems: what is wrong with it.
    """

    samples: Float32[np.ndarray, " n"]
    problems: tuple[Problem, ...]


def read_sound(path: Path, sample_rate: int) -> Sound:
    """The first audio stream of a clip as far as it decodes, mixed to mono and resampled.

    Channels are averaged; samples beyond full scale are cut to [-1, 1]. `Sound.problems` says what is
    wrong with a sound that can be used: it breaks off, is silent, or is clipped.

    Args:
        path: a sound file, or a clip with sound.
        sample_rate: of the samples returned, in Hz.

    Raises:
        ClipError: the clip cannot be opened, has no audio stream, nothing decodes, a sample is
            NaN or infinite, or it is longer or faster sampled than any utterance.
    """
    import librosa

    with open_container(path) as container:
        if not container.streams.audio:
            raise ClipError(path, "no audio stream")
        stream: Any = container.streams.audio[0]
        if stream.codec_context is None:
            raise ClipError(path, "no decoder for its audio stream")
        stated = float((stream.duration or 0) * (stream.time_base or 0))
        pieces: list[np.ndarray] = []
        seconds, rate, clipped = 0.0, 0, 0
        for frame in decode(stream):
            if rate not in (0, frame.sample_rate):
                raise ClipError(path, f"the sample rate changes from {rate} to {frame.sample_rate} Hz")
            rate = frame.sample_rate
            if not 0 < rate <= MAX_RATE:
                raise ClipError(path, f"{rate} samples per second; at most {MAX_RATE} are read")
            piece = _mono(frame)
            if not np.isfinite(piece).all():
                raise ClipError(path, "a sample is NaN or infinite")
            pieces.append(piece)
            clipped += int((np.abs(piece) >= FULL_SCALE).sum())
            seconds += frame.samples / rate
            if seconds > MAX_SECONDS:
                raise ClipError(path, f"more than {MAX_SECONDS} seconds of sound; that is no utterance")
    if not pieces:
        raise ClipError(path, "no sound decodes")
    samples = np.concatenate(pieces)
    pieces.clear()  # the longest sound takes hundreds of megabytes
    share = clipped / max(len(samples), 1)
    samples = librosa.resample(samples, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq")
    samples = np.clip(samples, -1.0, 1.0)
    problems = [Problem(ProblemKind.DAMAGED, lost) for lost in _lost(path, seconds, stated)]
    if np.abs(samples).max(initial=0.0) <= SILENCE:
        problems.append(Problem(ProblemKind.SILENT, "silent"))
    if share > CLIPPING:
        said = f"clipped: {100 * share:.1f} % of the samples stand at full scale"
        problems.append(Problem(ProblemKind.CLIPPED, said))
    return Sound(samples, tuple(problems))


def _lost(path: Path, seconds: float, stated: float) -> Iterator[str]:
    """How much of a sound is not there: of a wav or avi file, whose length FFmpeg corrects in silence, and of any."""
    with path.open("rb") as file:
        head = file.read(8)
    size, found = int.from_bytes(head[4:], "little"), path.stat().st_size - 8
    streamed = size == 0xFFFFFFFF  # written to a pipe: the length was never known
    if head[:4] == b"RIFF" and found < size and not streamed:
        yield f"{found} of {size} bytes are there"
    if seconds < stated - 0.1:  # the length of an mp3 or aac stream is stated to a packet or two
        yield f"{seconds:.2f} of {stated:.2f} seconds decode"


def _mono(frame: AudioFrame) -> Float32[np.ndarray, " n"]:
    """The mean over the channels, full scale being 1."""
    values: Any = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    mean = values.mean(axis=0, dtype=np.float64)
    if values.dtype.kind == "u":  # 8-bit sound has its zero at 128
        mean = (mean - 128) / 128
    elif values.dtype.kind == "i":
        mean = mean / -float(np.iinfo(values.dtype).min)
    samples: Float32[np.ndarray, " n"] = mean.astype(np.float32)
    return samples

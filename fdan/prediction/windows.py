"""A recording of any length, window by window: memory does not grow with it."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from fdan.media.clip import ClipError
from fdan.media.container import open_container
from fdan.media.sound import EVERYTHING, FULL_SCALE, MelParams, Sound, audio_stream, level_problems, sound_frames


def windows(
    path: Path, seconds: float, mels: MelParams, span: tuple[float, float] = EVERYTHING
) -> Iterator[tuple[int, Sound]]:
    """The sound of each window, one after the other, and the sample that it begins with.

    Channels are mixed and samples resampled as `read_sound` does it, but for channels that cancel each other. An end
    that is shorter than one window of the Mel image belongs to the window before it. A file may have any size.

    Args:
        path: a sound file, or a clip with sound.
        seconds: length of a window.
        mels: says the rate of the samples, and the shortest end.
        span: where the part that is read begins and ends, in seconds; the samples are counted from its begin.

    Raises:
        ClipError: as `read_sound`, but for the length.
    """
    size, start = max(round(seconds * mels.sample_rate), mels.n_fft), 0
    held = np.empty(0, np.float32)
    for piece in _resampled(path, mels.sample_rate, span):
        held = np.concatenate([held, piece])
        while len(held) >= size + mels.n_fft:
            yield start, _sound(held[:size])
            held, start = held[size:], start + size
    if not len(held):
        raise ClipError(path, "no sound decodes")
    yield start, _sound(held)


def _sound(samples: Float32[np.ndarray, " n"]) -> Sound:
    clipped = float((np.abs(samples) >= FULL_SCALE).mean())
    return Sound(samples, tuple(level_problems(samples, clipped)))


def _resampled(path: Path, sample_rate: int, span: tuple[float, float]) -> Iterator[Float32[np.ndarray, " n"]]:
    """The samples, piece by piece; where the rate changes, another resampler takes over."""
    import soxr

    with open_container(path, any_size=True) as container:
        frames = sound_frames(path, audio_stream(path, container), span)
        for rate, some in groupby(frames, key=lambda frame: frame.rate):
            stream = soxr.ResampleStream(rate, sample_rate, 1, dtype="float32", quality="HQ")
            for frame in some:
                yield np.clip(stream.resample_chunk(frame.mixed().astype(np.float32)), -1.0, 1.0)
            yield np.clip(stream.resample_chunk(np.empty(0, np.float32), last=True), -1.0, 1.0)

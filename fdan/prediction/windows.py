"""A recording of any length, window by window: memory does not grow with it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from fdan.media.clip import ClipError
from fdan.media.container import open_container
from fdan.media.sound import FULL_SCALE, MelParams, Sound, audio_stream, level_problems, sound_frames


def windows(path: Path, seconds: float, mels: MelParams) -> Iterator[tuple[int, Sound]]:
    """The sound of each window, one after the other, and the sample that it begins with.

    Channels are mixed and samples resampled as `read_sound` does it, but for channels that cancel each other. An end
    that is shorter than one window of the Mel image belongs to the window before it.

    Args:
        path: a sound file, or a clip with sound.
        seconds: length of a window.
        mels: says the rate of the samples, and the shortest end.

    Raises:
        ClipError: as `read_sound`, but for the length.
    """
    size, start = max(round(seconds * mels.sample_rate), mels.n_fft), 0
    held = np.empty(0, np.float32)
    for piece in _resampled(path, mels.sample_rate):
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


def _resampled(path: Path, sample_rate: int) -> Iterator[Float32[np.ndarray, " n"]]:
    import soxr

    stream = None
    with open_container(path) as container:
        for frame in sound_frames(path, audio_stream(path, container)):
            stream = stream or soxr.ResampleStream(frame.rate, sample_rate, 1, dtype="float32", quality="HQ")
            yield np.clip(stream.resample_chunk(frame.mixed().astype(np.float32)), -1.0, 1.0)
    if stream is not None:
        yield np.clip(stream.resample_chunk(np.empty(0, np.float32), last=True), -1.0, 1.0)

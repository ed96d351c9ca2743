"""A recording of any length, window by window: memory does not grow with it."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from jaxtyping import Float32

from fdan.media.clip import ClipError
from fdan.media.container import decode, open_container
from fdan.media.problem import Problem, ProblemKind
from fdan.mels.sound import CLIPPING, FULL_SCALE, MAX_RATE, SILENCE, MelParams, Sound, audio_stream, mixture


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
    problems = []
    loudness = np.abs(samples)
    if loudness.max(initial=0.0) <= SILENCE:
        problems.append(Problem(ProblemKind.SILENT, "silent"))
    if (share := float((loudness >= FULL_SCALE).mean())) > CLIPPING:
        said = f"clipped: {100 * share:.1f} % of the samples stand at full scale"
        problems.append(Problem(ProblemKind.CLIPPED, said))
    return Sound(samples, tuple(problems))


def _resampled(path: Path, sample_rate: int) -> Iterator[Float32[np.ndarray, " n"]]:
    import soxr

    rate, stream = 0, None
    for piece, own in _mixed(path):
        if stream is None:
            rate, stream = own, soxr.ResampleStream(own, sample_rate, 1, dtype="float32", quality="HQ")
        if own != rate:
            raise ClipError(path, f"the sample rate changes from {rate} to {own} Hz")
        yield np.clip(stream.resample_chunk(piece), -1.0, 1.0)
    if stream is not None:
        yield np.clip(stream.resample_chunk(np.empty(0, np.float32), last=True), -1.0, 1.0)


def _mixed(path: Path) -> Iterator[tuple[Float32[np.ndarray, " n"], int]]:
    """Mono samples as they decode, and their rate."""
    with open_container(path) as container:
        planes = av.AudioResampler(format="fltp")
        for decoded in decode(audio_stream(path, container)):
            if not 0 < decoded.sample_rate <= MAX_RATE:
                raise ClipError(path, f"{decoded.sample_rate} samples per second; at most {MAX_RATE} are read")
            for frame in planes.resample(decoded):
                channels = frame.to_ndarray()
                if not np.isfinite(channels).all():
                    raise ClipError(path, "a sample is NaN or infinite")
                weights = mixture([channel.name for channel in frame.layout.channels])
                mixed = channels.mean(axis=0) if weights is None else weights @ channels
                yield mixed.astype(np.float32), frame.sample_rate

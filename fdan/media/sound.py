"""The sound of a clip: decoded, mixed to mono, resampled, and what is wrong with it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Gt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from jaxtyping import Float, Float32

from fdan.media.clip import ClipError, TooLongError
from fdan.media.container import decode, missing_end, open_container
from fdan.media.length import lacking
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


CANCELLED = 0.1
"""Of the power that channels without likeness would leave in their mixture: with less of it they cancel each other.

Of 30 utterances of RAVDESS with one channel turned over all keep less: 0.06 where that channel is quieter by 0.7, 0.09
under a hiss 10 dB below the voice. Left as they are, all keep more: 0.5 from two microphones up to 3.4 m apart, 0.7 in
rooms, 1 of two speakers; 0.2 of the room's sound alone with its width doubled.
"""

SIDE = 0.5**0.5
"""What a channel that is neither left nor right adds to either of them, in ITU-R BS.775's mixture to stereo."""


@dataclass(frozen=True)
class Sound:
    """The sound of one clip.

    Attributes:
        samples: mono, in [-1, 1].
        problems: what is wrong with it.
    """

    samples: Float32[np.ndarray, " n"]
    problems: tuple[Problem, ...]


EVERYTHING = (0.0, math.inf)
"""The span of a whole recording, in seconds."""


def read_sound(path: Path, sample_rate: int, span: tuple[float, float] = EVERYTHING, any_size: bool = False) -> Sound:
    """The sound of a clip as far as it decodes, mixed to mono and resampled.

    Of several tracks the one is read that the file marks as its default, else the first. Channels are averaged, and
    those of a surround layout mixed as `mixture` says, so that the layout alone does not change the level. Channels
    that cancel each other, since one of them is wired the wrong way round, are not mixed: the loudest is used. Where
    the rate changes on the way, each part is resampled by itself. Samples beyond full scale are cut to [-1, 1].
    `Sound.problems` says what is wrong with a sound that can be used: it breaks off, is silent, or is clipped.

    Args:
        path: a sound file, or a clip with sound.
        sample_rate: of the samples returned, in Hz.
        span: where the part that is read begins and ends, in seconds.
        any_size: whether a file may be larger than `MAX_BYTES`.

    Raises:
        ClipError: the clip cannot be opened, has no audio stream, nothing decodes, a sample is
            NaN or infinite, or it is longer or faster sampled than any utterance.
    """
    import librosa

    track = _decode(path, None, span, any_size)
    problems = [Problem(ProblemKind.DAMAGED, lacking) for lacking in _lacking(path, track, span)]
    if span == EVERYTHING:
        problems = [*missing_end(path, any_size), *problems]
    if len(rates := list(dict.fromkeys(rate for rate, _ in track.runs))) > 1:
        problems.append(Problem(ProblemKind.CHANGED, f"the sample rate changes: {', '.join(map(str, rates))} Hz"))
    if track.cancelled is not None:
        problems.append(Problem(ProblemKind.CHANGED, "the channels cancel each other: the loudest of them is used"))
        track = _decode(path, track.cancelled, span, any_size)
    share = track.clipped / max(sum(len(run) for _, run in track.runs), 1)
    parts = [librosa.resample(run, orig_sr=rate, target_sr=sample_rate, res_type="soxr_hq") for rate, run in track.runs]
    samples = np.clip(np.concatenate(parts), -1.0, 1.0)
    return Sound(samples, (*problems, *level_problems(samples, share)))


def _lacking(path: Path, track: "_Track", span: tuple[float, float]) -> Iterator[str]:
    if span == EVERYTHING:
        yield from lacking(path, track.seconds, track.stated, track.runs[0][0])
    elif track.seconds < span[1] - span[0] - 0.1 and span[1] < math.inf:
        yield f"{track.seconds:.2f} of {span[1] - span[0]:.2f} seconds are there"


def level_problems(samples: Float32[np.ndarray, " n"], clipped: float) -> Iterator[Problem]:
    """What is wrong with the level of a sound, of which a share stands at full scale."""
    if np.abs(samples).max(initial=0.0) <= SILENCE:
        yield Problem(ProblemKind.SILENT, "silent")
    if clipped > CLIPPING:
        yield Problem(ProblemKind.CLIPPED, f"clipped: {100 * clipped:.1f} % of the samples stand at full scale")


@dataclass(frozen=True)
class SoundFrame:
    """Some samples as they decode.

    Attributes:
        channels: full scale being 1.
        weights: of the channels in the mono mixture; None where they are averaged.
        rate: in Hz.
    """

    channels: Float[np.ndarray, "channels n"]
    weights: Float[np.ndarray, " channels"] | None
    rate: int

    def mixed(self) -> Float[np.ndarray, " n"]:
        """The mono mixture."""
        mono: np.ndarray = self.channels.mean(axis=0) if self.weights is None else self.weights @ self.channels
        return mono


def sound_frames(path: Path, stream: AudioStream, span: tuple[float, float] = EVERYTHING) -> Iterator[SoundFrame]:
    """A track, or a span of it in seconds, as far as it decodes; its rate and channels may change on the way.

    Raises:
        ClipError: a rate is above `MAX_RATE`, or a sample is NaN or infinite.
    """
    rate, count, begin = 0, 0, 0.0  # samples that passed at this rate, and the time at which it began
    if span[0] > 0 and path.suffix.lower() == ".wav" and stream.time_base:  # in wav files seeking is exact
        container: Any = stream.container
        container.seek(int(span[0] / stream.time_base), stream=stream)
    for frame in decode(stream):
        if not rate and span[0] > 0 and frame.pts is not None and frame.time_base is not None:
            begin = float(frame.pts * frame.time_base) if path.suffix.lower() == ".wav" else 0.0
        if rate != frame.sample_rate:
            rate, count, begin = frame.sample_rate, 0, begin + (count / rate if rate else 0.0)
        if not 0 < rate <= MAX_RATE:
            raise ClipError(path, f"{rate} samples per second; at most {MAX_RATE} are read")
        first = round((span[0] - begin) * rate) - count
        last = frame.samples if span[1] == math.inf else round((span[1] - begin) * rate) - count
        count += frame.samples
        if last <= 0:
            return
        if first >= frame.samples:
            continue
        channels = _channels(frame)[:, max(first, 0) : last]
        if not np.isfinite(channels).all():
            raise ClipError(path, "a sample is NaN or infinite")
        yield SoundFrame(channels, mixture([channel.name for channel in frame.layout.channels]), rate)


@dataclass(frozen=True)
class _Track:
    """A track as it decodes: mono, at its own rate.

    Attributes:
        runs: the rate in Hz, and the samples of the mixture or of one channel, until the rate changes.
        stated: its length in seconds, as the container says; 0 if it does not.
        clipped: how many samples stand at full scale.
        cancelled: the loudest of channels that cancel each other; None if they do not.
    """

    runs: tuple[tuple[int, Float32[np.ndarray, " n"]], ...]
    stated: float
    clipped: int
    cancelled: int | None

    @property
    def seconds(self) -> float:
        """The length of what decodes."""
        return sum(len(samples) / rate for rate, samples in self.runs)


def _decode(path: Path, only: int | None, span: tuple[float, float], any_size: bool) -> _Track:
    """Decode the track, mixed, or one channel of it."""
    pieces: list[tuple[int, np.ndarray]] = []
    seconds, clipped = 0.0, 0
    power, mixed = np.zeros(64), 0.0  # of each channel as it enters the mixture, and of the mixture
    with open_container(path, any_size) as container:
        stream = audio_stream(path, container)
        stated = float((stream.duration or 0) * (stream.time_base or 0))
        for frame in sound_frames(path, stream, span):
            channels, weights = frame.channels, frame.weights
            piece = frame.mixed() if only is None else channels[min(only, len(channels) - 1)]
            count = min(len(power), len(channels))
            entering = np.full(len(channels), 1 / len(channels)) if weights is None else weights
            power[:count] += (entering**2 * (channels**2).sum(axis=1))[:count]
            mixed += float((piece**2).sum())
            pieces.append((frame.rate, piece.astype(np.float32)))
            clipped += int((np.abs(pieces[-1][1]) >= FULL_SCALE).sum())
            seconds += channels.shape[1] / frame.rate
            if seconds > MAX_SECONDS:
                raise TooLongError(path, f"more than {MAX_SECONDS} seconds of sound; that is no utterance")
    if not pieces:
        where = "" if span == EVERYTHING else f" from {span[0]:g} to {span[1]:g} s; expected seconds within it"
        raise ClipError(path, f"no sound decodes{where}")
    runs = [(rate, np.concatenate([p for _, p in some])) for rate, some in groupby(pieces, key=lambda one: one[0])]
    cancelled = int(power.argmax()) if mixed < CANCELLED * power.sum() else None
    return _Track(tuple(runs), stated, clipped, cancelled)


def audio_stream(path: Path, container: InputContainer) -> AudioStream:
    """The track that a clip marks as its default, else its first.

    Raises:
        ClipError: it has none, or none that can be decoded.
    """
    streams = container.streams.audio
    if not streams:
        raise ClipError(path, "no audio stream")
    stream = next((s for s in streams if s.disposition & s.disposition.default), streams[0])
    context: Any = stream.codec_context
    if context is None:
        raise ClipError(path, "no decoder for its audio stream")
    return stream


def mixture(names: Sequence[str]) -> Float[np.ndarray, " channels"] | None:
    """What each channel of a surround layout adds to the mono mixture; None where they are averaged.

    The mean of left and right as ITU-R BS.775 mixes them: L + 0.71 C + 0.71 Ls and R + 0.71 C + 0.71 Rs. The bass
    channel (LFE) is left out. So speech in the centre is as loud as in the film's own stereo track.

    Args:
        names: of the channels, as FFmpeg calls them; nameless ones of a plain wav file are averaged.
    """
    if len(names) < 3 or not {"FL", "FR"} <= set(names):
        return None
    shares = {"FL": 0.5, "FR": 0.5, "FC": SIDE, "LFE": 0.0, "LFE2": 0.0}
    return np.array([shares.get(name, SIDE / 2) for name in names])


def _channels(frame: AudioFrame) -> Float[np.ndarray, "channels n"]:
    """The samples of each channel, full scale being 1."""
    values: Any = frame.to_ndarray()
    if not frame.format.is_planar:
        values = values.reshape(-1, frame.layout.nb_channels).T
    exact = values.astype(np.float64)
    if values.dtype.kind == "u":  # 8-bit sound has its zero at 128
        exact = (exact - 128) / 128
    elif values.dtype.kind == "i":
        exact = exact / -float(np.iinfo(values.dtype).min)
    return exact  # type: ignore[no-any-return]

"""The sound of a clip: decoded, mixed to mono, resampled, and what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import numpy as np
from annotated_types import Gt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from jaxtyping import Float, Float32

from fdan.media.clip import MAX_BYTES, ClipError, TooLongError
from fdan.media.container import STATE_NO_LENGTH, decode, missing_end, open_container
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


def read_sound(path: Path, sample_rate: int) -> Sound:
    """The sound of a clip as far as it decodes, mixed to mono and resampled.

    Of several tracks the one is read that the file marks as its default, else the first. Channels are averaged, and
    those of a surround layout mixed as `mixture` says, so that the layout alone does not change the level. Channels
    that cancel each other, since one of them is wired the wrong way round, are not mixed: the loudest is used. Samples
    beyond full scale are cut to [-1, 1]. `Sound.problems` says what is wrong with a sound that can be used: it breaks
    off, is silent, or is clipped.

    Args:
        path: a sound file, or a clip with sound.
        sample_rate: of the samples returned, in Hz.

    Raises:
        ClipError: the clip cannot be opened, has no audio stream, nothing decodes, a sample is
            NaN or infinite, or it is longer or faster sampled than any utterance.
    """
    import librosa

    track = _decode(path, None)
    problems = [*missing_end(path), *(Problem(ProblemKind.DAMAGED, lost) for lost in _lost(path, track))]
    if track.cancelled is not None:
        problems.append(Problem(ProblemKind.CHANGED, "the channels cancel each other: the loudest of them is used"))
        track = _decode(path, track.cancelled)
    share = track.clipped / max(len(track.samples), 1)
    samples = librosa.resample(track.samples, orig_sr=track.rate, target_sr=sample_rate, res_type="soxr_hq")
    samples = np.clip(samples, -1.0, 1.0)
    return Sound(samples, (*problems, *level_problems(samples, share)))


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


def sound_frames(path: Path, stream: AudioStream) -> Iterator[SoundFrame]:
    """A track as far as it decodes.

    Raises:
        ClipError: its rate changes, or is above `MAX_RATE`, or a sample is NaN or infinite.
    """
    rate = 0
    for frame in decode(stream):
        if rate not in (0, frame.sample_rate):
            raise ClipError(path, f"the sample rate changes from {rate} to {frame.sample_rate} Hz")
        rate = frame.sample_rate
        if not 0 < rate <= MAX_RATE:
            raise ClipError(path, f"{rate} samples per second; at most {MAX_RATE} are read")
        channels = _channels(frame)
        if not np.isfinite(channels).all():
            raise ClipError(path, "a sample is NaN or infinite")
        yield SoundFrame(channels, mixture([channel.name for channel in frame.layout.channels]), rate)


@dataclass(frozen=True)
class _Track:
    """A track as it decodes: mono, at its own rate.

    Attributes:
        samples: of the mixture, or of one channel.
        rate: in Hz.
        stated: its length in seconds, as the container says; 0 if it does not.
        clipped: how many samples stand at full scale.
        cancelled: the loudest of channels that cancel each other; None if they do not.
    """

    samples: Float32[np.ndarray, " n"]
    rate: int
    stated: float
    clipped: int
    cancelled: int | None


def _decode(path: Path, only: int | None) -> _Track:
    """Decode the track, mixed, or one channel of it."""
    pieces: list[np.ndarray] = []
    seconds, rate, clipped = 0.0, 0, 0
    power, mixed = np.zeros(64), 0.0  # of each channel as it enters the mixture, and of the mixture
    with open_container(path) as container:
        stream = audio_stream(path, container)
        stated = float((stream.duration or 0) * (stream.time_base or 0))
        for frame in sound_frames(path, stream):
            channels, weights, rate = frame.channels, frame.weights, frame.rate
            piece = frame.mixed() if only is None else channels[min(only, len(channels) - 1)]
            count = min(len(power), len(channels))
            entering = np.full(len(channels), 1 / len(channels)) if weights is None else weights
            power[:count] += (entering**2 * (channels**2).sum(axis=1))[:count]
            mixed += float((piece**2).sum())
            pieces.append(piece.astype(np.float32))
            clipped += int((np.abs(pieces[-1]) >= FULL_SCALE).sum())
            seconds += channels.shape[1] / rate
            if seconds > MAX_SECONDS:
                raise TooLongError(path, f"more than {MAX_SECONDS} seconds of sound; that is no utterance")
    if not pieces:
        raise ClipError(path, "no sound decodes")
    cancelled = int(power.argmax()) if mixed < CANCELLED * power.sum() else None
    return _Track(np.concatenate(pieces), rate, stated, clipped, cancelled)


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


def _lost(path: Path, track: _Track) -> Iterator[str]:
    """How much of a sound is not there: of a wav or avi file, whose length FFmpeg corrects in silence, and of any."""
    with path.open("rb") as file:
        head = file.read(12)
        size = path.stat().st_size - 8
        stated = int.from_bytes(head[4:8], "little") if head[:4] == b"RIFF" else 0
        if head[8:] == b"WAVE" or (head[8:] == b"AVI " and stated == size + 8):
            stated = size + _missing_bytes(file, size + 8)
    # What is written to a pipe states the greatest length there is, or half of it: it was never known.
    if size < stated <= MAX_BYTES:
        yield f"{size} of {stated} bytes are there"
    seconds = len(track.samples) / track.rate
    suffix = path.suffix.lower()
    guessed = suffix in STATE_NO_LENGTH or (suffix == ".mp3" and not _states_its_length(path))
    if seconds < track.stated - 0.1 and not guessed:  # the length of an mp3 or aac stream is stated to a packet or two
        yield f"{seconds:.2f} of {track.stated:.2f} seconds decode"


def _missing_bytes(file: BinaryIO, size: int) -> int:
    """How many bytes the chunks of a wav or avi file of this size lack; the file stands before its first chunk.

    The length of each chunk is believed, of a wav file's the samples' alone, and not the whole file's, which some
    programs state 8 bytes too long.
    """
    while len(chunk := file.read(8)) == 8:
        length = int.from_bytes(chunk[4:], "little")
        lacking = max(0, length - (size - file.tell()))
        if lacking or chunk[:4] == b"data":
            return lacking
        file.seek(length + length % 2, 1)
    return 0


def _states_its_length(path: Path) -> bool:
    """Whether an mp3 file has a first frame (Xing, Info or VBRI) that says how long it is; FFmpeg guesses otherwise."""
    with path.open("rb") as file:
        head = file.read(10)
        tag = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
        file.seek(10 + tag if head[:3] == b"ID3" else 0)
        first = file.read(4096)
    return any(name in first for name in (b"Xing", b"Info", b"VBRI"))


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

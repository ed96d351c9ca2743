"""From a recording to acoustic features, in a watched process: by the functions that made the training samples'."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from safetensors import safe_open
from torch import nn

from fdan.backbones import speech_features as speech
from fdan.backbones.extractor import Extractor, FeatureParams
from fdan.backbones.pretrained import build_network, identity_of
from fdan.backbones.speech_encoder import identity as encoder_identity
from fdan.media.clip import ClipError, TooLongError
from fdan.media.container import open_container
from fdan.media.problem import Problem
from fdan.media.sound import EVERYTHING, MelParams, Sound, audio_stream, read_sound
from fdan.prediction.ranges import level_of
from fdan.prediction.windows import windows
from fdan.runtime.cache import digest
from fdan.runtime.worker import Limits
from fdan.samples import mels as image

MEGABYTES = 4000
"""That the process which hears a recording through Mel images may take."""

WHOLE, SEGMENTS = 3600.0, 6 * 3600.0
"""Seconds that a recording may take as a whole, and in segments, of which there may be a hundred for each window: far
more than what decodes needs, so that what hangs is noticed."""

WINDOW = 10.0
"""Seconds that are heard together of a recording that is too long for an utterance: few utterances last longer, and
features that describe minutes describe none."""

PICTURES = 12
"""Mel images that are kept of a recording in windows at most, evenly apart."""

BACKBONE = "backbone."
"""What the names of the feature network's weights begin with in an exported model's file."""


@dataclass(frozen=True)
class Voice:
    """How a sound becomes acoustic features.

    Attributes:
        mels: of the Mel image.
        features: of the network that reads it.
        file: that holds this network's weights, from `fdan export`; empty where `features.weights` says which.
        encoder: the folder of a speech encoder that hears in the network's place; empty where none does.
    """

    mels: MelParams
    features: FeatureParams
    file: str = ""
    encoder: str = ""


@dataclass(frozen=True)
class Piece:
    """What was heard from `start` to `end`, in seconds.

    Attributes:
        features: as the network `FDAN` reads them.
        level: see `level_of`.
        problems: what is wrong with this piece.
        image: its Mel image; None where it is not asked for, or one of too many.
    """

    start: float
    end: float
    features: Float32[np.ndarray, " p"]
    level: float
    problems: tuple[Problem, ...]
    image: UInt8[np.ndarray, "size size"] | None


@dataclass(frozen=True)
class Heard:
    """A recording as far as it can be used.

    Attributes:
        rate: of the file itself, in Hz.
        pieces: one for the whole of it, or one for each window: some kB each, all that grows with its length.
        reason: why there are none, or of segments why there are no more; empty if it was read to its end.
    """

    rate: int
    pieces: tuple[Piece, ...]
    reason: str = ""


def prepare(voice: Voice) -> None:
    """Ready a process for `hear`."""
    image.prepare(voice.mels)
    if voice.encoder:
        speech.prepare(Path(voice.encoder))
    else:
        _extractor(voice)


def limits(voice: Voice, seconds: float | None) -> Limits:
    """What one recording may take, as a whole (None) or in segments; a speech encoder has its own room."""
    megabytes = speech.LIMITS.megabytes if voice.encoder else MEGABYTES
    return Limits(WHOLE if seconds is None else SEGMENTS, megabytes)


def hear(
    path: str,
    voice: Voice,
    seconds: float | None = None,
    pictures: bool = False,
    window: float = WINDOW,
    span: tuple[float, float] = EVERYTHING,
) -> Heard:
    """Read one recording, or a span of it; of segments, those before the place where it cannot be read any more.

    Args:
        path: of a sound, or of a clip with sound.
        voice: how it is read.
        seconds: length of a segment; None takes the recording as a whole, as training does.
        pictures: whether the Mel images are asked for.
        window: length of the windows, in seconds, in which a whole is read that is longer than `MAX_SECONDS`.
        span: where the part begins and ends that is read, in seconds.
    """
    file, rate, pieces = Path(path), 0, list[Piece]()

    def heard() -> Iterator[Piece]:
        sounds = _whole(file, voice.mels, window, span) if seconds is None else windows(file, seconds, voice.mels, span)
        for start, sound in sounds:
            piece = _piece(start, sound, voice, pictures)
            yield replace(piece, start=span[0] + piece.start, end=span[0] + piece.end)

    try:
        with open_container(file, any_size=True) as container:
            rate = audio_stream(file, container).sample_rate
        _keep(heard(), pieces)
        return Heard(rate, tuple(pieces))
    except ClipError as error:
        return Heard(rate, tuple(pieces) if seconds is not None else (), error.problem.detail)


def acoustic_features(mel: UInt8[np.ndarray, "size size"], voice: Voice) -> Float32[np.ndarray, " p"]:
    """The features of one Mel image: what the stage features computes of it, in a batch of one."""
    found: Float32[np.ndarray, " p"] = _extractor(voice)([mel])[0].numpy()
    return found


def voice_identity(voice: Voice) -> str:
    """What features depend on beside the recording, for the keys of caches: settings, and digests of weights.

    Raises:
        FdanError: weights are not there.
    """
    features = voice.features
    if voice.encoder:
        weights = encoder_identity(Path(voice.encoder))
    else:
        weights = digest(Path(voice.file)) if voice.file else identity_of(features.network, features.weights)
    return repr((voice.mels, replace(features, batch_size=1), weights))


def feature_network(voice: Voice) -> nn.Module:
    """The network that reads Mel images, whole, from where `Voice` says."""
    if not voice.file:
        return build_network(voice.features.network, voice.features.weights, voice.features.seed)
    network = build_network(voice.features.network, "random", 0)
    if voice.features.weights != "random" and hasattr(network, "transform_input"):
        network.transform_input = True  # type: ignore[assignment]
    with safe_open(voice.file, framework="pt") as file:
        names = [name for name in file.keys() if name.startswith(BACKBONE)]  # noqa: SIM118 (no mapping)
        network.load_state_dict({name.removeprefix(BACKBONE): file.get_tensor(name) for name in names})
    return network


def _whole(path: Path, mels: MelParams, window: float, span: tuple[float, float]) -> Iterator[tuple[int, Sound]]:
    """All of a sound at once, and the sample that it begins with; in windows if it is too long for that."""
    try:
        sound = read_sound(path, mels.sample_rate, span, any_size=True)
    except TooLongError:
        yield from windows(path, window, mels, span)
    else:
        yield 0, sound


def _piece(start: int, sound: Sound, voice: Voice, pictures: bool) -> Piece:
    rate, samples = voice.mels.sample_rate, sound.samples
    mel = image.mel_image(samples, voice.mels)
    end = (start + len(samples)) / rate
    heard = speech.encoder(Path(voice.encoder)).vector(samples) if voice.encoder else acoustic_features(mel, voice)
    problems = image.sound_problems(sound, voice.mels)
    return Piece(start / rate, end, heard, level_of(mel, voice.mels), problems, mel if pictures else None)


def _keep(pieces: Iterable[Piece], kept: list[Piece]) -> None:
    """Append all pieces; at most `PICTURES` keep their image: every one, every second, every fourth, ..."""
    step = 1
    for number, piece in enumerate(pieces):
        kept.append(piece if number % step == 0 else replace(piece, image=None))
        if number == PICTURES * step:
            for other in range(step, number, 2 * step):
                kept[other] = replace(kept[other], image=None)
            step *= 2


@cache  # one per process
def _extractor(voice: Voice) -> Extractor:
    return Extractor(feature_network(voice), 1)

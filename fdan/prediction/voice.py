"""From a recording to acoustic features, in a watched process: by the functions that made the training samples'."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from safetensors import safe_open
from torch import nn

from fdan.extraction.worker import Limits
from fdan.features.extractor import Extractor, FeatureParams
from fdan.media.clip import ClipError
from fdan.media.container import open_container
from fdan.media.problem import Problem
from fdan.mels import image
from fdan.mels.sound import MAX_SECONDS, MelParams, audio_stream, read_sound
from fdan.networks.pretrained import build_network
from fdan.prediction.ranges import level_of
from fdan.prediction.windows import windows

LIMITS = Limits(seconds=300.0, megabytes=4000)
"""Of one recording as a whole: six minutes at most."""

LONG = Limits(seconds=6 * 3600.0, megabytes=4000)
"""Of one that is read in windows: its length has no limit, its windows have."""

BACKBONE = "backbone."
"""What the names of the feature network's weights begin with in an exported model's file."""


@dataclass(frozen=True)
class Voice:
    """How a sound becomes acoustic features.

    Attributes:
        mels: of the Mel image.
        features: of the network that reads it.
        file: that holds this network's weights, from `fdan export`; empty where `features.weights` says which.
    """

    mels: MelParams
    features: FeatureParams
    file: str = ""


@dataclass(frozen=True)
class Piece:
    """What was heard from `start` to `end`, in seconds.

    Attributes:
        features: as the network `FDAN` reads them.
        level: see `level_of`.
        problems: what is wrong with this piece.
        image: its Mel image.
    """

    start: float
    end: float
    features: Float32[np.ndarray, " p"]
    level: float
    problems: tuple[Problem, ...]
    image: UInt8[np.ndarray, "size size"]


@dataclass(frozen=True)
class Heard:
    """A recording as far as it can be used.

    Attributes:
        rate: of the file itself, in Hz.
        pieces: one for the whole of it, or one for each window.
        reason: why there are none; empty if there are.
    """

    rate: int
    pieces: tuple[Piece, ...]
    reason: str = ""


def prepare(voice: Voice) -> None:
    """Ready a process for `hear`."""
    image.prepare(voice.mels)
    _extractor(voice)


def hear(path: str, voice: Voice, seconds: float | None = None) -> Heard:
    """Read one recording.

    Args:
        path: of a sound, or of a clip with sound.
        voice: how it is read.
        seconds: length of a window; None takes the recording as a whole, as training does.
    """
    file = Path(path)
    try:
        with open_container(file) as container:
            rate = audio_stream(file, container).sample_rate
        return Heard(rate, tuple(_pieces(file, voice, seconds)))
    except ClipError as error:
        return Heard(0, (), error.problem.detail)


def acoustic_features(mel: UInt8[np.ndarray, "size size"], voice: Voice) -> Float32[np.ndarray, " p"]:
    """The features of one Mel image: what the stage features computes of it, in a batch of one."""
    found: Float32[np.ndarray, " p"] = _extractor(voice)([mel])[0].numpy()
    return found


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


def _pieces(path: Path, voice: Voice, seconds: float | None) -> Iterator[Piece]:
    mels = voice.mels
    if seconds is None:
        try:
            sound = read_sound(path, mels.sample_rate)
        except ClipError as error:
            if f"more than {MAX_SECONDS} seconds" in error.problem.detail:
                reason = f"more than {MAX_SECONDS} seconds of sound: read it in windows (--segments 3.0)"
                raise ClipError(path, reason) from None
            raise
        yield _piece(0, sound.samples, image.sound_problems(sound, mels), voice)
        return
    for start, sound in windows(path, seconds, mels):
        yield _piece(start, sound.samples, image.sound_problems(sound, mels), voice)


def _piece(start: int, samples: Float32[np.ndarray, " n"], problems: tuple[Problem, ...], voice: Voice) -> Piece:
    rate = voice.mels.sample_rate
    mel = image.mel_image(samples, voice.mels)
    end = (start + len(samples)) / rate
    return Piece(start / rate, end, acoustic_features(mel, voice), level_of(mel, voice.mels), problems, mel)


@cache  # one per process
def _extractor(voice: Voice) -> Extractor:
    return Extractor(feature_network(voice), 1, voice.features.precision)

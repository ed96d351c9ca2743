"""From a clip that may lie to its sound as a wav file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Gt

from fdan.media.clip import MediaError, locate
from fdan.media.sound import read_sound
from fdan.media.wav import encode_wav
from fdan.runtime.cache import CacheEntry, code_of

CODE = code_of(__name__)
"""What a remembered result depends on."""

LIBRARIES = ("av", "librosa", "numpy", "scipy", "soxr")


@dataclass(frozen=True)
class SoundParams:
    """Section ``sounds`` of params.yaml.

    Attributes:
        sample_rate: in Hz.
    """

    sample_rate: Annotated[int, Gt(0)]


def prepare() -> None:
    """Load what the first sound of a process would else wait for, beyond its limit where the disk is slow."""
    import librosa

    librosa.resample(np.zeros(1024, np.float32), orig_sr=2, target_sr=1, res_type="soxr_hq")


def wav_of(audio: str, folder: Path, params: SoundParams) -> CacheEntry:
    """The sound of one clip as a wav file; without one, why not."""
    try:
        sound = read_sound(locate(folder, audio), params.sample_rate)
    except MediaError as error:
        return CacheEntry(str(error).removeprefix(f"{folder / audio}: "), ())
    return CacheEntry("", (encode_wav(sound.samples, params.sample_rate),))

"""From a sound to its Mel image: the acoustic modality's input."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from fdan.data.index import MelRow
from fdan.data.manifest import Utterance
from fdan.extraction.cache import Entry
from fdan.extraction.worker import Failure
from fdan.media.clip import MediaError, locate
from fdan.mels.sound import MelParams, Sound, read_sound
from fdan.runtime.process import report


def sound_problem(sound: Sound, params: MelParams) -> str:
    """All that is to be flagged about a sound before its Mel image is used; else empty."""
    short = f"shorter than one window of {params.n_fft} samples" if len(sound.samples) < params.n_fft else ""
    return "; ".join(filter(None, [sound.problem, short]))


def mel_image(samples: Float32[np.ndarray, " n"], params: MelParams) -> UInt8[np.ndarray, "size size"]:
    """A whole utterance as one grey image: time to the right, low bands at the bottom.

    The power in each Mel band, in dB relative to 1.0, cut to [floor_db, ceiling_db], is stretched
    bilinearly to size x size; floor_db becomes 0, ceiling_db 255. Less than one window is padded
    with silence.

    Args:
        samples: mono, at `MelParams.sample_rate`.
        params: the section ``mels``.
    """
    import cv2
    import librosa

    samples = np.pad(samples, (0, max(0, params.n_fft - len(samples))))
    power = librosa.feature.melspectrogram(
        y=samples,
        sr=params.sample_rate,
        n_fft=params.n_fft,
        hop_length=params.hop_length,
        n_mels=params.n_mels,
    )
    decibels = 10 * np.log10(np.maximum(power, np.float32(1e-30)))
    shade = (decibels - params.floor_db) / (params.ceiling_db - params.floor_db)
    image: Any = np.clip(shade, 0.0, 1.0).astype(np.float32)[::-1]
    image = cv2.resize(image, (params.size, params.size), interpolation=cv2.INTER_LINEAR)
    grey: UInt8[np.ndarray, "size size"] = np.rint(image * 255).astype(np.uint8)
    return grey


def encode_png(image: UInt8[np.ndarray, "h w"]) -> bytes:
    """A grey image as PNG, without loss."""
    import cv2

    return cv2.imencode(".png", image)[1].tobytes()


CODE = ("fdan/media", "fdan/mels", "fdan/numerics")
"""What a remembered result depends on."""

LIBRARIES = ("av", "librosa", "numpy", "opencv-python-headless", "scipy", "soxr")


def image_of(audio: str, folder: Path, params: MelParams) -> Entry:
    """The Mel image of one sound, its length in seconds, and what is wrong with it."""
    try:
        sound = read_sound(locate(folder, audio), params.sample_rate)
    except MediaError as error:
        return Entry([0.0, str(error).removeprefix(f"{folder / audio}: ")], ())
    seconds = round(len(sound.samples) / params.sample_rate, 3)
    return Entry([seconds, sound_problem(sound, params)], (encode_png(mel_image(sound.samples, params)),))


def row_of(utterance: Utterance, entry: Entry | Failure) -> MelRow:
    """The row of one utterance."""
    if isinstance(entry, Entry) and entry.blobs:
        seconds, problem = entry.about
        return MelRow(utterance.id, utterance.emotion, f"{utterance.id}.png", seconds, problem)
    reason = entry.about[1] if isinstance(entry, Entry) else entry.reason
    problem = f"{utterance.audio}: {reason}" if utterance.audio else reason
    return MelRow(utterance.id, utterance.emotion, "", 0.0, problem)


def summarise(corpus: str, index: list[MelRow], sounds: bool) -> None:
    """Name every sound that is lost or flagged, and print the summary line; a corpus without sounds is one fact."""
    lost = [mel for mel in index if not mel.image]
    flagged = [mel for mel in index if mel.image and mel.problem]
    report(
        [f"{mel.utterance}: no acoustic sample: {mel.problem}" for mel in lost if sounds]
        + [f"{len(lost)} utterances without a sound: the corpus has faces alone"] * (not sounds and len(lost) > 0)
        + [f"{mel.utterance}: used, but {mel.problem}" for mel in flagged],
        f"data/mels/{corpus}/index.csv",
    )
    seconds = sum(mel.seconds for mel in index)
    print(
        f"mels {corpus}: {len(index) - len(lost)} images of {seconds:.0f} s of sound; "
        f"{len(lost)} utterances without sound, {len(flagged)} flagged but used"
    )

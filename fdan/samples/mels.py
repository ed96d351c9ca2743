"""From a sound to its Mel image: the acoustic modality's input."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8

from fdan.data.index import MelRow
from fdan.data.manifest import Utterance
from fdan.media.clip import ClipError, locate
from fdan.media.problem import Problem, ProblemKind, describe
from fdan.media.sound import MelParams, Sound, read_sound
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.process import report
from fdan.runtime.worker import Failure
from fdan.samples.clips import Clips, Sample, extract_files, name_each, write_samples


def sound_problems(sound: Sound, params: MelParams) -> tuple[Problem, ...]:
    """All that is to be flagged about a sound before its Mel image is used."""
    if len(sound.samples) >= params.n_fft:
        return sound.problems
    short = Problem(ProblemKind.SHORT, f"shorter than one window of {params.n_fft} samples")
    return (*sound.problems, short)


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


LIBRARIES = ("av", "librosa", "numpy", "opencv-python-headless", "scipy", "soxr")


def prepare(params: MelParams) -> None:
    """Ready a process for `image_of`: its first image takes seconds, minutes in a fresh environment (numba)."""
    mel_image(np.zeros(params.n_fft, np.float32), params)


def write_mels(out: Path, clips: Clips, params: MelParams) -> list[MelRow]:
    """Write ``mels.zip`` and ``index.csv`` of a corpus into a new folder; return the index' rows."""
    entries = extract_files(
        partial(image_of, folder=clips.folder, params=params),
        [u.audio for u in clips.utterances],
        clips,
        "mels",
        prepare=partial(prepare, params),
        cache=Cache("mels", params, code_of(__name__), LIBRARIES),
    )

    def samples() -> Iterator[Sample[MelRow]]:
        for utterance, entry in zip(clips.utterances, entries, strict=True):
            row = row_of(utterance, entry or Failure("no sound file"))
            blobs = entry.blobs if isinstance(entry, CacheEntry) else ()
            yield Sample(utterance.audio, [row], [(row.image, blob) for blob in blobs])

    return write_samples(out, "mels.zip", MelRow, samples())


def image_of(audio: str, folder: Path, params: MelParams) -> CacheEntry:
    """The Mel image of one sound, its length in seconds, and what is wrong with it."""
    try:
        sound = read_sound(locate(folder, audio), params.sample_rate)
    except ClipError as error:
        return CacheEntry([0.0, error.problem.detail], ())
    seconds = round(len(sound.samples) / params.sample_rate, 3)
    problem = describe(sound_problems(sound, params))
    return CacheEntry([seconds, problem], (encode_png(mel_image(sound.samples, params)),))


def row_of(utterance: Utterance, entry: CacheEntry | Failure) -> MelRow:
    """The row of one utterance; a sound that gives no image is a row that says why."""
    seconds, problem = entry.about if isinstance(entry, CacheEntry) else (0.0, entry.reason)
    if isinstance(entry, CacheEntry) and entry.blobs:
        return MelRow(utterance.id, utterance.emotion, f"{utterance.id}.png", seconds, problem)
    return MelRow(utterance.id, utterance.emotion, "", 0.0, problem)


def summarise(clips: Clips, index: Sequence[MelRow], listed: Path) -> None:
    """Name every sound that is lost or flagged, and print the summary line; a corpus without sounds is one fact.

    Args:
        clips: the corpus.
        index: what `write_mels` returned.
        listed: the file that lists all of it.
    """
    lost = [mel for mel in index if not mel.image]
    flagged = [mel for mel in index if mel.image and mel.problem]
    if any(utterance.audio for utterance in clips.utterances):
        notes = name_each({mel.utterance: f"no acoustic sample: {mel.problem}" for mel in lost})
    else:
        notes = [f"{len(lost)} utterances without a sound: the corpus has faces alone"] * (len(lost) > 0)
    report(notes + name_each({mel.utterance: f"used, but {mel.problem}" for mel in flagged}), str(listed))
    seconds = sum(mel.seconds for mel in index)
    print(
        f"mels {clips.corpus}: {len(index) - len(lost)} images of {seconds:.0f} s of sound; "
        f"{len(lost)} utterances without sound, {len(flagged)} flagged but used"
    )

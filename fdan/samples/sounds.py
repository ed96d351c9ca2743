"""The sound of every utterance as a wav file, for the methods that read sound."""

from fdan.numerics.pins import unpinned

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Gt

from fdan.data.archive import write_images
from fdan.media.clip import ClipError, locate
from fdan.media.sound import read_sound
from fdan.media.wav import encode_wav
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.process import report
from fdan.runtime.worker import Failure
from fdan.samples.clips import Clips, extract_files, name_each

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


def write_sounds(path: Path, clips: Clips, params: SoundParams, listed: Path) -> None:
    """Write one ``<utterance>.wav`` each into a zip file, name what cannot be read, and print the summary line.

    Args:
        path: the zip file.
        clips: the corpus.
        params: the sample rate.
        listed: the index of the Mel images, which lists every sound that cannot be read.
    """
    utterances = [u for u in clips.utterances if u.audio]
    entries = extract_files(
        partial(wav_of, folder=clips.folder, params=params),
        [u.audio for u in utterances],
        clips,
        "sounds",
        prepare=prepare,
        cache=Cache("sounds", params, code_of(__name__), LIBRARIES),
    )
    lost: dict[str, str] = {}

    def sounds() -> Iterator[tuple[str, bytes]]:
        for utterance, entry in zip(utterances, entries, strict=True):
            if isinstance(entry, CacheEntry) and entry.blobs:
                yield f"{utterance.id}.wav", entry.blobs[0]
            else:
                lost[utterance.id] = entry.reason if isinstance(entry, Failure) else str(entry and entry.about)

    write_images(path, sounds())
    for note in unpinned().values():
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = note.encode()
    report(name_each({utterance: f"no wav file: {reason}" for utterance, reason in lost.items()}), str(listed))
    print(f"sounds {clips.corpus}: {len(utterances) - len(lost)} of {len(utterances)} sounds")


def wav_of(audio: str, folder: Path, params: SoundParams) -> CacheEntry:
    """The sound of one clip as a wav file; without one, why not."""
    try:
        sound = read_sound(locate(folder, audio), params.sample_rate)
    except ClipError as error:
        return CacheEntry(error.problem.detail, ())
    return CacheEntry("", (encode_wav(sound.samples, params.sample_rate),))

"""What a speech encoder hears of every utterance of a corpus, in watched processes, remembered one by one."""

from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from fdan.backbones.speech_encoder import SAMPLE_RATE, Encoder, identity
from fdan.data.emotions import CorpusError
from fdan.data.features import FeatureSet
from fdan.data.index import MelRow
from fdan.data.records import read_records
from fdan.media.clip import ClipError, clip_key, locate
from fdan.media.sound import read_sound
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.jobs import run_sandboxed
from fdan.runtime.project import Project
from fdan.runtime.worker import Failure, Limits
from fdan.samples.clips import Clips

LIBRARIES = ("av", "ctranslate2", "librosa", "numpy", "scipy", "soxr")

LIMITS = Limits(seconds=600.0, megabytes=16_000)
"""Of one clip: six minutes of sound, through the largest encoder that there is."""


def speech_features(project: Project, corpus: str, weights: Path) -> FeatureSet:
    """The vectors of those utterances that have a Mel image, in the order of its index: so the split is the same.

    Args:
        project: where the corpus' Mel images and recordings are listed.
        corpus: its name.
        weights: the encoder's folder.

    Raises:
        FdanError: the stages' files, or as `Encoder`.
        CorpusError: a clip that the stage ``mels`` could read cannot be read any more.
        ChildProcessError: a clip took more than `LIMITS`, or crashed.
    """
    weights = weights.absolute()
    known = Cache("speech", identity(weights), code_of(__name__), LIBRARIES)
    rows = [row for row in read_records(project.mels(corpus) / "index.csv", MelRow) if row.image]
    clips = Clips.of(project, corpus)
    audio = {utterance.id: utterance.audio for utterance in clips.utterances}
    names = [audio.get(row.utterance, "") for row in rows]
    entries = run_sandboxed(
        partial(vector_of, folder=clips.folder, weights=weights),
        names,
        f"speech {corpus}",
        clips.parallel,
        prepare=partial(prepare, weights),
        cache=known,
        key=partial(clip_key, folder=clips.folder, cache=known),
        limits=LIMITS,
    )
    vectors = []
    for name, entry in zip(names, entries, strict=True):
        if isinstance(entry, Failure):
            raise ChildProcessError(f"{clips.folder / name}: {entry.reason}")
        if not entry.blobs:
            raise CorpusError(f"{clips.folder / name}: {entry.about}; the stage mels must run again")
        vectors.append(np.frombuffer(entry.blobs[0], "<f4"))
    values = np.stack(vectors) if vectors else np.empty((0, 0), np.float32)
    return FeatureSet(
        tuple(row.utterance for row in rows), tuple(row.emotion for row in rows), torch.from_numpy(values.copy())
    )


def prepare(weights: Path) -> None:
    """Load what the first sound of a process would else wait for."""
    vector = encoder(weights).vector(np.zeros(1, np.float32))
    if not np.isfinite(vector).all():
        raise CorpusError(f"features.acoustic_weights: {weights}: its vectors are no numbers; the folder is broken")


def vector_of(audio: str, folder: Path, weights: Path) -> CacheEntry:
    """The vector of one clip, float32; without one, why not."""
    try:
        samples = read_sound(locate(folder, audio), SAMPLE_RATE).samples
    except ClipError as error:
        return CacheEntry(error.problem.detail, ())
    return CacheEntry("", (encoder(weights).vector(samples).astype("<f4").tobytes(),))


@cache  # one per process
def encoder(weights: Path) -> Encoder:
    """The encoder of a folder, loaded once."""
    return Encoder(weights)

"""Features of all images of one corpus and modality, in watched processes, remembered one by one."""

from fdan.numerics.pins import device

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32

from fdan.backbones.extractor import Extractor, FeatureParams
from fdan.backbones.pretrained import build_network, feature_width, identity_of
from fdan.data.archive import read_bytes, read_images
from fdan.data.emotions import Modality
from fdan.data.features import FeatureSet
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.project import Project
from fdan.runtime.worker import Failure, Limits

LIBRARIES = ("numpy", "opencv-python-headless", "torch", "torchvision")

LIMITS = Limits(seconds=3600.0, megabytes=16_000)
"""Of one batch. The images are our own, so only a machine in trouble meets these."""


def extract_features(
    project: Project, modality: Modality, corpus: str, params: FeatureParams, parallel: ParallelParams
) -> FeatureSet:
    """Return the features of all samples of one corpus and modality, in the order of its index."""
    samples: list[tuple[FaceRow | MelRow, str]]
    if modality is Modality.VISUAL:
        archive = project.faces(corpus).absolute() / "crops.zip"
        samples = [(f, f.crop) for f in read_records(archive.with_name("index.csv"), FaceRow) if f.crop]
    else:
        archive = project.mels(corpus).absolute() / "mels.zip"
        samples = [(m, m.image) for m in read_records(archive.with_name("index.csv"), MelRow) if m.image]
    names = [name for _, name in samples]
    values = features_of(archive, names, params, parallel, f"features {modality} {corpus}")
    return FeatureSet(
        tuple(s.utterance for s, _ in samples), tuple(s.emotion for s, _ in samples), torch.from_numpy(values)
    )


def features_of(
    archive: Path, names: Sequence[str], params: FeatureParams, parallel: ParallelParams, title: str
) -> Float32[np.ndarray, "n p"]:
    """A row of features for each image of a zip; equal images, and those known from an earlier run, cost nothing.

    Args:
        archive: the zip, absolute.
        names: of its images, in the order of the rows.
        params: the section ``features``.
        parallel: where the work is done.
        title: of the progress bar.

    Raises:
        CorpusError: the zip or an image of it cannot be read.
        FdanError: as `Extractor`.
        ChildProcessError: a batch took more than `LIMITS`, or crashed.
    """
    known = Cache("features", (params, identity_of(params.network, params.weights)), code_of(__name__), LIBRARIES)
    places: dict[str, list[int]] = defaultdict(list)
    for place, image in enumerate(read_bytes(archive, names)):
        places[known.key(hashlib.sha256(image).hexdigest())].append(place)
    rows: dict[int, bytes] = {}
    missing = []
    for key, equal in places.items():
        if entry := known.read(key):
            rows.update(dict.fromkeys(equal, entry.blobs[0]))
        else:
            missing.append(key)
    batches = [missing[i : i + params.batch_size] for i in range(0, len(missing), params.batch_size)]
    if device() == "cuda" and parallel.backend == "loky":
        parallel = replace(parallel, workers=2)  # one reads and decodes while the other's batch is on the GPU
    results = run_sandboxed(
        partial(batch_of, archive=archive, params=params),
        [[names[places[key][0]] for key in batch] for batch in batches],
        title,
        parallel,
        prepare=partial(_extractor, params),
        limits=LIMITS,
    )
    for batch, result in zip(batches, results, strict=True):
        if isinstance(result, Failure):
            raise ChildProcessError(f"{archive}: {names[places[batch[0]][0]]} and what follows: {result.reason}")
        for key, row in zip(batch, result.blobs, strict=True):
            rows.update(dict.fromkeys(places[key], row))
            known.write(key, CacheEntry(None, (row,)))
    if not names:  # a corpus without faces, or without speech
        return np.empty((0, feature_width(build_network(params.network, "random", 0))), np.float32)
    values = b"".join(rows[place] for place in range(len(names)))
    return np.frombuffer(bytearray(values), np.float32).reshape(len(names), -1)


def batch_of(names: Sequence[str], archive: Path, params: FeatureParams) -> CacheEntry:
    """The features of a batch of images."""
    values = _extractor(params)(list(read_images(archive, names))).numpy()
    return CacheEntry(None, tuple(row.tobytes() for row in values))


@cache  # one per process
def _extractor(params: FeatureParams) -> Extractor:
    return Extractor(build_network(params.network, params.weights, params.seed), params.batch_size)

"""Stage features: ResNet-34 features of one corpus' face crops or Mel images."""

import argparse
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32

from fdan.backbone import Extractor, FeatureParams, build_network
from fdan.data.index import Face, Mel, read_index
from fdan.data.utterance import Modality
from fdan.extraction.cache import Cache, Entry
from fdan.extraction.keeper import Limits, Lost
from fdan.extraction.parallel import ParallelParams, extract
from fdan.features import FeatureSet, write_features
from fdan.media.archive import read_bytes, read_images
from fdan.media.clip import digest
from fdan.params import load_params
from stages.process import output, run

CODE = (
    "fdan/backbone.py",
    "fdan/media/archive.py",
    "fdan/media/clip.py",
    "fdan/openvino.py",
    "fdan/vision.py",
    "stages/features.py",
)
LIBRARIES = ("numpy", "opencv-python", "openvino", "torch", "torchvision")

WIDTH = 512
"""Features of ResNet-34."""

LIMITS = Limits(seconds=3600.0, megabytes=16_000)
"""Of one batch. The images are our own, so only a machine in trouble meets these."""


def main() -> None:
    """Write ``data/features/<modality>/<corpus>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modality", choices=list(Modality))
    parser.add_argument("corpus")
    args = parser.parse_args()
    params = load_params("features", FeatureParams)
    samples: list[tuple[Face | Mel, str]]
    if args.modality == Modality.VISUAL:
        archive = Path(f"data/faces/{args.corpus}/crops.zip")
        samples = [(f, f.crop) for f in read_index(Face, archive.with_name("index.csv")) if f.crop]
    else:
        archive = Path(f"data/mels/{args.corpus}/mels.zip")
        samples = [(m, m.image) for m in read_index(Mel, archive.with_name("index.csv")) if m.image]
    title = f"features {args.modality} {args.corpus}"
    values = features_of(archive.absolute(), [name for _, name in samples], params, title)
    features = FeatureSet(
        tuple(s.utterance for s, _ in samples), tuple(s.emotion for s, _ in samples), torch.from_numpy(values)
    )
    with output(Path(f"data/features/{args.modality}/{args.corpus}.safetensors")) as path:
        write_features(features, path)
    print(f"{title}: {values.shape[0]} samples x {values.shape[1]}, weights {params.weights}")


def features_of(archive: Path, names: Sequence[str], params: FeatureParams, title: str) -> Float32[np.ndarray, "n p"]:
    """A row of features for each image of a zip; equal images, and those known from an earlier run, cost nothing."""
    weights = digest(Path(params.weights)) if Path(params.weights).is_file() else params.weights
    known = Cache("features", (params, weights), CODE, LIBRARIES)
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
    parallel = load_params("parallel", ParallelParams)
    if torch.cuda.is_available() and parallel.backend == "loky":
        parallel = replace(parallel, workers=2)  # one reads and decodes while the other's batch is on the GPU
    results = extract(
        partial(batch_of, archive=archive, params=params),
        [[names[places[key][0]] for key in batch] for batch in batches],
        title,
        parallel,
        prepare=partial(_extractor, params),
        limits=LIMITS,
    )
    for batch, result in zip(batches, results, strict=True):
        if isinstance(result, Lost):
            raise ChildProcessError(f"{archive}: {names[places[batch[0]][0]]} and what follows: {result.reason}")
        for key, row in zip(batch, result.blobs, strict=True):
            rows.update(dict.fromkeys(places[key], row))
            known.write(key, Entry(None, (row,)))
    values = b"".join(rows[place] for place in range(len(names)))
    return np.frombuffer(bytearray(values), np.float32).reshape(len(names), -1 if names else WIDTH)


def batch_of(names: Sequence[str], archive: Path, params: FeatureParams) -> Entry:
    """The features of a batch of images."""
    values = _extractor(params)(list(read_images(archive, names))).numpy()
    return Entry(None, tuple(row.tobytes() for row in values))


@cache  # one per process
def _extractor(params: FeatureParams) -> Extractor:
    torch.set_num_threads(1)
    return Extractor(build_network("resnet34", params.weights, params.seed), params.batch_size, params.precision)


if __name__ == "__main__":
    run()

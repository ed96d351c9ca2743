"""Stage features: ResNet-34 features of one corpus' face crops or Mel images."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path

import torch

from fdan.data.emotions import Modality
from fdan.data.features import FeatureSet, write_features
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.features.extract import features_of
from fdan.features.extractor import FeatureParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``data/features/<modality>/<corpus>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modality", choices=list(Modality))
    parser.add_argument("corpus")
    args = parser.parse_args()
    params = load_params("features", FeatureParams)
    samples: list[tuple[FaceRow | MelRow, str]]
    if args.modality == Modality.VISUAL:
        archive = Path(f"data/faces/{args.corpus}/crops.zip")
        samples = [(f, f.crop) for f in read_records(archive.with_name("index.csv"), FaceRow) if f.crop]
    else:
        archive = Path(f"data/mels/{args.corpus}/mels.zip")
        samples = [(m, m.image) for m in read_records(archive.with_name("index.csv"), MelRow) if m.image]
    title = f"features {args.modality} {args.corpus}"
    values = features_of(archive.absolute(), [name for _, name in samples], params, title)
    features = FeatureSet(
        tuple(s.utterance for s, _ in samples), tuple(s.emotion for s, _ in samples), torch.from_numpy(values)
    )
    with output(Path(f"data/features/{args.modality}/{args.corpus}.safetensors")) as path:
        write_features(features, path)
    print(f"{title}: {values.shape[0]} samples x {values.shape[1]}, weights {params.weights}")


if __name__ == "__main__":
    run()

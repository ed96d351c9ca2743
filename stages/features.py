"""Stage features: a frozen network's features of one corpus' face crops or Mel images."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path

from fdan.data.emotions import Modality
from fdan.data.features import write_features
from fdan.extraction.pool import ParallelParams
from fdan.features.extract import extract_features
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
    parallel = load_params("parallel", ParallelParams)
    features = extract_features(Modality(args.modality), args.corpus, params, parallel)
    with output(Path(f"data/features/{args.modality}/{args.corpus}.safetensors")) as path:
        write_features(features, path)
    samples, width = features.values.shape
    network = f"{params.network}, weights {params.weights}"
    print(f"features {args.modality} {args.corpus}: {samples} samples x {width}, {network}")


if __name__ == "__main__":
    run()

"""Stage features: a frozen network's features of one corpus' face crops or of its speech."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from importlib import import_module
from pathlib import Path

from fdan.data.emotions import Modality
from fdan.data.features import write_features
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``data/features/<modality>/<corpus>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modality", choices=list(Modality))
    parser.add_argument("corpus")
    args = parser.parse_args()
    features, made_by = import_module(f"fdan.features.{args.modality}").features_of_corpus(args.corpus)
    with output(Path(f"data/features/{args.modality}/{args.corpus}.safetensors")) as path:
        write_features(features, path)
    samples, width = features.values.shape
    print(f"features {args.modality} {args.corpus}: {samples} samples x {width}, {made_by}")


if __name__ == "__main__":
    run()

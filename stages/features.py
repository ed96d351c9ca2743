"""Stage features: a frozen network's features of one corpus' face crops, and of its speech (Sec. 2)."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.image_features import extract_features
from fdan.backbones.speech_features import speech_features
from fdan.backbones.speech_params import HearingParams
from fdan.data.emotions import Modality
from fdan.data.features import write_features
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params, load_part
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``data/features/{visual,acoustic}/<corpus>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    images, speech = load_part("features", FeatureParams), load_part("features", HearingParams)
    parallel = load_params("parallel", ParallelParams)
    for modality in Modality:
        if modality is Modality.ACOUSTIC and speech.encoder:
            features = speech_features(project, corpus, speech.encoder)
            made_by = f"{speech.acoustic}, {speech.encoder}"
        else:
            features, made_by = extract_features(project, modality, corpus, images, parallel), images.in_words
        with output(project.features(modality, corpus)) as path:
            write_features(features, path)
        samples, width = features.values.shape
        print(f"features {modality} {corpus}: {samples} samples x {width}, {made_by}")


if __name__ == "__main__":
    run()

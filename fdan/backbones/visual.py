"""Features of a corpus' faces: the source domain."""

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.image_features import extract_features
from fdan.data.emotions import Modality
from fdan.data.features import FeatureSet
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params, load_part


def features_of_corpus(corpus: str) -> tuple[FeatureSet, str]:
    """The features of its face crops, and what made them, in words."""
    params, parallel = load_part("features", FeatureParams), load_params("parallel", ParallelParams)
    return extract_features(Modality.VISUAL, corpus, params, parallel), params.in_words

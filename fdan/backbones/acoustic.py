"""Features of a corpus' speech, the target domain: Mel images as in the paper, or a speech encoder."""

from pathlib import Path

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.image_features import extract_features
from fdan.backbones.speech_features import speech_features
from fdan.backbones.speech_params import HearingParams
from fdan.data.emotions import Modality
from fdan.data.features import FeatureSet
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params, load_part


def features_of_corpus(corpus: str) -> tuple[FeatureSet, str]:
    """The features of its speech, and what made them, in words."""
    params, hearing = load_part("features", FeatureParams), load_part("features", HearingParams)
    if hearing.acoustic == "whisper" and hearing.acoustic_weights:
        return speech_features(corpus, Path(hearing.acoustic_weights)), f"whisper, {hearing.acoustic_weights}"
    parallel = load_params("parallel", ParallelParams)
    return extract_features(Modality.ACOUSTIC, corpus, params, parallel), params.in_words

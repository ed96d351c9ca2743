"""Features of a corpus' speech, the target domain: Mel images as in the paper, or a speech encoder."""

from pathlib import Path

from fdan.data.emotions import Modality
from fdan.data.features import FeatureSet
from fdan.extraction.pool import ParallelParams
from fdan.features.extract import extract_features
from fdan.features.extractor import FeatureParams
from fdan.runtime.params import load_params, load_part
from fdan.speech.extract import speech_features
from fdan.speech.params import HearingParams


def features_of_corpus(corpus: str) -> tuple[FeatureSet, str]:
    """The features of its speech, and what made them, in words."""
    params, hearing = load_part("features", FeatureParams), load_part("features", HearingParams)
    if hearing.acoustic == "whisper" and hearing.acoustic_weights:
        return speech_features(corpus, Path(hearing.acoustic_weights)), f"whisper, {hearing.acoustic_weights}"
    parallel = load_params("parallel", ParallelParams)
    return extract_features(Modality.ACOUSTIC, corpus, params, parallel), params.in_words

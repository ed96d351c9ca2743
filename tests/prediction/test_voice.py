"""A recording through a speech encoder in the place of the Mel image's network."""

import wave
from pathlib import Path

import numpy as np

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.speech_encoder import SAMPLE_RATE, Encoder
from fdan.media.sound import MelParams, read_sound
from fdan.prediction.voice import Voice, hear
from fdan.runtime.params import load_params, load_part

PARAMS = Path(__file__).parents[2] / "params.yaml"


def test_a_recording_is_heard_as_the_stage_hears_it(stub_encoder, tmp_path):
    clip = tmp_path / "clip.wav"
    with wave.open(str(clip), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes(np.random.default_rng(0).integers(-9000, 9000, 20_000, dtype=np.int16).tobytes())
    mels, features = load_params("mels", MelParams, PARAMS), load_part("features", FeatureParams, PARAMS)
    (piece,) = hear(str(clip), Voice(mels, features, encoder=str(stub_encoder))).pieces
    assert (piece.features == Encoder(stub_encoder).vector(read_sound(clip, SAMPLE_RATE).samples)).all()

import numpy as np
import pytest

from fdan.data.emotions import CorpusError
from fdan.media.wav import decode_wav, encode_wav


def test_a_sound_survives_its_file_to_half_a_step():
    sound = np.random.default_rng(0).uniform(-1, 1, 1000).astype(np.float32)
    sound[:3] = -1, 0, 1
    samples, rate = decode_wav(encode_wav(sound, 22_050), "x")
    assert rate == 22_050
    assert samples[:3].tolist() == [-1, 0, 1]
    assert np.abs(samples - sound).max() <= 0.5 / 32767 + 1e-7
    assert encode_wav(samples, 22_050) == encode_wav(sound, 22_050)


def test_what_is_no_wav_file():
    with pytest.raises(CorpusError, match=r"x: not a wav file \("):
        decode_wav(b"nonsense", "x")

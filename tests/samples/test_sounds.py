import numpy as np

from fdan.media.wav import decode_wav, encode_wav
from fdan.samples.sounds import SoundParams, wav_of


def test_a_clip_s_sound_or_why_there_is_none(tmp_path):
    params = SoundParams(8000)
    tone = (0.5 * np.sin(np.arange(16_000) / 10)).astype(np.float32)
    (tmp_path / "a.wav").write_bytes(encode_wav(tone, 16_000))
    samples, rate = decode_wav(wav_of("a.wav", tmp_path, params).blobs[0], "x")
    assert (len(samples), rate) == (8000, 8000)
    assert wav_of("b.wav", tmp_path, params).blobs == ()
    assert wav_of("b.wav", tmp_path, params).about == "no such file"

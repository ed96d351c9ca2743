"""Whisper's input by hand, the encoder with a stub of its library, and the real one where there is one."""

import builtins
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from fdan.backbones import speech_encoder as encoder
from fdan.backbones.speech_encoder import (
    FRAME,
    HOP,
    N_FFT,
    SAMPLE_RATE,
    WINDOW,
    Encoder,
    EncoderError,
    identity,
    log_mel,
)
from fdan.backbones.speech_params import HearingParams
from fdan.errors import FdanError
from fdan.runtime.params import ParamsError, load_part


def noise(samples, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, samples).astype(np.float32)


def test_the_log_mel_by_hand():
    """The loop over windows, the sum over frequencies, the logarithm: whisper/audio.py in words of one sample each."""
    import librosa

    samples = noise(900)
    found = log_mel(samples, 80)
    assert found.shape == (80, 6)  # 900 samples are three frames of 320, two columns each
    filled = np.zeros(960)
    filled[:900] = samples
    mirrored = np.concatenate([filled[200:0:-1], filled, filled[-2:-202:-1]])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    power = np.array([np.abs(np.fft.rfft(hann * mirrored[i : i + N_FFT])) ** 2 for i in range(0, 960, HOP)]).T
    log = np.log10(np.maximum(librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=80) @ power, 1e-10))
    np.testing.assert_allclose(found, (np.maximum(log, log.max() - 8) + 4) / 4, atol=1e-5)


def test_an_utterance_is_described_by_its_own_frames(stub_encoder):
    samples = noise(5 * FRAME + 1)
    frames = Encoder(stub_encoder).frames(samples)
    assert frames.shape == (6, 3)
    vector = Encoder(stub_encoder).vector(samples)
    np.testing.assert_allclose(vector, np.concatenate([frames.mean(axis=0), frames.std(axis=0)]), rtol=1e-5)


def test_a_long_sound_passes_in_windows_each_by_itself(stub_encoder):
    samples = noise(WINDOW + 3 * FRAME)
    frames = Encoder(stub_encoder).frames(samples)
    assert len(frames) == 1503
    assert (frames[1500:] == Encoder(stub_encoder).frames(samples[WINDOW:])).all()


@pytest.mark.parametrize("count", [1, FRAME - 1, FRAME])
def test_the_shortest_sound_is_one_frame(stub_encoder, count):
    assert Encoder(stub_encoder).frames(noise(count)).shape == (1, 3)
    assert np.isfinite(Encoder(stub_encoder).vector(np.zeros(count, np.float32))).all()


def test_a_missing_broken_or_foreign_folder_is_one_line(stub_encoder, tmp_path):
    with pytest.raises(EncoderError, match=r"nowhere: no model.bin in it; expected the folder of a Whisper"):
        Encoder(tmp_path / "nowhere")
    (stub_encoder / "model.bin").write_text("translator")
    with pytest.raises(EncoderError, match=r"not a Whisper in CTranslate2's format \(no Whisper\)$") as caught:
        Encoder(stub_encoder)
    assert "\n" not in str(caught.value)
    with pytest.raises(EncoderError, match="nowhere: no such folder"):
        identity(tmp_path / "nowhere")


def test_an_encoder_is_known_by_what_is_in_its_files(stub_encoder):
    before = identity(stub_encoder)
    (stub_encoder / "README.md").write_text("words")
    assert identity(stub_encoder) == before
    (stub_encoder / "config.json").write_text("{}")
    assert identity(stub_encoder) != before


def test_without_the_library_the_error_says_what_to_install(monkeypatch, tmp_path):
    real = builtins.__import__

    def without(name, *rest):
        if name == "ctranslate2":
            raise ModuleNotFoundError("No module named 'ctranslate2'")
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "ctranslate2", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(FdanError, match=r"CTranslate2 cannot be imported \(No .*\); pip install -e '.\[speech\]', or "):
        Encoder(tmp_path)


def test_the_library_is_pinned_before_it_is_loaded(stub_encoder, monkeypatch):
    for name in encoder.PINS:
        monkeypatch.delenv(name, raising=False)
    Encoder(stub_encoder)
    assert {name: os.environ[name] for name in encoder.PINS} == encoder.PINS


def test_whisper_without_a_folder_is_one_line(tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text("features: {acoustic: whisper, acoustic_weights: null, network: resnet34}\n")
    with pytest.raises(ParamsError, match="acoustic_weights is null; expected the encoder's folder, such as encoders/"):
        load_part("features", HearingParams, file)
    file.write_text("features: {acoustic: mel, acoustic_weights: null, network: resnet34}\n")
    assert load_part("features", HearingParams, file) == HearingParams("mel", None)


def test_the_real_encoder_hears_the_same_to_the_bit_and_people_apart(real_data):
    """Where FDAN_REAL_DATA has whisper-base: its width, its bits, and that one speaker's sorrow is not his anger."""
    pytest.importorskip("ctranslate2", reason="CTranslate2 is not installed")
    folder: Path = real_data / "whisper-base"
    if not folder.is_dir():
        pytest.skip(f"no encoder in {folder}")
    from fdan.media.sound import read_sound

    clips = sorted((real_data / "ravdess_speech/Actor_01").glob("03-01-0[45]-02-*.wav"))
    sounds = [read_sound(clip, SAMPLE_RATE).samples for clip in clips]
    hears = Encoder(folder)
    vectors = np.stack([hears.vector(sound) for sound in sounds])
    assert vectors.shape == (len(clips), 1024)
    assert (np.stack([Encoder(folder).vector(sound) for sound in sounds]) == vectors).all()
    assert hears.frames(sounds[0]).shape == (-(-len(sounds[0]) // FRAME), 512)
    scaled = (vectors - vectors.mean(axis=0)) / (vectors.std(axis=0) + 1e-6)
    angry = np.array([clip.name.split("-")[2] == "05" for clip in clips])
    likeness = scaled @ scaled.T
    alike = np.equal.outer(angry, angry) & ~np.eye(len(clips), dtype=bool)
    assert likeness[alike].mean() > likeness[~np.equal.outer(angry, angry)].mean()

import numpy as np
import pytest

from fdan.media.problem import Problem, ProblemKind, describe
from fdan.media.sound import MelParams, read_sound
from fdan.samples.mels import mel_image, sound_problems
from tests.media.sounds import tone, wav

PARAMS = MelParams(sample_rate=16000, n_fft=1024, hop_length=256, n_mels=128, floor_db=-80.0, ceiling_db=20.0, size=224)


def test_low_bands_lie_at_the_bottom_and_time_runs_to_the_right():
    low = mel_image(tone(200, 1, 16000), PARAMS).mean(axis=1)
    high = mel_image(tone(6000, 1, 16000), PARAMS).mean(axis=1)
    assert low.argmax() > 180
    assert high.argmax() < 40
    late = mel_image(np.concatenate([np.zeros(8000, np.float32), tone(440, 0.5, 16000)]), PARAMS).mean(axis=0)
    assert late[:100].max() == 0 < late[130:].min()


def test_brightness_is_power_in_decibels_relative_to_one():
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.05, 16000).astype(np.float32)
    mean = [float(mel_image(noise * k, PARAMS).mean()) for k in (1.0, 0.1)]
    assert mean[0] - mean[1] == pytest.approx(20 / 100 * 255, abs=1)
    # White noise of variance v has power v * sum(window^2) in each FFT bin, and a Mel band of
    # librosa sums to about 1 / (bin width in Hz).
    expected = 10 * np.log10(0.05**2 * 384 / 15.625)
    assert mean[0] / 255 * 100 - 80 == pytest.approx(expected, abs=2)


def test_silence_is_black_and_the_loudest_white():
    assert mel_image(np.zeros(16000, np.float32), PARAMS).max() == 0
    loud = MelParams(16000, 1024, 256, 128, -200.0, -150.0, 224)
    noise = np.random.default_rng(0).normal(0, 0.5, 16000).astype(np.float32)
    assert mel_image(noise, loud).min() == 255


@pytest.mark.parametrize("length", [0, 1, 300, 1024, 5000, 100_000])
def test_any_length_gives_one_square_image(length):
    image = mel_image(tone(440, 10, 16000)[:length], PARAMS)
    assert (image.shape, image.dtype) == ((224, 224), np.uint8)


def test_floor_must_lie_below_ceiling():
    with pytest.raises(ValueError, match=r"floor_db 20\.0 must be below ceiling_db 20\.0"):
        MelParams(16000, 1024, 256, 128, 20.0, 20.0, 224)


def test_real_speech_fills_the_range(real_data):
    quiet = read_sound(real_data / "ravdess_av" / "01-01-06-01-02-01-09.mp4", 16000)
    assert sound_problems(quiet, PARAMS) == ()
    image = mel_image(quiet.samples, PARAMS)
    assert 80 < image.max() < 255
    assert (image == 0).mean() < 0.6
    folder = real_data / "ravdess_speech" / "Actor_01"
    images = np.stack([mel_image(read_sound(f, 16000).samples, PARAMS) for f in sorted(folder.glob("*.wav"))[:8]])
    assert (images == 255).mean() < 1e-3
    assert images.std() > 40


def test_a_sound_shorter_than_one_window_is_flagged(tmp_path):
    one = read_sound(wav(tmp_path / "one.wav", np.array([0.5]), 16000), 16000)
    assert describe(sound_problems(one, PARAMS)) == "shorter than one window of 1024 samples"
    silent = read_sound(wav(tmp_path / "silent.wav", np.zeros(16000), 16000), 16000)
    assert sound_problems(silent, PARAMS) == (Problem(ProblemKind.SILENT, "silent"),)

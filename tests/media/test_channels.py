"""Of several tracks and channels one sound: which is heard, and when their mean is not."""

from pathlib import Path

import numpy as np
import pytest

from fdan.media.problem import ProblemKind, describe
from fdan.media.sound import MelParams, mixture, read_sound
from fdan.samples.mels import mel_image
from tests.media.sounds import ffmpeg, wav

RATE = 16000
PARAMS = MelParams(sample_rate=RATE, n_fft=1024, hop_length=256, n_mels=128, floor_db=-80.0, ceiling_db=20.0, size=224)


def test_of_several_tracks_the_one_marked_default_is_heard(tmp_path):
    silent, voice = ("-f", "lavfi", "-i", "anullsrc=d=1"), ("-f", "lavfi", "-i", "sine=d=1")
    both = ("-map", "0", "-map", "1", "-c:a", "aac")
    for name, marks, heard in (
        ("second.mkv", ("-disposition:a:0", "0", "-disposition:a:1", "default"), True),
        ("first.mkv", ("-disposition:a:0", "default", "-disposition:a:1", "0"), False),
        ("none.mkv", ("-disposition:a:0", "0", "-disposition:a:1", "0"), False),
    ):
        ffmpeg(*silent, *voice, *both, *marks, tmp_path / name)
        sound = read_sound(tmp_path / name, 16000)
        assert (np.abs(sound.samples).max() > 0.05, describe(sound.problems)) == (heard, "" if heard else "silent")


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """A buzz in syllables whose pitch moves, as a voice's does, of an effective value of 0.1."""
    rng, n = np.random.default_rng(seed), int(seconds * RATE)
    pitch = np.interp(np.arange(n), np.linspace(0, n, 9), rng.uniform(90, 250, 9))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    buzz = sum(np.sin(k * phase) / k for k in range(1, 20))
    loud = buzz * np.interp(np.arange(n), np.linspace(0, n, 15), rng.uniform(0, 1, 15))
    return 0.1 * loud / np.sqrt((loud**2).mean())


def heard(path: Path, *channels: np.ndarray):
    return read_sound(wav(path, np.stack(channels, axis=1), RATE), RATE)


def hiss(decibels_below: float, n: int, seed: int) -> np.ndarray:
    return 0.1 * 10 ** (-decibels_below / 20) * np.random.default_rng(seed).standard_normal(n)


@pytest.mark.parametrize(("gain", "below"), [(1, 100), (0.9, 100), (0.8, 100), (0.7, 100), (1, 17), (1, 12), (0.8, 15)])
def test_of_channels_that_cancel_each_other_the_loudest_is_heard(tmp_path, gain, below):
    """One microphone is wired the wrong way round: the mean of both is silence, or a rest of it, or hiss."""
    left = voice(2)
    right = -gain * left + hiss(below, len(left), 2)
    sound = heard(tmp_path / "a.wav", left + hiss(below + 1, len(left), 1), right)
    assert abs(np.corrcoef(sound.samples, left)[0, 1]) > 0.96  # either way round: to a Mel image it is the same
    assert np.sqrt((sound.samples**2).mean()) == pytest.approx(0.1, rel=0.05)
    assert [(problem.kind, problem.detail) for problem in sound.problems] == [
        (ProblemKind.CHANGED, "the channels cancel each other: the loudest of them is used")
    ]


def room(sound: np.ndarray, seed: int) -> np.ndarray:
    """What a microphone of its own hears of a sound in a room, the direct sound aside."""
    tail = np.exp(-np.arange(RATE // 2) / (0.06 * RATE)) * np.random.default_rng(seed).standard_normal(RATE // 2)
    return 0.03 * np.convolve(sound, tail)[: len(sound)]


@pytest.mark.parametrize(
    "second",
    [
        lambda left: left,
        lambda left: 0.3 * left,
        lambda left: np.zeros_like(left),
        lambda left: voice(2, seed=1),  # another speaker, panned to the other side
        lambda left: -0.3 * left,  # the voice is turned over and much quieter: it stays in the mean
        *(lambda left, n=n: np.roll(left, n) for n in (3, 8, 16, 24, 40, 80, 160)),  # two microphones, 0.2 to 10 ms
        lambda left: room(left, 1),
    ],
)
def test_clean_stereo_is_not_touched(tmp_path, second):
    left = voice(2)
    right = second(left)
    sound = heard(tmp_path / "a.wav", left, right)
    assert sound.problems == ()
    np.testing.assert_allclose(sound.samples, (left + right) / 2, atol=1e-4)


def test_a_room_alone_and_silence_are_not_touched(tmp_path):
    left, right = room(voice(2), 1), room(voice(2), 2)
    middle, side = (left + right) / 2, (left - right) / 2
    assert heard(tmp_path / "wide.wav", middle + 2 * side, middle - 2 * side).problems == ()
    assert describe(heard(tmp_path / "silent.wav", *np.zeros((2, RATE))).problems) == "silent"


@pytest.mark.parametrize("cut", [False, True])
def test_an_avi_file_is_whole_if_its_chunks_are_there(tmp_path, cut):
    """Some programs state the whole file's length, 8 bytes too much; a file that lacks 8 bytes looks like that."""
    path, source = tmp_path / "a.avi", wav(tmp_path / "a.wav", voice(1), RATE)
    ffmpeg("-f", "lavfi", "-i", "testsrc=s=64x48:d=1", "-i", source, "-c:v", "mpeg4", "-c:a", "pcm_s16le", path)
    blob = path.read_bytes()
    path.write_bytes(blob[:-8] if cut else blob[:4] + len(blob).to_bytes(4, "little") + blob[8:])
    said = f"{len(blob) - 16} of {len(blob) - 8} bytes are there" if cut else ""
    assert describe(read_sound(path, RATE).problems) == said


def test_speech_in_the_centre_is_as_loud_as_in_the_stereo_track(tmp_path):
    """5.1 with a voice in the centre alone, and what ffmpeg makes of it in stereo: the same sound."""
    surround, stereo = tmp_path / "surround.wav", tmp_path / "stereo.wav"
    ffmpeg("-f", "lavfi", "-i", "aevalsrc=0|0|0.5*sin(880*PI*t)|0.3*sin(80*PI*t)|0|0:c=5.1:d=1:s=16000", surround)
    ffmpeg("-i", surround, "-ac", "2", "-rematrix_maxval", "1000", "-c:a", "pcm_f32le", stereo)
    one, other = read_sound(surround, 16000), read_sound(stereo, 16000)
    assert one.problems == other.problems == ()
    np.testing.assert_allclose(one.samples, other.samples, atol=4e-3)
    assert np.abs(mel_image(one.samples, PARAMS).astype(int) - mel_image(other.samples, PARAMS)).mean() < 1


def test_the_mixture_by_hand():
    side = 2**-0.5
    assert mixture(["FL", "FR", "FC", "LFE", "BL", "BR"]).tolist() == [0.5, 0.5, side, 0, side / 2, side / 2]
    assert mixture(["FL", "FR", "LFE"]).tolist() == [0.5, 0.5, 0]
    for names in (["FC"], ["FL", "FR"], ["NONE"] * 6):
        assert mixture(names) is None

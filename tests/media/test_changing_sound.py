"""Sounds that are not the same from beginning to end, and parts of sounds."""

import math

import numpy as np
import pytest

from fdan.media import clip
from fdan.media.clip import ClipError
from fdan.media.problem import ProblemKind, describe
from fdan.media.sound import MAX_RATE, MelParams, read_sound
from fdan.prediction.windows import windows
from tests.media.sounds import ffmpeg, tone, wav
from tests.media.test_sound import float_wav

MELS = MelParams(16000, 1024, 256, 128, -80.0, 20.0, 64)


def joined(folder, *parts, suffix=".mp3"):
    """Mp3 files one after the other in one file: (rate, channels, bits per second, whether it states its length)."""
    place = folder / f"joined{suffix}"
    data = b""
    for number, (rate, channels, bits, states) in enumerate(parts):
        source = wav(folder / f"{number}.wav", np.repeat(tone(440, 2, rate)[:, None], channels, axis=1), rate)
        part = folder / f"{number}.mp3"
        ffmpeg("-i", source, "-b:a", bits, "-write_xing", int(states), part)
        data += part.read_bytes()
    place.write_bytes(data)
    return place


def test_a_sound_whose_rate_changes_is_read_whole(tmp_path):
    path = joined(tmp_path, (44100, 1, "64k", True), (48000, 1, "64k", True))
    sound = read_sound(path, 16000)
    assert [(p.kind, p.detail) for p in sound.problems] == [
        (ProblemKind.CHANGED, "the sample rate changes: 44100, 48000 Hz")
    ]
    assert len(sound.samples) / 16000 == pytest.approx(4, abs=0.1)
    for part in (sound.samples[8000:24000], sound.samples[40000:56000]):  # a second of each: 440 Hz in both
        assert np.abs(np.fft.rfft(part)).argmax() == 440
    found = [window for _, window in windows(path, 1.0, MELS)]
    together = np.concatenate([window.samples for window in found])
    assert len(together) == pytest.approx(len(sound.samples), abs=4)
    np.testing.assert_allclose(together[1000:30000], sound.samples[1000:30000], atol=2e-3)


@pytest.mark.parametrize(
    "parts",
    [
        [(44100, 1, "64k", True), (44100, 2, "128k", True)],
        [(44100, 2, "128k", True), (44100, 1, "64k", True)],
        [(44100, 1, "64k", False), (44100, 2, "128k", False)],
        [(44100, 1, "64k", True), (44100, 1, "128k", True)],
        [(22050, 1, "32k", True)],
    ],
)
def test_a_sound_whose_channels_or_bits_change_is_not_damaged(tmp_path, parts):
    """FFmpeg guesses the length of such mp3 files by the bits of their first part."""
    sound = read_sound(joined(tmp_path, *parts), 16000)
    assert describe(sound.problems) == ""
    assert len(sound.samples) / 16000 == pytest.approx(2 * len(parts), abs=0.1)


def test_windows_before_the_place_that_cannot_be_read_are_there(tmp_path):
    samples = tone(440, 3, 16000)
    samples[40_000] = np.nan
    found = windows(float_wav(tmp_path / "a.wav", samples, 16000), 1.0, MELS)
    assert [next(found)[0], next(found)[0]] == [0, 16000]
    with pytest.raises(ClipError, match="a sample is NaN or infinite"):
        next(found)


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".mp4"])
def test_a_part_is_what_stands_there_in_the_whole(tmp_path, suffix):
    source = wav(tmp_path / "a.wav", tone(440, 5, 44100) * np.linspace(0.1, 1, 5 * 44100), 44100)
    path = tmp_path / f"b{suffix}"
    ffmpeg("-i", source, *(["-c:a", "aac"] if suffix == ".mp4" else []), path)
    whole = read_sound(path, 16000).samples
    for start, end in ((0.0, 1.0), (1.25, 3.0), (4.0, math.inf)):
        part = read_sound(path, 16000, (start, end))
        last = min(round(end * 16000), len(whole)) if end < math.inf else len(whole)
        first = round(start * 16000)
        assert abs(len(part.samples) - (last - first)) <= 1
        length = min(len(part.samples), last - first) - 400
        np.testing.assert_allclose(part.samples[400:length], whole[first + 400 : first + length], atol=2e-3)
        assert part.problems == ()


def test_a_part_beyond_the_end_is_said(tmp_path):
    path = wav(tmp_path / "a.wav", tone(440, 2, 16000), 16000)
    assert describe(read_sound(path, 16000, (1.0, 3.0)).problems) == "1.00 of 2.00 seconds are there"
    with pytest.raises(ClipError, match=r"a\.wav: no sound decodes from 5 to 6 s; expected seconds within it"):
        read_sound(path, 16000, (5.0, 6.0))


def test_a_file_of_any_size_is_read_in_windows_and_in_parts(tmp_path, monkeypatch):
    path = wav(tmp_path / "a.wav", tone(440, 3, 16000), 16000)
    monkeypatch.setattr(clip, "MAX_BYTES", 50_000)
    with pytest.raises(ClipError, match="96044 bytes; at most 50000 are read"):
        read_sound(path, 16000)
    assert len(list(windows(path, 1.0, MELS))) == 3
    assert len(read_sound(path, 16000, (1.0, 2.0), any_size=True).samples) == 16000


def test_a_rate_that_no_recording_has_is_refused_in_windows_too(tmp_path):
    path = wav(tmp_path / "a.wav", tone(440, 0.1, 16000), MAX_RATE + 1)
    with pytest.raises(ClipError, match="at most 192000 are read"):
        list(windows(path, 1.0, MELS))

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from fdan.media import sound as audio
from fdan.media.clip import MediaError
from fdan.media.problem import Problem, ProblemKind, describe
from fdan.media.sound import read_sound
from tests.media.sounds import ffmpeg, tone, wav


def float_wav(path: Path, samples: np.ndarray, rate: int) -> Path:
    raw = ["-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "pipe:0", "-c:a", "pcm_f32le"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *raw, "-y", str(path)]
    subprocess.run(command, input=samples.astype("<f4").tobytes(), check=True)
    return path


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 96000])
def test_a_tone_keeps_pitch_level_and_length(tmp_path, rate):
    sound = read_sound(wav(tmp_path / "a.wav", tone(440, 1, rate), rate), 16000)
    assert sound.problems == ()
    assert sound.samples.dtype == np.float32
    assert len(sound.samples) == 16000
    np.testing.assert_allclose(sound.samples[800:-800], tone(440, 1, 16000)[800:-800], atol=2e-3)


def test_channels_are_averaged(tmp_path):
    one = tone(440, 0.5, 16000)
    six = np.stack([one * k for k in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)], axis=1)
    np.testing.assert_allclose(
        read_sound(wav(tmp_path / "six.wav", six, 16000), 16000).samples, one / 2, rtol=0, atol=1e-4
    )


@pytest.mark.parametrize("codec", ["pcm_u8", "pcm_s24le", "pcm_s32le", "pcm_f64le"])
def test_every_kind_of_sample_has_full_scale_one(tmp_path, codec):
    source = wav(tmp_path / "a.wav", tone(440, 0.5, 16000), 16000)
    other = tmp_path / f"{codec}.wav"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), "-c:a", codec, str(other)]
    subprocess.run(command, check=True)
    np.testing.assert_allclose(read_sound(other, 16000).samples, tone(440, 0.5, 16000), atol=1e-2)


def test_six_channels_of_aac_in_a_clip(tmp_path):
    clip = tmp_path / "a.mp4"
    source = wav(tmp_path / "a.wav", np.repeat(tone(440, 1, 48000)[:, None], 6, axis=1), 48000)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), "-c:a", "aac", str(clip)]
    subprocess.run(command, check=True)
    sound = read_sound(clip, 16000)
    assert len(sound.samples) == pytest.approx(16000, abs=800)
    assert sound.samples[2000:-2000].std() > 0.3


def test_a_truncated_sound_is_used_and_flagged(tmp_path):
    path = wav(tmp_path / "a.wav", tone(440, 3, 16000), 16000)
    path.write_bytes(path.read_bytes()[: 44 + 2 * 16000])
    sound = read_sound(path, 16000)
    assert len(sound.samples) == 16000
    assert describe(sound.problems) == "32036 of 96036 bytes are there"
    clip, front = tmp_path / "a.mp4", ("-movflags", "faststart")
    source = wav(tmp_path / "whole.wav", tone(440, 3, 16000), 16000)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(source), "-c:a", "aac", *front, str(clip)]
    subprocess.run(command, check=True)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    sound = read_sound(clip, 16000)
    assert 0.5 < len(sound.samples) / 16000 < 2.5
    assert re.fullmatch(r"\d\.\d\d of 3\.\d\d seconds decode", describe(sound.problems))


def test_silence_and_short_sounds_are_kept_and_silence_is_flagged(tmp_path):
    silent = read_sound(wav(tmp_path / "silent.wav", np.zeros(16000), 16000), 16000)
    assert (len(silent.samples), silent.problems) == (16000, (Problem(ProblemKind.SILENT, "silent"),))
    one = read_sound(wav(tmp_path / "one.wav", np.array([0.5]), 16000), 16000)
    assert (len(one.samples), one.problems) == (1, ())
    quiet = read_sound(wav(tmp_path / "quiet.wav", tone(440, 1, 16000, 1e-3), 16000), 16000)
    assert quiet.problems == ()


def test_refused_sounds(tmp_path, monkeypatch):
    for value in (np.nan, np.inf):
        samples = tone(440, 0.1, 16000)
        samples[100] = value
        with pytest.raises(MediaError, match=r"a\.wav: a sample is NaN or infinite"):
            read_sound(float_wav(tmp_path / "a.wav", samples, 16000), 16000)
    silent_clip = tmp_path / "v.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=s=64x48:d=0.2", str(silent_clip)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source], check=True)
    with pytest.raises(MediaError, match=r"v\.mp4: no audio stream"):
        read_sound(silent_clip, 16000)
    with pytest.raises(MediaError, match=r"none\.wav: "):
        read_sound(wav(tmp_path / "none.wav", np.zeros(0), 16000), 16000)
    monkeypatch.setattr(audio, "MAX_SECONDS", 1)
    with pytest.raises(MediaError, match=r"long\.wav: more than 1 seconds"):
        read_sound(wav(tmp_path / "long.wav", np.zeros(20000), 16000), 16000)


def test_samples_beyond_full_scale_are_cut(tmp_path):
    sound = read_sound(float_wav(tmp_path / "a.wav", tone(440, 0.1, 16000, 3.0), 16000), 16000)
    assert np.abs(sound.samples).max() == 1.0


def test_clipping_is_flagged_and_used(tmp_path):
    loud = np.clip(tone(440, 1, 16000, 1.0) * 2, -1, 1)
    sound = read_sound(wav(tmp_path / "a.wav", loud, 16000), 16000)
    assert describe(sound.problems) == "clipped: 66.5 % of the samples stand at full scale"
    # Full scale is touched at one sample in 200, as a normalised recording does.
    assert read_sound(wav(tmp_path / "b.wav", tone(440, 1, 16000, 1.0), 16000), 16000).problems == ()


def test_an_absurd_sample_rate_is_refused(tmp_path):
    path = wav(tmp_path / "a.wav", tone(440, 0.1, 16000), 2_000_000)
    with pytest.raises(MediaError, match=r"a\.wav: 2000000 samples per second; at most 192000 are read"):
        read_sound(path, 16000)


@pytest.mark.parametrize(
    ("riff", "data"),
    [
        (0x7FFFF024, 0x7FFFF000),  # sox, to a pipe
        (0x80000024, 0x80000000),  # arecord, to a pipe
        (0xFFFFFFFF, 0xFFFFFFFF),  # ffmpeg, to a pipe
        (44 + 32000, 32000),  # the whole file's length, 8 bytes too much
        (0, 0),  # a recorder that was switched off
    ],
)
def test_a_wav_file_is_whole_if_its_samples_are_there(tmp_path, riff, data):
    path = wav(tmp_path / "a.wav", tone(440, 1, 16000), 16000)
    blob = bytearray(path.read_bytes())
    blob[4:8], blob[40:44] = riff.to_bytes(4, "little"), data.to_bytes(4, "little")
    path.write_bytes(blob)
    sound = read_sound(path, 16000)
    assert (len(sound.samples), sound.problems) == (16000, ())


def test_a_wav_file_that_lacks_eight_bytes_is_flagged(tmp_path):
    """Its length is then what a program writes that counts the whole file: the samples' own length decides."""
    path = wav(tmp_path / "a.wav", tone(440, 1, 16000), 16000)
    path.write_bytes(path.read_bytes()[:-8])
    assert describe(read_sound(path, 16000).problems) == "32028 of 32036 bytes are there"


def test_an_mp3_file_that_does_not_say_its_length_is_not_damaged(tmp_path):
    """Silence and noise at a variable rate: from the first bytes FFmpeg guesses three times the length there is."""
    source = ("-f", "lavfi", "-i", "aevalsrc='if(lt(t,2),0,0.5*random(0))':d=6:s=44100", "-q:a", "0")
    ffmpeg(*source, "-write_xing", "0", tmp_path / "guess.mp3")
    sound = read_sound(tmp_path / "guess.mp3", 16000)
    assert (len(sound.samples) / 16000, sound.problems) == (pytest.approx(6, abs=0.1), ())
    ffmpeg(*source, tmp_path / "says.mp3")
    says = (tmp_path / "says.mp3").read_bytes()
    (tmp_path / "says.mp3").write_bytes(says[: len(says) // 2])
    [problem] = read_sound(tmp_path / "says.mp3", 16000).problems
    assert re.fullmatch(r"\d\.\d\d of 6\.0\d seconds decode", problem.detail)

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from fdan.media import frames as video
from fdan.media.clip import MediaError
from fdan.media.frames import INTERLACED, sample_frames
from fdan.media.problem import Problem, ProblemKind, describe
from fdan.media.sound import read_sound

SIZE = (32, 64)  # height, width


def numbered(path: Path, count: int, *options: str, size: tuple[int, int] = SIZE) -> Path:
    """A clip whose frame i has grey level 20 + 4 i on its left, and white on its right end."""
    frames = np.empty((count, *size), np.uint8)
    frames[:] = (20 + 4 * np.arange(count))[:, None, None]
    frames[:, :, -16:] = 250
    height, width = size
    form = f"-f rawvideo -pix_fmt gray -s {width}x{height} -r 25 -i pipe:0".split()
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *form, "-threads", "1", *options, "-y", str(path)]
    subprocess.run(command, input=frames.tobytes(), check=True)
    return path


def levels(images: tuple[np.ndarray, ...]) -> list[int]:
    return [round((float(image[:, :32].mean()) - 20) / 4) for image in images]


AVI = ("-c:v", "mpeg4", "-q:v", "2", "-g", "10", "-bf", "2")
MP4 = ("-c:v", "libx264", "-crf", "12", "-g", "10", "-bf", "3", "-pix_fmt", "yuv420p")


@pytest.mark.parametrize(
    ("name", "options"),
    [("a.avi", AVI), ("a.mp4", MP4), ("fragmented.mp4", (*MP4, "-movflags", "frag_keyframe+empty_moov"))],
)
@pytest.mark.parametrize(("count", "expected"), [(50, (8, 25, 41)), (3, (0, 1, 2)), (1, (0,)), (2, (0, 1))])
def test_the_centres_of_three_thirds_by_frame_number(tmp_path, name, options, count, expected):
    sampled = sample_frames(numbered(tmp_path / name, count, *options), 3)
    assert sampled.numbers == expected
    assert levels(sampled.images) == list(expected)
    assert (sampled.decoded, sampled.problems) == (count, ())
    assert sampled.images[0].shape == (*SIZE, 3)


def test_another_count_of_frames(tmp_path):
    assert sample_frames(numbered(tmp_path / "a.avi", 10, *AVI), 5).numbers == (1, 3, 5, 7, 9)


def test_a_truncated_clip_is_used_as_far_as_it_decodes(tmp_path):
    clip = numbered(tmp_path / "a.avi", 50, *AVI, size=(256, 320))
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    sampled = sample_frames(clip, 3)
    assert 10 < sampled.decoded < 40
    assert sampled.problems == (Problem(ProblemKind.DAMAGED, f"{sampled.decoded} of 50 frames decode"),)
    assert sampled.numbers == tuple((2 * i + 1) * sampled.decoded // 6 for i in range(3))
    assert levels(sampled.images)[:2] == list(sampled.numbers[:2])


def test_packets_that_do_not_decode_are_counted(tmp_path):
    clip = numbered(tmp_path / "a.avi", 30, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    broken = clip.read_bytes().split(b"\xff\xd8\xff")
    clip.write_bytes(b"\xff\xd8\xff".join([*broken[:11], b"\0" * 200 + broken[11][200:], *broken[12:]]))
    sampled = sample_frames(clip, 3)
    assert (sampled.decoded, describe(sampled.problems)) == (29, "29 of 30 frames decode")
    assert sampled.numbers == (4, 14, 24)
    assert levels(sampled.images) == [4, 15, 25]  # the eleventh frame is missing


def test_rotation_is_honoured(tmp_path):
    clip = numbered(tmp_path / "a.mp4", 5, *MP4)
    turned = tmp_path / "turned.mp4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90", "-i", str(clip)]
    subprocess.run([*ffmpeg, "-c", "copy", str(turned)], check=True)
    image = sample_frames(turned, 1).images[0]
    assert image.shape == (64, 32, 3)
    # Turned by 90 degrees counterclockwise the white right end is on top.
    assert image[:16].mean() > 200 > 100 > image[16:].mean()
    shown = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(turned), "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    ).stdout
    player = np.frombuffer(shown, np.uint8).reshape(-1, 64, 32)[2]
    assert np.abs(image[:, :, 0].astype(int) - player).max() < 20


def test_refused_clips(tmp_path, monkeypatch):
    sound = tmp_path / "sound.mp4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", str(sound)]
    subprocess.run(ffmpeg, check=True)
    with pytest.raises(MediaError, match=r"sound\.mp4: no video stream"):
        sample_frames(sound, 3)
    clip = numbered(tmp_path / "a.avi", 5, *AVI)
    monkeypatch.setattr(video, "MAX_FRAMES", 4)
    with pytest.raises(MediaError, match=r"a\.avi: more than 4 frames"):
        sample_frames(clip, 3)
    monkeypatch.setattr(video, "MAX_PIXELS", 64 * 32 - 1)
    with pytest.raises(MediaError, match=r"a\.avi: frames of 64 x 32"):
        sample_frames(clip, 3)


def test_frames_that_grow_on_the_way_are_not_decoded(tmp_path, monkeypatch):
    small, large = numbered(tmp_path / "s.flv", 250, *MP4), numbered(tmp_path / "l.flv", 4, *MP4, size=(64, 128))
    joined = tmp_path / "joined.flv"
    joined.write_bytes(small.read_bytes() + large.read_bytes()[13:])
    assert sample_frames(joined, 2).decoded == 254
    monkeypatch.setattr(video, "MAX_PIXELS", 64 * 32 * 2)
    assert sample_frames(joined, 2).decoded == 250


def test_a_clip_of_which_nothing_decodes(tmp_path):
    clip = numbered(tmp_path / "a.avi", 5, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    blob = clip.read_bytes()
    start, end = blob.index(b"\xff\xd8\xff"), blob.rindex(b"idx1")
    clip.write_bytes(blob[:start] + bytes(b if i % 64 < 8 else 0 for i, b in enumerate(blob[start:end])) + blob[end:])
    with pytest.raises(MediaError, match=r"a\.avi: "):
        sample_frames(clip, 3)


def test_a_real_recording(real_data):
    sampled = sample_frames(real_data / "ravdess_av" / "01-01-06-01-02-01-09.mp4", 3)
    # Its edit list hides the last of 94 packets, which is no fault.
    assert (sampled.numbers, sampled.decoded, sampled.problems) == ((15, 46, 77), 93, ())
    assert {image.shape for image in sampled.images} == {(720, 1280, 3)}


def test_time_stamps_do_not_matter(tmp_path):
    """Frames are chosen by number: a variable rate, gaps and stamps that run backwards change nothing."""
    jumps = "setpts='if(gt(N,10),PTS+7/TB,PTS)'"
    vfr = numbered(tmp_path / "vfr.mp4", 30, "-vf", jumps, "-fps_mode", "vfr", *MP4)
    assert levels(sample_frames(vfr, 3).images) == [5, 15, 25]
    clip = numbered(tmp_path / "a.flv", 30, "-c:v", "flv1", "-q:v", "2")
    blob, place = bytearray(clip.read_bytes()), 13
    while place + 15 < len(blob):  # tags of flv: kind, size, time stamp
        size = int.from_bytes(blob[place + 1 : place + 4], "big")
        if blob[place] == 9:
            blob[place + 4 : place + 7] = bytes(np.random.default_rng(place).integers(0, 50, 3).tolist())
        place += size + 15
    clip.write_bytes(blob)
    sampled = sample_frames(clip, 3)
    assert sampled.numbers == (5, 15, 25)
    assert levels(sampled.images) == [5, 15, 25]


def test_a_header_that_claims_ten_hours_is_not_believed(tmp_path):
    clip = numbered(tmp_path / "a.avi", 30, *AVI)
    blob = bytearray(clip.read_bytes())
    for place in (blob.index(b"avih") + 8 + 16, blob.index(b"strh") + 8 + 32):
        blob[place : place + 4] = (900_000).to_bytes(4, "little")  # frames: ten hours at 25 per second
    clip.write_bytes(blob)
    sampled = sample_frames(clip, 3)
    assert (sampled.decoded, sampled.numbers) == (30, (5, 15, 25))
    assert describe(sampled.problems) == "30 of 900000 frames decode"


def test_frames_are_read_as_large_as_they_are_whatever_the_header_says(tmp_path):
    clip = numbered(tmp_path / "a.avi", 5, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p")
    blob = bytearray(clip.read_bytes())
    place = blob.index(b"strf") + 8 + 4
    blob[place : place + 8] = (16_000).to_bytes(4, "little") * 2
    clip.write_bytes(blob)
    assert sample_frames(clip, 3).images[0].shape == (*SIZE, 3)


def test_a_clip_of_ten_minutes_names_the_cap(tmp_path):
    path = tmp_path / "long.mp4"
    source = ["-f", "lavfi", "-i", "color=s=16x16:r=25:d=600", "-c:v", "libx264", "-preset", "ultrafast", str(path)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-threads", "1", *source], check=True)
    with pytest.raises(MediaError, match=r"long\.mp4: more than 10800 frames; that is no utterance"):
        sample_frames(path, 3)


def test_pixels_are_square_in_the_frames_that_are_read(tmp_path):
    """PAL's 720 x 576 as wide television showed it: a face in it is not squeezed."""
    wide = numbered(tmp_path / "wide.avi", 3, "-vf", "setsar=64/45", *AVI, size=(36, 45))
    assert sample_frames(wide, 1).images[0].shape == (36, 64, 3)
    high = numbered(tmp_path / "high.mp4", 3, "-vf", "setsar=1/2", *MP4)
    assert sample_frames(high, 1).images[0].shape == (64, 64, 3)
    turned = tmp_path / "turned.mp4"
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-display_rotation", "90", "-i", str(high)]
    subprocess.run([*ffmpeg, "-c", "copy", str(turned)], check=True)
    assert sample_frames(turned, 1).images[0].shape == (64, 64, 3)
    absurd = numbered(tmp_path / "absurd.avi", 3, "-vf", "setsar=9999", *AVI, size=(360, 640))
    with pytest.raises(MediaError, match=r"absurd\.avi: frames of 640 x 360 with pixels .* too large"):
        sample_frames(absurd, 1)


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_of_interlaced_frames_one_field_is_seen(tmp_path, codec):
    """Even lines are dark and odd ones light, as where something moves: an image of both is a comb."""
    frames = np.full((4, 64, 64), 40, np.uint8)
    frames[:, 1::2] = 200
    path = tmp_path / ("a.avi" if codec == "mpeg4" else "a.mp4")
    form = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", "64x64", "-r", "25"]
    flags = ["-vf", "setfield=tff", "-flags", "+ilme+ildct", "-q:v", "1", "-pix_fmt", "yuv420p", "-c:v"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *form, "-i", "pipe:0", *flags, codec, str(path)]
    subprocess.run(command, input=frames.tobytes(), check=True)
    sampled = sample_frames(path, 1)
    assert sampled.problems == (INTERLACED,)
    rows = sampled.images[0].mean(axis=(1, 2))
    assert sampled.images[0].shape == (64, 64, 3)
    assert np.abs(np.diff(rows)).max() < 20
    assert rows.mean() < 80  # the first field alone


@pytest.mark.parametrize("name", ["a.flv", "a.mkv"])
def test_a_clip_cut_off_where_only_the_container_knows_its_length(tmp_path, name):
    codecs = {"a.flv": "-c:v flv1 -c:a libmp3lame -ar 44100", "a.mkv": "-c:v libx264 -c:a aac"}
    source = ["-f", "lavfi", "-i", "testsrc=s=320x240:d=3", "-f", "lavfi", "-i", "sine=d=3"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-threads", "1", *codecs[name].split()]
    subprocess.run([*command, str(tmp_path / name)], check=True)
    subprocess.run([*command, "-t", "1", "-map", "1", "-vn", str(tmp_path / f"sound{name}")], check=True)
    piped = tmp_path / f"piped{name}"
    form = "flv" if name == "a.flv" else "matroska"
    piped.write_bytes(subprocess.run([*command, "-f", form, "-"], check=True, stdout=subprocess.PIPE).stdout)
    for path in (tmp_path / name, piped):
        assert sample_frames(path, 3).problems == ()
        assert read_sound(path, 16000).problems == ()
    assert read_sound(tmp_path / f"sound{name}", 16000).problems == ()
    half = tmp_path / f"half{name}"
    half.write_bytes((tmp_path / name).read_bytes()[: (tmp_path / name).stat().st_size // 2])
    seen, heard = sample_frames(half, 3).problems, read_sound(half, 16000).problems
    assert seen == heard
    [problem] = seen
    assert problem.kind is ProblemKind.DAMAGED
    assert re.fullmatch(r"1\.\d\d of 3\.0\d seconds are there", problem.detail)


def test_sound_that_ends_before_the_pictures_is_whole(tmp_path):
    source = ["-f", "lavfi", "-i", "testsrc=s=64x48:d=3", "-f", "lavfi", "-i", "sine=d=1"]
    path = tmp_path / "a.mkv"
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-c:a", "aac", str(path)], check=True)
    assert (sample_frames(path, 3).problems, read_sound(path, 16000).problems) == ((), ())

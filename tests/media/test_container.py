import pickle
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest

from fdan.data.suffixes import RECORDINGS
from fdan.media.clip import ClipError, MediaError
from fdan.media.container import DEMUXERS, open_container
from fdan.media.frames import sample_frames
from fdan.media.problem import Problem, ProblemKind
from fdan.media.sound import read_sound


def make(path, *options):
    source = ["-f", "lavfi", "-i", "testsrc=s=64x48:d=0.4", "-f", "lavfi", "-i", "sine=d=0.4"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, *options, str(path)], check=True)
    return path


@pytest.fixture
def clip(tmp_path):
    return make(tmp_path / "clip.mp4")


def refused(path):
    messages = []
    for read in (lambda: sample_frames(path, 3), lambda: read_sound(path, 16000)):
        with pytest.raises(MediaError) as caught:
            read()
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert "\n" not in messages[0]
    assert messages[0].startswith(f"{path}: ")
    return messages[0]


def test_every_suffix_opens_as_its_own_format(tmp_path):
    for name in ("a.avi", "a.mp4", "a.mov", "a.mkv", "a.MP4"):
        path = make(tmp_path / name)
        assert sample_frames(path, 1).decoded == 10
        assert len(read_sound(path, 16000).samples) == pytest.approx(6400, abs=1100)
    for name in ("a.wav", "a.mp3", "a.flac", "a.m4a"):
        path = make(tmp_path / name, "-map", "1")
        assert len(read_sound(path, 16000).samples) == pytest.approx(6400, abs=1100)
    assert sample_frames(make(tmp_path / "a.flv", "-ar", "44100"), 1).decoded == 10


SOUND_ALONE = {
    "a.aac": "", "a.aif": "", "a.aiff": "", "a.amr": "-ar 8000 -ac 1", "a.m4b": "-f mp4", "a.mka": "",
    "a.oga": "-c:a libvorbis", "a.ogg": "-c:a libvorbis", "a.opus": "", "a.wma": "", "v.webm": "-c:a libopus",
}  # fmt: skip

WITH_PICTURES = {
    "a.3g2": "-c:v mpeg4 -c:a aac", "a.3gp": "-s 176x144 -c:v h263 -ar 8000 -ac 1 -c:a libopencore_amrnb",
    "a.m2ts": "-c:v libx264 -c:a ac3", "a.m4v": "-c:a aac -f mp4", "a.mpeg": "-c:v mpeg2video", "a.mpg": "",
    "a.mts": "-c:v libx264 -c:a ac3 -f mpegts -mpegts_m2ts_mode 1", "a.ogv": "", "a.webm": "-c:v libvpx", "a.wmv": "",
}  # fmt: skip


@pytest.mark.parametrize("name", [*SOUND_ALONE, *WITH_PICTURES])
def test_what_people_record_is_read_and_nothing_false_is_said_of_it(tmp_path, name):
    """Telephones, browsers, cameras, dictating machines, Windows and macOS."""
    options = ["-map", "1", *SOUND_ALONE[name].split()] if name in SOUND_ALONE else WITH_PICTURES[name].split()
    path = make(tmp_path / name, *options)
    sound = read_sound(path, 16000)
    assert (len(sound.samples), sound.problems) == (pytest.approx(6400, abs=1100), ())
    assert np.abs(sound.samples[1000:5000]).max() > 0.05
    if name in WITH_PICTURES:
        sampled = sample_frames(path, 3)
        assert (sampled.decoded, sampled.numbers, sampled.problems) == (10, (1, 5, 8), ())


@pytest.mark.parametrize("name", ["a.aac", "a.amr"])
def test_a_stream_that_states_no_length_is_not_called_cut_off(tmp_path, name):
    """FFmpeg guesses its length from the size of its first frames, which are silent here."""
    options = ["-af", "adelay=6000:all=1", *SOUND_ALONE[name].split()]
    sound = read_sound(make(tmp_path / name, "-map", "1", *options), 16000)
    assert (len(sound.samples), sound.problems) == (pytest.approx(6.4 * 16000, abs=1100), ())


def test_every_suffix_of_the_list_has_its_format():
    assert tuple(sorted(DEMUXERS)) == RECORDINGS


@pytest.mark.parametrize("suffix", RECORDINGS)
def test_no_format_opens_what_a_text_names(clip, tmp_path, suffix):
    for text in (f"#EXTM3U\n#EXTINF:1,\n{clip}\n", f"ffconcat version 1.0\nfile '{clip.name}'\n"):
        path = tmp_path / f"list{suffix}"
        path.write_text(text * 50)
        for read in (lambda path=path: sample_frames(path, 3), lambda path=path: read_sound(path, 16000)):
            with pytest.raises(ClipError):
                read()


def test_a_suffix_that_is_not_read_has_its_cure(clip):
    other = clip.rename(clip.with_suffix(".rm"))
    assert "suffix '.rm' is not read; convert the file (ffmpeg -i in.rm out.wav; with pictures out.mp4)" in refused(
        other
    )


def test_playlists_and_lists_named_mp4_are_refused(clip, tmp_path):
    playlist = tmp_path / "playlist.mp4"
    playlist.write_text(f"#EXTM3U\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n")
    assert "not a readable mp4 file" in refused(playlist)
    concat = tmp_path / "concat.mp4"
    concat.write_text(f"ffconcat version 1.0\nfile '{clip.name}'\n")
    assert "not a readable mp4 file" in refused(concat)
    concat.rename(tmp_path / "concat.avi")
    assert "not a readable avi file" in refused(tmp_path / "concat.avi")


def test_what_is_no_clip(clip, tmp_path):
    (tmp_path / "empty.wav").touch()
    assert "the file is empty" in refused(tmp_path / "empty.wav")
    assert "no such file" in refused(tmp_path / "missing.avi")
    (tmp_path / "folder.mp4").mkdir()
    assert "not a file" in refused(tmp_path / "folder.mp4")
    (tmp_path / "clip.exe").write_bytes(clip.read_bytes())
    assert "suffix '.exe' is not read" in refused(tmp_path / "clip.exe")
    (tmp_path / "half.mp4").write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    assert "not a readable mp4 file" in refused(tmp_path / "half.mp4")
    (tmp_path / "noise.avi").write_bytes(bytes(range(256)) * 40)
    assert "not a readable avi file" in refused(tmp_path / "noise.avi")


@pytest.mark.parametrize("name", ["-i.mp4", "pipe:0.mp4", "http:x.mp4", "new\nline.mp4", "%d.mp4", "caf\udce9.mp4"])
def test_odd_names_are_only_names(clip, name, monkeypatch):
    odd = clip.rename(clip.with_name(name))
    monkeypatch.chdir(odd.parent)
    assert sample_frames(type(odd)(name), 1).decoded == 10


def test_metadata_that_is_not_utf8_does_no_harm(tmp_path):
    path = make(tmp_path / "a.avi", "-metadata", "title=XXXXXXXX")
    path.write_bytes(path.read_bytes().replace(b"XXXXXXXX", b"\xe9\xff\xfe\xe9\xe9\xe9\xe9\xe9"))
    with open_container(path) as container:
        assert len(container.streams.video) == 1


def test_an_error_goes_whole_from_process_to_process(tmp_path):
    with pytest.raises(ClipError) as caught:
        sample_frames(tmp_path / "a.mp4", 3)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (type(error), str(error)) == (ClipError, f"{tmp_path}/a.mp4: no such file")
    assert error.problem == Problem(ProblemKind.MISSING, "no such file")

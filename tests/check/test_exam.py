"""The check of one file: what is wrong with a sound or a clip, and what a corpus misses."""

import os
from unittest.mock import Mock

import numpy as np
import pytest
from av.video.frame import VideoFrame

from fdan.check import clips
from fdan.check.clips import ClipExam, Exam, SoundExam, examine
from fdan.check.findings import KINDS, find
from fdan.data.emotions import Emotion
from fdan.data.manifest import Utterance
from fdan.media import frames
from fdan.media.clip import MediaError
from fdan.media.problem import Problem, ProblemKind
from tests.check.examined import FACES, MELS, ffmpeg, voice, write_wav


def exam_of(tmp_path, audio="", video="", monkeypatch=None):
    if monkeypatch:  # a face is a bright picture
        monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [1] * int(image.mean() > 128))
    utterance = Utterance("u", "S", Emotion.FEAR, audio, video)
    return utterance, examine((utterance, tmp_path, MELS, FACES))


def kinds(utterance, exam, needed=()):
    return [(f.kind, f.detail) for f in find(utterance, exam, needed)]


def test_a_sound_file_that_is_fine_has_no_finding(tmp_path):
    write_wav(tmp_path / "a.wav", voice(0))
    utterance, exam = exam_of(tmp_path, "a.wav")
    assert kinds(utterance, exam) == []
    assert exam.sound.seconds == 1.0


@pytest.mark.parametrize(
    ("make", "finding"),
    [
        (lambda p: write_wav(p, np.zeros(8000)), ("silent", "a.wav: silent")),
        (lambda p: write_wav(p, voice(0, 0.05)), ("short", "a.wav: shorter than one window of 1024 samples")),
        (lambda p: write_wav(p, voice(0, 31, 2000), 2000), ("long", "a.wav: 31.0 s")),
        (lambda p: p.write_bytes(b""), ("broken", "a.wav: the file is empty")),
        (lambda p: p.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
         ("broken", "a.wav: a Git LFS pointer, not the recording; fetch it with git lfs pull")),
        (lambda p: p.write_bytes(write_wav(p, voice(0)).read_bytes()[:16044]),
         ("damaged", "a.wav: 16036 of 32036 bytes are there")),
        (lambda p: None, ("missing", "a.wav: no such file")),
        (os.mkfifo, ("broken", "a.wav: not a file")),  # and nobody waits for who writes to it
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_sound(tmp_path, make, finding):
    make(tmp_path / "a.wav")
    assert kinds(*exam_of(tmp_path, "a.wav")) == [finding]


def test_six_channels_are_one_sound(tmp_path):
    write_wav(tmp_path / "mono.wav", voice(3))
    write_wav(tmp_path / "six.wav", voice(3), channels=6)
    (_, mono), (_, six) = exam_of(tmp_path, "mono.wav"), exam_of(tmp_path, "six.wav")
    assert mono.sound.print == six.sound.print


def test_pictures_are_looked_at_until_one_shows_a_face(clip, monkeypatch):
    seen = []
    monkeypatch.setattr(
        clips, "detector_of", lambda _: lambda image: seen.append(image.mean()) or [1] * int(image.mean() > 128)
    )
    utterance = Utterance("u", "S", Emotion.FEAR, "", "c.avi")
    exam = examine((utterance, clip, MELS, FACES))
    assert exam.clip == ClipExam(face=True)
    assert len(seen) == 2  # the first picture is black, the one at a sixth is white
    monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [])
    exam = examine((utterance, clip, MELS, FACES))
    assert kinds(utterance, exam)[0] == ("faceless", "c.avi")


def test_a_clip_cut_off_is_damaged_or_broken(clip, tmp_path, monkeypatch):
    for name in ("c.avi", "c.mp4"):
        data = (clip / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/hostname\n")
    utterance, exam = exam_of(tmp_path, "", "c.avi", monkeypatch)
    (kind, detail), *_ = kinds(utterance, exam)
    assert kind == "damaged"
    assert detail.endswith("of 20 pictures are there")
    for name in ("c.mp4", "list.mp4"):
        utterance, exam = exam_of(tmp_path, name, name, monkeypatch)
        [(kind, detail)] = kinds(utterance, exam)  # one file, said once
        assert (kind, detail.split("(")[0]) == ("broken", f"{name}: not a readable mp4 file ")


def test_check_refuses_a_clip_by_the_pipeline_s_own_words(clip, tmp_path, monkeypatch):
    (tmp_path / "c.avi").write_bytes((clip / "c.avi").read_bytes())
    undrawable = Mock(spec=VideoFrame, format=Mock())  # of a kind that no RGB image can be made of
    undrawable.format.name = "odd"
    undrawable.to_ndarray.side_effect = ValueError("no conversion")
    monkeypatch.setattr(frames, "decode", lambda _: iter([undrawable] * 20))
    with pytest.raises(MediaError) as caught:
        frames.sample_frames(tmp_path / "c.avi", 3)
    utterance, exam = exam_of(tmp_path, "", "c.avi", monkeypatch)
    [(kind, detail)] = kinds(utterance, exam)
    assert kind == "broken"
    assert str(caught.value) == f"{tmp_path / detail}"


def test_what_is_counted_is_the_kind_not_the_words():
    utterance = Utterance("u", "S", Emotion.FEAR, "a.wav", "")
    problems = tuple(Problem(kind, "in other words; of two parts") for kind in ProblemKind)
    found = kinds(utterance, Exam(SoundExam("a.wav", problems=problems), None))
    assert found == [(kind.value, "a.wav: in other words; of two parts") for kind in ProblemKind]
    assert set(ProblemKind) <= set(KINDS)


def test_a_corpus_of_sound_and_clips_misses_what_is_not_there():
    bare = Utterance("u", "S", Emotion.FEAR, "", "")
    assert kinds(bare, Exam(None, None), ("audio", "video")) == [("missing", "no sound"), ("missing", "no clip")]
    assert kinds(bare, Exam(None, None)) == []


def test_a_clip_that_is_named_for_one_half_alone_is_a_finding(clip, tmp_path, monkeypatch):
    (tmp_path / "c.avi").write_bytes((clip / "c.avi").read_bytes())
    write_wav(tmp_path / "a.wav", voice(0))
    assert kinds(*exam_of(tmp_path, "", "c.avi", monkeypatch)) == [
        ("unused", "c.avi: it has sound, and no audio is named")
    ]
    assert kinds(*exam_of(tmp_path, "c.avi", "")) == [("unused", "c.avi: it has pictures, and no video is named")]
    assert kinds(*exam_of(tmp_path, "a.wav", "c.avi")) == kinds(*exam_of(tmp_path, "c.avi", "c.avi")) == []
    ffmpeg("-i", tmp_path / "c.avi", "-an", "-c", "copy", tmp_path / "mute.avi")
    assert kinds(*exam_of(tmp_path, "", "mute.avi")) == kinds(*exam_of(tmp_path, "a.wav", "")) == []

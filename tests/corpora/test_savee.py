from collections import Counter

import pytest

from fdan.corpora.savee import COUNTS, read_savee
from fdan.data.emotions import CorpusError, Emotion


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_published_counts():
    assert sum(COUNTS.values()) == 480
    assert COUNTS[Emotion.NEUTRAL] == 120


def test_sound_and_clip_are_joined_though_one_is_padded(tmp_path):
    touch(tmp_path, "AudioData/DC/a01.wav", "AudioVisualClip/DC/a1.avi", "AudioVisualClip/DC/a10.avi")
    listing = read_savee(tmp_path)
    assert [(u.id, u.audio, u.video) for u in listing.utterances] == [
        ("DC_a01", "AudioData/DC/a01.wav", "AudioVisualClip/DC/a1.avi"),
        ("DC_a10", "", "AudioVisualClip/DC/a10.avi"),
    ]
    assert listing.notes == ("DC_a10: no sound",)


def test_two_letter_prefixes_come_first(tmp_path):
    names = ["a01", "d01", "f01", "h01", "n01", "sa01", "su01"]
    touch(tmp_path, *(f"AudioData/KL/{name}.wav" for name in names))
    found = {u.id: u.emotion for u in read_savee(tmp_path).utterances}
    assert [found[f"KL_{name}"] for name in names] == list(Emotion)


def test_the_other_naming_and_nested_folders(tmp_path):
    touch(tmp_path, "ALL/DC_sa03.wav", "AudioVisualClip/AudioVisualClip/DC/sa3.avi", "ALL/jk_n12.WAV")
    utterances = read_savee(tmp_path).utterances
    assert [(u.id, u.speaker, bool(u.audio), bool(u.video)) for u in utterances] == [
        ("DC_sa03", "DC", True, True),
        ("JK_n12", "JK", True, False),
    ]


def test_a_whole_corpus(tmp_path):
    many = {"a": 15, "d": 15, "f": 15, "h": 15, "n": 30, "sa": 15, "su": 15}
    for speaker in ("DC", "JE", "JK", "KL"):
        for prefix, count in many.items():
            touch(tmp_path, *(f"AudioData/{speaker}/{prefix}{i:02d}.wav" for i in range(1, count + 1)))
    utterances = read_savee(tmp_path).utterances
    assert Counter(u.emotion for u in utterances) == COUNTS
    assert [u.id for u in utterances] == sorted(u.id for u in utterances)


def test_strangers_are_named(tmp_path):
    touch(tmp_path, "AudioData/DC/a01.wav", "AudioData/DC/x01.wav", "AudioData/who/a01.wav", "AudioData/Info.txt")
    notes = read_savee(tmp_path).notes
    assert [note for note in notes if "not named like" in note] == [
        "AudioData/DC/x01.wav: left out, not named like a SAVEE file",
        "AudioData/Info.txt: left out, not named like a SAVEE file",
        "AudioData/who/a01.wav: left out, not named like a SAVEE file",
    ]


def test_what_is_no_savee_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"no such folder; raw\.savee"):
        read_savee(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="no SAVEE file here"):
        read_savee(tmp_path)


def test_a_second_file_of_a_recording_is_left_out_and_named(tmp_path):
    touch(tmp_path, "AudioData/DC/a01.wav", "copy/DC_a1.wav", "copy/DC_a1.avi")
    listing = read_savee(tmp_path)
    assert [(u.audio, u.video) for u in listing.utterances] == [("AudioData/DC/a01.wav", "copy/DC_a1.avi")]
    assert listing.notes == ("copy/DC_a1.wav: left out, a second file of its recording, of which the first is used",)


def test_a_sentence_is_said_by_every_speaker(tmp_path):
    touch(tmp_path, "AudioData/DC/sa03.wav", "AudioData/JE/sa03.wav", "AudioData/JE/a03.wav")
    assert read_savee(tmp_path).sentences == {"DC_sa03": "sa03", "JE_sa03": "sa03", "JE_a03": "a03"}

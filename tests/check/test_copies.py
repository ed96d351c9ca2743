"""The same recording twice, and what is on both sides of the split."""

import numpy as np
import pytest

from fdan.check import clips
from fdan.check.clips import examine
from fdan.check.copies import SAME, Copies, correlation, find_copies, print_of
from fdan.check.findings import classify, overlap
from fdan.commands.check import judge, repeated
from fdan.corpora.registry import CORPORA
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Utterance
from tests.check.examined import FACES, MELS, RATE, SPLITS, corpus_of, ffmpeg, voice, write_wav


def prints(*sounds):
    return [print_of(s, RATE, str(hash(s.tobytes()))) for s in sounds]


def test_a_copy_is_found_through_codec_rate_loudness_and_shift(tmp_path):
    original = write_wav(tmp_path / "o.wav", voice(1, 1.5))
    write_wav(tmp_path / "other.wav", voice(2, 1.5))
    ffmpeg("-i", original, "-c:a", "aac", "-ar", 48000, "-ac", 2, tmp_path / "a.m4a")
    ffmpeg("-i", original, "-c:a", "libmp3lame", "-b:a", "48k", tmp_path / "b.mp3")
    ffmpeg("-i", original, "-ar", 8000, "-af", "volume=0.2", tmp_path / "c.wav")
    ffmpeg("-i", original, "-af", "adelay=333,apad=pad_dur=0.5", tmp_path / "d.wav")
    names = ["o.wav", "other.wav", "a.m4a", "b.mp3", "c.wav", "d.wav", "o.wav"]
    sounds = [clips.read_sound(tmp_path / name, RATE).samples for name in names]
    copies, not_compared = find_copies(prints(*sounds), sounds.__getitem__)
    assert copies == [Copies((0, 2, 3, 4, 5, 6), exact=False)]
    assert not_compared == 0
    assert find_copies(prints(sounds[0], sounds[1], sounds[0]), sounds.__getitem__)[0] == [Copies((0, 2), exact=True)]


def test_two_takes_of_a_sentence_are_no_copies(real_data):
    folder = real_data / "ravdess_speech" / "Actor_01"
    sounds = [clips.read_sound(path, RATE).samples for path in sorted(folder.glob("03-01-0[13]*.wav"))]
    assert len(sounds) == 12
    assert find_copies(prints(*sounds), sounds.__getitem__) == ([], 0)


def test_the_correlation_by_hand():
    a = np.array([1, 2, -1], np.float32)
    assert correlation(a, a) == pytest.approx(1)
    assert correlation(a, -2 * a) == pytest.approx(1)  # turned over, louder
    assert correlation(a, np.array([0, 0, 0, 1, 2, -1, 0], np.float32)) == pytest.approx(1)
    assert correlation(a, np.array([1.0], np.float32)) == pytest.approx(2 / 6**0.5)
    assert correlation(a, np.zeros(3, np.float32)) == 0 < SAME


def test_copies_across_the_split_and_across_corpora_are_told_apart():
    labels = {f"u{i}": ("S", Emotion.FEAR) for i in range(10)} | {"x": ("T", Emotion.ANGER)}
    one, two = corpus_of("one", labels), corpus_of("two", labels)
    train = sorted(u for u, part in one.partition.items() if part == "train")
    test = sorted(u for u, part in one.partition.items() if part == "test")
    assert (len(train), len(test)) == (9, 2)
    of = {u.id: u for u in one.listing.utterances}

    def duplicates(*members, exact=True):
        files = [(corpus, of[i], path) for corpus, i, path in members]
        return classify(Copies(tuple(range(len(files))), exact), files)

    assert duplicates((one, train[0], "a"), (one, test[0], "b")).across == "split"
    assert duplicates((one, train[0], "a"), (one, train[1], "b")).across == ""
    assert duplicates((one, train[0], "a"), (one, train[1], "b"), (one, test[0], "c")).across == "split"
    assert duplicates((one, train[0], "a"), (two, train[0], "a")).across == "corpora"
    assert duplicates((one, "u0", "a"), (one, "x", "b")).emotions == ("anger", "fear")
    assert duplicates((one, "u0", "u0.wav"), (one, "u0", "u0.mp4")) is None  # a clip and its own sound


def test_audio_only_and_audio_visual_copies_of_a_csv_corpus(tmp_path, clip, monkeypatch):
    """The wav of a recording under one id, its mp4 under another: half a naive reading of RAVDESS."""
    monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [1])
    (tmp_path / "c.mp4").write_bytes((clip / "c.mp4").read_bytes())
    (tmp_path / "v.wav").write_bytes((clip / "v.wav").read_bytes())
    utterances = (
        Utterance("av", "S", Emotion.FEAR, "c.mp4", "c.mp4"),
        Utterance("both", "S", Emotion.FEAR, "v.wav", "c.mp4"),
        Utterance("sound", "S", Emotion.FEAR, "v.wav", ""),
    )
    exams = [examine((u, tmp_path, MELS, FACES)) for u in utterances]
    checked = judge("mine", Listing(utterances), exams, CORPORA["csv"], SPLITS)
    [one], not_compared = repeated([checked], {"mine": tmp_path}, MELS)
    assert [(u, p) for _, u, p in one.files] == [
        ("av", "c.mp4"), ("both", "v.wav"), ("both", "c.mp4"), ("sound", "v.wav"),
    ]  # fmt: skip
    assert (one.container_copy, one.exact, not_compared) == (True, False, 0)


def test_sentences_and_speakers_on_both_sides_by_hand():
    labels = {f"u{i}": ("A" if i < 5 else "B", Emotion.FEAR) for i in range(10)}
    checked = corpus_of("c", labels)
    test = [u for u, part in checked.partition.items() if part == "test"]
    said = {u: "same" if u == test[0] else u for u in labels} | {next(u for u in labels if u not in test): "same"}
    assert overlap(checked, lambda u: said[u.id]) == {"test": 2, "also in training": 1}
    assert overlap(checked, lambda u: u.speaker) == {"test": 2, "also in training": 2}
    assert overlap(checked, lambda u: u.id) == {"test": 2, "also in training": 0}
    assert overlap(checked, lambda u: "") == {"test": 0, "also in training": 0}

import re
from collections import Counter

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

from fdan.data.archive import write_images
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.splits import TEST, TRAIN, UNUSED, Part, Split
from fdan.media.wav import encode_wav
from fdan.methods.inputs import Inputs, read_inputs, write_inputs
from fdan.methods.running import Answer, Labelled, recognise, stratified_folds
from fdan.methods.sounds import Reader, centred, frame_features, read_sounds
from fdan.runtime.jobs import ParallelParams


def inputs():
    arrays = {"frames": tuple(np.full((steps, 2), steps, np.float32) for steps in (3, 1, 2))}
    return Inputs(("a", "b", "c"), arrays, {"noise": arrays["frames"]}, {"text": ("x", "ä", "")})


def equal(one, other):
    assert (one.utterances, one.texts, one.missing) == (other.utterances, other.texts, other.missing)
    for kind in ("arrays", "augmented"):
        there, here = getattr(one, kind), getattr(other, kind)
        assert sorted(there) == sorted(here)
        assert all(np.array_equal(x, y) for name in there for x, y in zip(there[name], here[name], strict=True))


def test_inputs_survive_the_file_and_their_bytes_depend_on_them_alone(tmp_path):
    for given in (inputs(), Inputs((), missing="no transcript")):
        write_inputs(given, tmp_path / "one")
        write_inputs(given, tmp_path / "other")
        equal(read_inputs(tmp_path / "one"), given)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_file_is_what_the_library_would_write_and_whoever_writes_into_an_array_leaves_it_alone(tmp_path):
    write_inputs(inputs(), tmp_path / "ours")
    with safe_open(tmp_path / "ours", framework="np") as file:
        tensors, about = {key: file.get_tensor(key) for key in file.keys()}, file.metadata()  # noqa: SIM118 (no mapping)
    save_file(tensors, tmp_path / "theirs", about)
    before = (tmp_path / "ours").read_bytes()
    assert before == (tmp_path / "theirs").read_bytes()
    read_inputs(tmp_path / "ours").arrays["frames"][0][:] = 7
    assert (tmp_path / "ours").read_bytes() == before


def test_a_file_that_is_none_of_inputs(tmp_path):
    with pytest.raises(CorpusError, match="no such file; it is made by the inputs stage"):
        read_inputs(tmp_path / "nowhere")
    (tmp_path / "broken").write_bytes(b"x" * 100)
    with pytest.raises(CorpusError, match="not an input file"):
        read_inputs(tmp_path / "broken")


def test_some_utterances():
    equal(inputs().of({"c", "a"}), inputs().at([0, 2]))
    assert not inputs().blind().augmented
    with pytest.raises(CorpusError, match="1 utterances of the split are missing, such as d"):
        inputs().of({"a", "d"})
    with pytest.raises(CorpusError, match="text has 1 values; expected one for each of 2"):
        Inputs(("a", "b"), texts={"text": ("x",)})
    with pytest.raises(CorpusError, match="2 labels for 3 utterances"):
        Labelled(inputs(), np.zeros(2, np.int64))


def test_a_method_gets_what_the_split_says_and_no_more():
    emotions = (Emotion.SADNESS, Emotion.SADNESS, Emotion.ANGER)
    places = (TRAIN, TEST, TRAIN)
    parts = tuple(Part(u, "s", e, p, "") for u, e, p in zip("abc", emotions, places, strict=True))
    seen = []

    def predict(train, test, classes, params, seed, progress):
        seen.append((train.inputs.utterances, train.labels.tolist(), test.utterances, classes, params, seed))
        assert sorted(train.inputs.augmented) == ["noise"]
        assert not test.augmented
        return Answer(np.array([[0.25, 0.75]]), 7, np.array([[0.4, 0.6], [0.3, 0.7]]))

    split = Split((*parts, Part("d", "s", Emotion.ANGER, UNUSED, "")), True)
    found, parameters, war = recognise(predict, inputs(), split, "params", 3, iter)
    assert (parameters, war) == (7, 50.0)
    assert seen == [(("a", "c"), [1, 0], ("b",), (Emotion.ANGER, Emotion.SADNESS), "params", 3)]
    assert (found.truth.tolist(), found.predicted.tolist()) == ([1], [1])


def test_folds_deal_every_class_out():
    labels = np.array([0] * 7 + [1] * 5 + [2])
    folds = stratified_folds(labels, 3, 0)
    assert sorted(Counter(folds.tolist()).values()) == [4, 4, 5]
    for label, most in ((0, 3), (1, 2), (2, 1)):
        assert max(Counter(folds[labels == label].tolist()).values()) == most
    assert np.array_equal(folds, stratified_folds(labels, 3, 0))
    assert not np.array_equal(folds, stratified_folds(labels, 3, 1))


def test_the_middle_of_a_sound():
    sound = np.arange(1, 6, dtype=np.float32)
    assert centred(sound, 3).tolist() == [2, 3, 4]
    assert centred(sound, 7).tolist() == [0, 1, 2, 3, 4, 5, 0]


def test_features_of_frames():
    t = np.arange(8192) / 22_050
    sound = (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    x = frame_features(sound, 22_050, 13, 40, 2048, 512)
    assert x.shape == (17, 13 + 40 + 1 + 12 + 1)
    middle = x[8]
    assert np.isclose(middle[53], 2 * 440 / 22_050, atol=0.002)  # zero crossings of a sine
    assert middle[54:66].argmax() == 9  # chroma begins with C; this is an A
    assert 20 * np.log10(middle[13:53].max()) > 20 * np.log10(1)
    assert np.isclose(middle[66], 0.5 / np.sqrt(2) * np.sqrt(3 / 8), rtol=0.02)  # RMS under a Hann window
    silence = frame_features(np.zeros(8192, np.float32), 22_050, 13, 40, 2048, 512)
    assert np.isfinite(silence).all()
    assert silence[:, 13:53].max() == -100


def loudness(samples, sample_rate, params):
    """A reader as a method has it."""
    peak = np.array([[np.abs(samples).max(), sample_rate]], np.float32)
    return {"peak": peak}, {"twice": np.repeat(params * peak, 2, axis=0)}


def test_sounds_are_read_in_other_processes_and_remembered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    archive, one = tmp_path / "x.zip", ParallelParams("loky", 1, None)
    readers = {"doubled": Reader(loudness, 2.0), "tripled": Reader(loudness, 3.0)}

    def read():
        return dict(read_sounds(archive, readers, "test", one))

    with pytest.raises(CorpusError, match=re.escape("made by the sounds stage")):
        read()
    sounds = [(f"{name}.wav", encode_wav(np.full(9, level, np.float32), 8000)) for name, level in (("b", 1), ("a", 0))]
    write_images(archive, sounds)
    both = read()
    assert list(both) == ["doubled", "tripled"]
    first = both["doubled"]
    assert first.utterances == ("a", "b")
    assert [v.tolist() for v in first.arrays["peak"]] == [[[0, 8000]], [[1, 8000]]]
    assert first.augmented["twice"][1].tolist() == [[2, 16000], [2, 16000]]
    assert both["tripled"].augmented["twice"][1].tolist() == [[3, 24000], [3, 24000]]
    assert len(list((tmp_path / ".cache/inputs").glob("*/*"))) == 4
    monkeypatch.setattr("fdan.runtime.jobs._workers", None)
    equal(read()["doubled"], first)


def broken(samples, sample_rate, params):
    raise ArithmeticError("of ours")


def test_a_sound_that_cannot_be_read_is_named_with_its_method(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_images(tmp_path / "x.zip", [("a.wav", encode_wav(np.zeros(9, np.float32), 8000))])
    readers = {"good": Reader(loudness, 2.0), "bad": Reader(broken, None)}
    found = read_sounds(tmp_path / "x.zip", readers, "test", ParallelParams("loky", 1, None))
    assert next(found)[0] == "good"
    with pytest.raises(ChildProcessError, match=r"x\.zip: a\.wav: bad: unforeseen ArithmeticError"):
        next(found)

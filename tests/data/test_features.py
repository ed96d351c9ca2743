import pickle

import pytest
import torch

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.features import FeatureSet, concatenate, read_features, write_features


def features():
    emotions = (Emotion.ANGER, Emotion.ANGER, Emotion.FEAR)
    return FeatureSet(("u1", "u1", "u2"), emotions, torch.arange(6.0).reshape(3, 2))


def test_what_is_written_is_read_and_bytes_are_stable(tmp_path):
    a, b = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    for path in (a, b):
        write_features(features(), path)
    read = read_features(a)
    assert (read.utterances, read.emotions) == (features().utterances, features().emotions)
    assert torch.equal(read.values, features().values)
    assert a.read_bytes() == b.read_bytes()


def test_a_selection_keeps_order_and_all_crops_of_an_utterance():
    chosen = features().of({"u1"}, tuple(Emotion))
    assert chosen.utterances == ("u1", "u1")
    assert torch.equal(chosen.values, torch.tensor([[0.0, 1], [2, 3]]))
    assert features().of({"u1", "u2"}, (Emotion.FEAR,)).utterances == ("u2",)
    assert len(features().of(set(), tuple(Emotion)).values) == 0


def test_concatenation():
    both = concatenate([features(), features().of({"u2"}, tuple(Emotion))])
    assert both.utterances == ("u1", "u1", "u2", "u2")
    assert torch.equal(both.values[-1], both.values[-2])


def test_lengths_must_agree():
    with pytest.raises(CorpusError, match="1 utterances, 1 emotions, 2 rows"):
        FeatureSet(("u1",), (Emotion.FEAR,), torch.zeros(2, 3))


def test_what_is_no_feature_file_is_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    with pytest.raises(CorpusError, match="no such file"):
        read_features(path)
    for blob in (b"", pickle.dumps([1]), (2**60).to_bytes(8, "little") + b"{}"):
        path.write_bytes(blob)
        with pytest.raises(CorpusError, match="not a feature file"):
            read_features(path)

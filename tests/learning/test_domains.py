import pytest
import torch

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.features import FeatureSet, write_features
from fdan.data.splits import Part, Split, write_split
from fdan.learning.domains import open_target
from fdan.runtime.project import Project


def load(target, sources):
    return open_target(Project(), target, sources).domains()


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    """Two corpora in a folder: `b` has an emotion that `a` lacks, and one face that cannot be used."""
    monkeypatch.chdir(tmp_path)

    def make(corpus, emotions, synthetic=False, drop=()):
        ids = [f"{corpus}{i}" for i in range(len(emotions))]
        parts = tuple(
            Part(u, "S", e, "test" if i == 0 else "train", "" if i == 1 else "train")
            for i, (u, e) in enumerate(zip(ids, emotions, strict=True))
        )
        for folder in ("data/splits", "data/features/visual", "data/features/acoustic"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        write_split(Split(parts, synthetic), tmp_path / f"data/splits/{corpus}.csv")
        for modality, crops in (("visual", 3), ("acoustic", 1)):
            rows = [(u, e) for u, e in zip(ids, emotions, strict=True) if u not in drop for _ in range(crops)]
            values = torch.arange(len(rows) * 2.0).reshape(-1, 2)
            features = FeatureSet(tuple(u for u, _ in rows), tuple(e for _, e in rows), values)
            write_features(features, tmp_path / f"data/features/{modality}/{corpus}.safetensors")

    make("a", [Emotion.ANGER, Emotion.ANGER, Emotion.FEAR])
    make("b", [Emotion.ANGER, Emotion.ANGER, Emotion.SADNESS, Emotion.FEAR])
    return make


def test_all_usable_faces_train_and_the_test_speech_does_not(corpora):
    there = load("a", ["a"])
    assert there.classes == (Emotion.ANGER, Emotion.FEAR)
    assert there.visual.y.tolist() == [0, 0, 0, 1, 1, 1]  # a1 has no usable face; a0 is tested, its faces train
    assert there.acoustic.y.tolist() == [0, 1]
    assert there.test.utterances == ("a0",)


def test_another_corpus_faces_join_but_not_its_other_emotions(corpora, capsys):
    there = load("a", ["a", "b"])
    assert there.visual.y.tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]
    assert there.acoustic.y.tolist() == [0, 1]
    assert "b: 3 visual samples have an emotion that a's speech lacks: left out" in capsys.readouterr().err


def test_any_corpus_may_be_the_source_alone(corpora):
    assert load("a", ["b"]).visual.y.tolist() == [0, 0, 0, 1, 1, 1]


def test_synthetic_and_real_are_refused(corpora):
    corpora("b", [Emotion.ANGER, Emotion.ANGER], synthetic=True)
    with pytest.raises(CorpusError, match="never mix"):
        load("a", ["a", "b"])


def test_an_utterance_without_its_features_is_an_error_and_not_a_loss(corpora):
    corpora("a", [Emotion.ANGER, Emotion.ANGER, Emotion.FEAR], drop=("a2",))
    with pytest.raises(CorpusError, match="a: 1 utterances of the split have no visual features: a2"):
        load("a", ["a"])

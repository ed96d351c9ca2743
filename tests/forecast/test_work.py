"""How much there is to do, against counts by hand."""

from pathlib import Path

import pytest

from fdan.data.emotions import Emotion
from fdan.data.splits import Part, Split
from fdan.forecast.work import Work, work
from fdan.runtime.params import read_document

ROOT = Path(__file__).parents[2]
PARAMS = read_document(ROOT / "params.yaml")
PAPER = {**PARAMS, "sources": {"a": "a"}, "multi": {}}


def split(train=80, test=20, speakers=2):
    """Utterances of two emotions; the first train."""
    parts = [
        Part(f"u{i:03}", f"s{i % speakers}", list(Emotion)[i % 2], "train" if i < train else "test", "train")
        for i in range(train + test)
    ]
    return Split(tuple(parts), True)


def counts(document=PAPER, texts=False, **sizes):
    found = {}
    for one in work(document, {"a": split(**sizes)}, {"a": texts}):
        found[one.stage, one.unit] = found.get((one.stage, one.unit), 0) + one.count
    return found


def test_every_network_and_every_iteration_counts():
    found = counts()
    # 300 faces, 80 sounds: 10 and 3 batches of 32, so 3 iterations; 300 epochs; two variants attend, three seeds.
    assert found["train", "iteration"] == 2 * 3 * 300 * 3
    assert found["train", "iteration of FDAN1"] == 3 * 300 * 3
    # Speech of a speaker: 40 to train on, 2 batches, in 2 folds.
    assert found["speaker", "iteration"] == 2 * 2 * 300 * 2
    # 12 points on 4 of 5 of the training speech, 64 sounds: 2 batches; then the winner on 3.
    assert found["tuning", "iteration"] == 300 * (12 * 2 + 3)


def test_looks_into_the_bank_are_faces_times_test_utterances():
    found = counts()
    assert found["train", "bank cell"] == 6 * 20 * 300 * 20  # every 15th of 300 epochs
    assert found["evaluate", "bank cell"] == 6 * 300 * 20
    assert found["disjoint", "bank cell"] == 2 * 240 * 20


def test_extraction_is_per_clip_and_image():
    found = counts()
    assert found["faces", "faces a"] == found["sounds", "sounds a"] == 100
    assert found["features", "image"] == 400
    assert found["inputs", "inputs inca"] == 100


def test_what_reads_text_has_nothing_to_do_without_transcripts():
    assert ("methods", "sdt") not in counts()
    epochs = PARAMS["baselines"]["sdt"]["epochs"]
    assert counts(texts=True)["methods", "sdt"] == 80 * epochs


def test_a_corpus_that_only_teaches_is_extracted_and_no_more():
    document = {**PAPER, "sources": {"a": "b"}}
    found = work(document, {"a": split(), "b": split(train=200)}, {"a": False, "b": False})
    assert {one.stage for one in found if one.corpus == "b"} == {"manifests", "faces", "mels", "sounds", "features"}
    assert not [one for one in found if one.stage == "disjoint"]


@pytest.mark.parametrize(("workers", "hours"), [(1, 6.0), (2, 3.0), (16, 2.0)])
def test_work_is_shared_as_far_as_it_has_parts(workers, hours):
    assert Work("train", "a", "iteration", 21_600, 3).hours(1.0, workers) == pytest.approx(hours)


def test_what_takes_two_threads_has_half_the_places():
    assert Work("baselines", "a", "CNN vgg16", 3600, 3, threads=2).hours(1.0, 4) == pytest.approx(0.5)

"""The page of a rehearsal, from records and counts that are known."""

from pathlib import Path

from fdan.data.emotions import Emotion
from fdan.data.manifest import Utterance
from fdan.data.splits import Part, Split
from fdan.forecast.told import Corpora
from fdan.rehearsal.cut import cut
from fdan.rehearsal.measure import Measured, keep
from fdan.rehearsal.page import GIVEN, page, scales
from fdan.runtime.params import read_document

ROOT = Path(__file__).parents[2]
PAPER = {**read_document(ROOT / "params.yaml"), "sources": {"a": "a"}, "multi": {}}
PAPER["cnn"] = {**PAPER["cnn"], "epochs": 300, "seeds": [0, 1, 2]}


def corpora():
    parts = [Part(f"u{i}", "s", list(Emotion)[i % 7], "train" if i < 80 else "test", "train") for i in range(100)]
    there = tuple(Utterance(p.utterance, "s", p.emotion, "c.mp4", "c.mp4", "", "hello") for p in parts)
    return Corpora({"a": Path("a")}, {"a": there}, {"a": Split(tuple(parts), True)})


def took(stage, seconds):
    return Measured(stage, seconds, seconds - 1, 2 * seconds, 10**9, 8 * 10**8, 2 * 10**9, 10**8)


def test_a_stage_counts_as_often_as_the_rehearsal_left_out():
    found = scales(corpora(), PAPER, cut(PAPER))
    assert found["train", "a"] == 300  # three seeds for one, 300 epochs for three
    assert found["evaluate", "a"] == 3
    assert found["released", "a"] == 100
    assert found["tuning", "a"] == found["calibration", "a"] == 100
    assert found["methods sdt", "a"] == 5  # 15 epochs
    assert found["methods inca", "a"] == 1


def test_the_page_multiplies_up(tmp_path):
    keep(tmp_path / "full", took("train@a", 36.0))
    keep(tmp_path / "full", took("methods-dialogue@a-sdt", 72.0))
    keep(tmp_path / "share-0.1", took("faces@a", 360.0))
    keep(tmp_path / "share-0.1", took("manifests@a", 9.0))  # at full size it is measured itself
    keep(tmp_path / "rows-20", took("baselines@a-vgg16", 60.0))
    keep(tmp_path / "full", took(f"{GIVEN} CNN rows", 120.0))
    text = page(tmp_path, corpora(), PAPER, cut(PAPER), {"a": 10.0}, 20, 0.1, 1.0)
    lines = {
        line.split(" | ")[0].removeprefix("| "): line.removesuffix(" |").split(" | ") for line in text.splitlines()
    }
    assert lines["train@a"][1:] == ["0.6", "0.0", "1.2", "1.00", "0.80", "2.00", "0.10", "300", "3.00"]
    assert lines["methods-dialogue@a-sdt"][-2:] == ["5", "0.10"]
    assert lines["faces@a"][-2:] == ["10", "1.00"]
    assert lines["baselines@a-vgg16"][-2:] == ["135", "2.25"]  # 3 batches, 300 epochs, 3 seeds; of 20
    assert lines[f"{GIVEN} CNN rows"][1] == "2.0"
    assert lines[f"{GIVEN} CNN rows"][-2:] == ["0", "0.00"]  # the stages' own rows have it
    assert "about **6 hours** here" in text
    assert "had 0.8 GB of its own" in text
    assert "a 100 utterances" in text
    assert "no more" not in text
    assert "and no more" in page(tmp_path, corpora(), PAPER, cut(PAPER), {"a": 10.0}, 20, 0.1, 0.5)

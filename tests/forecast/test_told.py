"""What a forecast says, from measurements that are given."""

from pathlib import Path

from fdan.data.splits import Split
from fdan.forecast import told as room
from fdan.forecast.probe import Probe
from fdan.forecast.told import Forecast, _memory, downloads, told
from fdan.forecast.work import Work
from fdan.runtime.params import read_document

ROOT = Path(__file__).parents[2]


def forecast(**changes):
    pieces = (
        Work("faces", "meld", "faces meld", 7200, 7200),
        Work("train", "meld", "iteration", 36_000, 9),
        Work("methods", "meld", "map", 5, 3),
    )
    memory = {"networks": 1.2, "CNN resnet18": 0.9, "CNN vgg16": 5.4}
    probe = Probe(
        {"faces meld": 1.0, "iteration": 2.0}, {"faces meld": 0.25}, {}, memory, {"map": "takes more than 60 s"}
    )
    values = {"pieces": pieces, "probe": probe, "workers": 2, "disk": {"faces": 3.0}, "downloads": {"net.pth": 83.0}}
    return Forecast(**values | {"cnns": 2, "inputs": {"tf_mix": 3.3}, "took": 60.0} | changes)


def test_each_stage_and_the_sum_have_a_line():
    text = told(forecast())
    assert "faces       1.0 hours" in text
    assert "train      10.0 hours" in text
    assert "in all     11.0 hours" in text
    assert "up to 25 %" in text
    assert "Not measured, and not in it: map.\n  map: takes more than 60 s\n" in text


def test_memory_disk_and_downloads_are_told():
    text = told(forecast())
    assert "Disk: 3.0 GB here (faces 3.0)" in text
    assert "holds 1.2 GB (measured), 2 of them side by side" in text
    assert "the largest CNN row, vgg16, 5.4 GB (estimated from the shapes of a step), 2 of them" in text
    assert "tf_mix, looks at 3.3 GB" in text
    assert "Downloads: net.pth, 83 MB." in text
    assert "Downloads: none." in told(forecast(downloads={}))
    assert "GPU: not in use" in text


def test_a_machine_that_is_too_small_is_told():
    assert "lower number" not in _memory(forecast(), 16.0)
    assert "This machine has 8 GB. That is not enough: give parallel.workers a lower number." in _memory(
        forecast(), 8.0
    )
    assert _memory(forecast(probe=Probe(), inputs={}), 8.0) == "Memory: not measured. This machine has 8 GB."


def test_days_are_days():
    assert "in all      5.0 days" in told(forecast(pieces=(Work("train", "a", "iteration", 216_000, 1),)))


def test_weights_that_lie_there_are_not_downloaded(tmp_path, monkeypatch):
    document = read_document(ROOT / "params.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    assert downloads(document) == {}  # random
    document = {**document, "features": {"network": "resnet34", "weights": "imagenet"}}
    (file,) = downloads(document)
    assert file.startswith("resnet34-")
    assert 80 < downloads(document)[file] < 90
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / file).touch()
    assert downloads(document) == {}


def test_the_largest_number_of_faces_is_that_of_several_corpora():
    splits = {name: Split((), True) for name in ("savee", "meld")}
    corpora = room.Corpora({}, {}, splits)
    document = {"sources": {"savee": "savee"}, "multi": {"savee": ["savee", "meld"]}, "faces": {"frames": 3}}
    assert corpora.most_faces(document) == 0

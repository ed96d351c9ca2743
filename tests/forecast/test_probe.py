"""What is measured for a forecast, on a few clips of a demo corpus."""

import pickle
import shutil
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from fdan.baselines.cnn.params import CNNParams
from fdan.demo.corpus import DemoParams, make_meld
from fdan.forecast import pieces as pieces_room
from fdan.forecast import probe as room
from fdan.forecast.probe import Probe, probe
from fdan.forecast.told import Corpora, forecast, told
from fdan.forecast.work import OF_SOUNDS
from fdan.runtime.params import read_document
from fdan.runtime.worker import Limits

ROOT = Path(__file__).parents[2]

METHODS = ("gm_tcnet", "map", "ngrams")
"""One that reads sounds, one that reads dialogues, one that is fitted at once."""


def draw_two(tasks):
    """The first two clips; the others are copies of them."""
    files = [next(value for value in task.args if isinstance(value, Path)) for task in tasks]
    for task in tasks[:2]:
        task()
    for i, file in enumerate(files[2:]):
        shutil.copy(files[i % 2], file)


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """The demo's params, with one corpus of 28 clips, one small CNN row and a few methods."""
    folder = tmp_path_factory.mktemp("corpora") / "meld"
    folder.mkdir()
    make_meld(folder, DemoParams(0, 1, 28, 1.0, 0.5), draw_two)
    whole = read_document(ROOT / "params.yaml")
    return {
        **whole,
        "raw": {"meld": str(folder)},
        "sources": {"meld": "meld"},
        "multi": {},
        "cnn": {**whole["cnn"], "networks": ["resnet18"], "size": 64},
        "baselines": {name: whole["baselines"][name] for name in METHODS},
    }


@pytest.fixture
def here(monkeypatch):
    """Every piece in this process, as it would reach another."""

    def extract(function, items, title, parallel, **_):
        return [function(pickle.loads(pickle.dumps(item))) for item in items]

    monkeypatch.setattr(room, "extract", extract)


def test_every_kind_of_work_is_measured_once_and_multiplied_up(document, here, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    corpora = Corpora.of(document)
    found = forecast(document, corpora)
    assert found.probe.failed == {}
    # `inputs` of methods that are not among the params' are work that the pipeline would not have.
    assert found.unmeasured == sorted(f"inputs {name}" for name in {*OF_SOUNDS} - {*METHODS})
    assert all(seconds > 0 for seconds in found.probe.seconds.values())
    assert found.hours().keys() >= {"faces", "mels", "features", "train", "calibration", "baselines", "methods"}
    assert all(hours > 0 for stage, hours in found.hours().items())
    assert found.probe.sizes["sounds meld"] > 10_000
    assert found.probe.memory.keys() == {"networks", "CNN resnet18"}
    assert all(0.1 < size < 16 for size in found.probe.memory.values())
    assert f"Forecast, from {found.took:.0f} seconds" in told(found)
    assert not any(tmp_path.iterdir())  # nothing is left


def test_what_hangs_costs_its_own_measurement_alone(monkeypatch):
    work = [("slow", partial(time.sleep, 60)), ("quick", partial(Probe, {"quick": 2.0}))]
    monkeypatch.setattr(room, "_pieces", lambda *_: work)
    monkeypatch.setattr(room, "LIMITS", Limits(1.0, 16_000))
    found = probe({}, {}, {}, 0)
    assert found.seconds == {"quick": 2.0}
    assert found.failed == {"slow": "takes more than 1 s"}


def test_a_probe_ends(monkeypatch):
    monkeypatch.setattr(room, "_pieces", lambda *_: [("late", partial(Probe, {"late": 2.0}))])
    monkeypatch.setattr(room, "IN_ALL", -1.0)
    assert probe({}, {}, {}, 0).failed == {"late": "-1 s were over"}


def test_a_dear_network_is_told_by_its_smaller_kin(monkeypatch):
    """VGG-19 is VGG-16 with three layers more: 19.6 thousand million multiplications for 15.5."""
    whole = read_document(ROOT / "params.yaml")
    clock = iter([10.0, 12.0])

    def two_steps(name, images, labels, classes, test_images, params, seed, progress, every):
        progress()
        progress()

    monkeypatch.setattr(pieces_room, "train_cnn", two_steps)
    monkeypatch.setattr(pieces_room, "_clock", lambda: next(clock))
    assert pieces_room.measured(whole) == ["vgg16", "resnet18", "resnet50"]
    found = pieces_room.cnn(whole, "vgg16")
    assert found.seconds["CNN vgg16"] == 0.5  # two seconds of two cores for two images
    assert found.seconds["CNN vgg19"] == pytest.approx(0.5 * 19.63 / 15.47, rel=1e-3)
    assert found.memory.keys() == {"CNN vgg16", "CNN vgg19"}


@pytest.mark.parametrize(("network", "measured"), [("resnet18", 1.39), ("vgg16", 4.60)])
def test_a_step_s_memory_is_estimated_without_computing_it(network, measured, monkeypatch):
    """Against what processes held that took one step of 32 images of 224 pixels, of VGG-16 with momenta besides.

    Of that 0.37 GB are Python and torch.
    """

    class Bare:
        def memory_info(self):
            return SimpleNamespace(rss=0.37e9)

    monkeypatch.setattr(pieces_room, "psutil", SimpleNamespace(Process=Bare))  # other threads use the real one
    whole = read_document(ROOT / "params.yaml")
    params = pieces_room._typed(CNNParams, {**whole["cnn"], "size": 224, "batch_size": 32})
    assert measured < pieces_room.held(network, params) < 1.15 * measured


def test_an_epoch_is_what_more_epochs_take_longer(monkeypatch):
    clock = [0.0]

    def work(epochs):
        clock[0] += 5.0 + 2.0 * epochs

    monkeypatch.setattr(pieces_room, "_clock", lambda: clock[0])
    assert pieces_room._epoch(work) == 2.0

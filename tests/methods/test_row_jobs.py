"""Rows that are trained now, rows that are cached, rows that were not run, rows that diverged, and rows that crash."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from fdan.data.emotions import Emotion
from fdan.data.splits import NOT_RUN, TEST, TRAIN, Part, Split
from fdan.errors import FdanError
from fdan.methods.params import CNNParams
from fdan.methods.registry import METHODS, section
from fdan.methods.rows import run_rows, write_row
from fdan.methods.running import Diverged, Recognised, entry_of
from fdan.metrics import predictions
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import ParamsError, load_params

ONE = ParallelParams("loky", 1, None)
WEAK = "training WAR stays at the largest class (50.00 %) in seed"
SPLIT = Split(
    (
        Part("a", "", Emotion.ANGER, TRAIN, TRAIN),
        Part("b", "", Emotion.FEAR, TRAIN, TRAIN),
        Part("c", "", Emotion.FEAR, TEST, TRAIN),
    ),
    True,
)


@dataclass(frozen=True)
class Row:
    """One seed of a row that writes down that it was trained."""

    row: str
    seed: int

    kind: ClassVar[str] = "rows"
    code: ClassVar[tuple[str, ...]] = ()
    libraries: ClassVar[tuple[str, ...]] = ()

    @property
    def name(self) -> str:
        return f"{self.row} seed {self.seed}"

    def key(self, cache: Cache) -> str:
        return cache.key(self.name)

    def run(self) -> CacheEntry:
        with Path("trained").open("a") as file:
            file.write(f"{self.name}\n")
        if self.row == "crashes" and not Path("mended").exists():
            raise ZeroDivisionError("of ours")
        return entry_of(self._train)

    def _train(self):
        if self.row == "diverges" and self.seed == 1:
            raise Diverged("diverged in epoch 3 of seed 1")
        return Recognised(predictions.tested(SPLIT, ["c"], np.array([[0.25, 0.75]])), 7, 50.0)


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def rows(*names, seeds=(0, 1)):
    return {name: [Row(name, seed) for seed in seeds] for name in names}


def trained():
    found = Path("trained").read_text().splitlines() if Path("trained").exists() else []
    Path("trained").unlink(missing_ok=True)
    return found


def test_a_row_that_is_not_listed_comes_from_the_cache_or_was_not_run(tmp_path):
    both = rows("good", "other")
    assert list(run_rows(both, ["good"], "t", ONE)[0]) == ["good"]
    assert trained() == ["good seed 0", "good seed 1"]
    found, counts = run_rows(both, [], "t", ONE)
    assert (list(found), counts, trained()) == (["good"], "trained 0, known 0", [])
    assert (
        write_row(tmp_path / "good", SPLIT, both["good"], found["good"], "methods.run")
        == f"WAR 100.00 %, WAR 100.00 %, {WEAK} 0, 1"
    )
    assert (
        write_row(tmp_path / "other", SPLIT, both["other"], found.get("other"), "methods.run")
        == "not run (methods.run)"
    )
    assert [path.name for path in (tmp_path / "other").iterdir()] == [NOT_RUN]
    assert (tmp_path / "other" / NOT_RUN).read_text() == "not run (methods.run)\n"
    assert (tmp_path / "good/trained.csv").read_text().split() == [
        "seed,parameters,training_war",
        "0,7,50.0000",
        "1,7,50.0000",
    ]


def test_a_row_of_which_some_seeds_are_cached_was_not_run():
    """Means of other seeds than those of params.yaml would be no row of this run."""
    run_rows(rows("good"), ["good"], "t", ONE)
    assert run_rows(rows("good", seeds=(0, 1, 2)), [], "t", ONE)[0] == {}


def test_a_training_that_diverged_is_a_result(tmp_path):
    both = rows("diverges")
    found, _ = run_rows(both, ["diverges"], "t", ONE)
    said = write_row(tmp_path / "row", SPLIT, both["diverges"], found["diverges"], "methods.run")
    assert said == f"WAR 100.00 %, {WEAK} 0, diverged in epoch 3 of seed 1"
    assert sorted(path.name for path in (tmp_path / "row").iterdir()) == [
        "seed-0.csv",
        "seed-1.diverged.txt",
        "trained.csv",
    ]
    assert (tmp_path / "row/seed-1.diverged.txt").read_text() == "diverged in epoch 3 of seed 1\n"
    assert predictions.read_predictions(tmp_path / "row/seed-0.csv").utterances == ("c",)
    trained()
    run_rows(both, ["diverges"], "t", ONE)
    assert trained() == []  # nor is it trained again


def test_a_job_that_crashes_costs_no_other_and_is_named(monkeypatch):
    both = rows("crashes", "good", seeds=(0,))
    with pytest.raises(FdanError, match=r"^1 of 2 jobs failed: crashes seed 0: .*ZeroDivisionError") as error:
        run_rows(both, ["crashes", "good"], "t", ONE)
    assert "\n" not in str(error.value)
    assert trained() == ["crashes seed 0", "good seed 0"]
    Path("mended").touch()
    assert list(run_rows(both, ["crashes", "good"], "t", ONE)[0]) == ["crashes", "good"]
    assert trained() == ["crashes seed 0"]


ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("run: [gm_tcnet, ", "run: [gm_tcnet, gm_tcnet, ", r"methods\.run: .*: expected each method once"),
        ("run: [gm_tcnet, ", "run: [gmtcnet, ", r"methods\.run: .*: gmtcnet: no such method; expected some of inca, "),
        ("run: [gm_tcnet, ", "run: [", None),
    ],
)
def test_the_list_of_methods_that_are_trained(tmp_path, old, new, message):
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "params.yaml").write_text(text.replace(old, new), encoding="utf-8")
    if message:
        with pytest.raises(ParamsError, match=message):
            load_params("methods", section())
    else:
        assert set(METHODS) - {*load_params("methods", section()).run} == {"gm_tcnet"}


@pytest.mark.parametrize("file", ["params.yaml", "params.paper.yaml"])
def test_all_methods_and_networks_are_trained_unless_somebody_says_otherwise(file):
    assert {*load_params("methods.run", tuple[str, ...], ROOT / file)} == {*METHODS}
    assert len(load_params("cnn.networks", tuple[str, ...], ROOT / file)) == 5


def test_no_network_need_be_trained(tmp_path):
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    listed = "networks: [vgg16, vgg19, resnet18, resnet34, resnet50]"
    (tmp_path / "params.yaml").write_text(text.replace(listed, "networks: []"), encoding="utf-8")
    assert load_params("cnn", CNNParams).networks == ()

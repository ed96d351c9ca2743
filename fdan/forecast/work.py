"""How much there is to do: every stage kind of the pipeline as counts of what a probe can time once."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fdan.data.splits import TEST, TRAIN, ProtocolError, Split, cut_validation, disjoint_split, speaker_splits
from fdan.results.methods import METHODS
from fdan.results.runs import WORDS

Document = Mapping[str, Any]
"""All of a params.yaml, as plain data."""

OF_SOUNDS = ("gm_tcnet", "tf_mix", "inca", "cadf", "trin")
"""Methods that read every sound; the others read features and texts, which costs little."""

WITHOUT_EPOCHS = ("inca", WORDS)
"""Methods that are fitted at once."""


@dataclass(frozen=True)
class Work:
    """A number of equal pieces of work.

    Attributes:
        stage: the kind, as dvc.yaml's names begin.
        corpus: the target.
        unit: what is counted; `Probe.seconds` has what one takes on one core.
        count: how many.
        lanes: in how many equal parts they may be done side by side.
        threads: of each part.
    """

    stage: str
    corpus: str
    unit: str
    count: int | float
    lanes: int
    threads: int = 1

    def hours(self, seconds: float, workers: int) -> float:
        """On a machine of so many processes, where a unit takes so many seconds."""
        side_by_side = max(1, min(self.lanes, workers // self.threads))
        return self.count * seconds / side_by_side / 3600


def reads_text(method: str) -> bool:
    """Whether a method has nothing to read where a corpus has no transcript."""
    return method == WORDS or METHODS[method].reads_text


def work(document: Document, splits: Mapping[str, Split], texts: Mapping[str, bool]) -> list[Work]:
    """All of the stages whose time grows with corpora, epochs or seeds; the others take minutes.

    Args:
        document: the params.
        splits: of each corpus, the paper's, as if every file were whole.
        texts: corpus -> whether its utterances have transcripts.
    """
    found: list[Work] = []
    for corpus, split in splits.items():
        found += _extraction(document, corpus, len(split.parts))
    for target, source in document["sources"].items():
        found += _networks(document, target, splits[target], None if source == target else splits[source])
        found += _cnns(document, target, splits[target])
        found += _methods(document, target, splits[target], texts[target])
    for target, sources in document["multi"].items():
        faces = document["faces"]["frames"] * sum(len(splits[source].visual()) for source in sources)
        found += _trained(document, "multi", target, _Domain.of(splits[target], faces), document["seeds"], {"fdan"}, 0)
    return [one for one in found if one.count]


def _extraction(document: Document, corpus: str, utterances: int) -> Iterator[Work]:
    many = utterances  # lanes: each by itself
    for stage in ("manifests", "faces", "mels", "sounds"):
        yield Work(stage, corpus, f"{stage} {corpus}", utterances, 1 if stage == "manifests" else many)
    yield Work("features", corpus, "image", utterances * (document["faces"]["frames"] + 1), many)
    for method in OF_SOUNDS:
        yield Work("inputs", corpus, f"inputs {method}", utterances * (corpus in document["sources"]), many)


@dataclass(frozen=True)
class _Domain:
    """How many samples a network meets: faces and speech to train on, utterances to test."""

    faces: int
    train: int
    test: int

    @staticmethod
    def of(split: Split, faces: int) -> "_Domain":
        return _Domain(faces, len(split.acoustic(TRAIN)), len(split.acoustic(TEST)))

    def iterations(self, batch: int) -> int:
        """Of an epoch: the smaller of both numbers of batches."""
        return min(math.ceil(self.faces / batch), math.ceil(self.train / batch))


def _networks(document: Document, target: str, split: Split, source: Split | None) -> Iterator[Work]:
    frames, every = document["faces"]["frames"], document["watch"]["every"]

    def domain(own: Split) -> _Domain:
        return _Domain.of(own, frames * len((source or own).visual()))

    names, protocol, tuning = set(document["variants"]), document["protocols"]["seeds"], document["tuning"]
    yield from _trained(document, "train", target, domain(split), document["seeds"], names, every)
    for stage, folds in (
        ("disjoint", lambda: {"": disjoint_split(split, [target] if source else ())}),
        ("speaker", lambda: speaker_splits(split)),
    ):
        for fold in _folds(folds).values():
            yield from _trained(document, stage, target, domain(fold), protocol, names, 0)
    points = math.prod(len(tuning[key]) for key in ("alphas", "weight_decays", "learning_rates"))
    cut = cut_validation(split, tuning["validation_fraction"], tuning["seed"])
    yield from _trained(document, "tuning", target, domain(cut), tuning["seeds"] * points, {"fdan"}, 0)
    yield from _trained(document, "tuning", target, domain(split), tuning["seeds"], {"fdan"}, 0)
    yield from _trained(document, "calibration", target, domain(cut), document["seeds"][:1], {"fdan"}, 0)
    released = document["released"]
    seeds = len(released["seeds"])
    yield Work("released", target, "released iteration", seeds * released["epochs"] * released["iterations"], seeds)


def _folds(folds: Callable[[], Mapping[str, Split]]) -> Mapping[str, Split]:
    try:
        return folds()
    except ProtocolError:
        return {}


def _trained(
    document: Document,
    stage: str,
    target: str,
    domain: _Domain,
    seeds: list[int],
    names: set[str],
    every: int,
) -> Iterator[Work]:
    """Networks of some variants: their iterations, and their looks at the test part, `every` so many epochs or once."""
    training, chosen = document["train"], {name: document["variants"][name] for name in sorted(names)}
    looks = math.ceil(training["epochs"] / every) if every else 1
    for attention in (True, False):
        networks = len(seeds) * sum(variant["attention"] is attention for variant in chosen.values())
        iterations = networks * training["epochs"] * domain.iterations(training["batch_size"])
        yield Work(stage, target, "iteration" if attention else "iteration of FDAN1", iterations, networks)
        cells = networks * domain.faces * domain.test * attention
        yield Work(stage, target, "bank cell", looks * cells, networks)
        yield Work("evaluate", target, "bank cell", cells * (every > 0), 1)


def _cnns(document: Document, target: str, split: Split) -> Iterator[Work]:
    cnn = document["cnn"]
    seeds, train, test = len(cnn["seeds"]), len(split.acoustic(TRAIN)), len(split.acoustic(TEST))
    for network in cnn["networks"]:
        images = seeds * (cnn["epochs"] * train + test / 3)  # without a way back, a pass is a third
        yield Work("baselines", target, f"CNN {network}", images, seeds, threads=2)


def _methods(document: Document, target: str, split: Split, texts: bool) -> Iterator[Work]:
    for method, params in document["baselines"].items():
        seeds = len(params["seeds"]) * (texts or not reads_text(method))
        epochs = 1 if method in WITHOUT_EPOCHS else params["epochs"]
        yield Work("methods", target, method, seeds * epochs * len(split.acoustic(TRAIN)), max(seeds, 1))

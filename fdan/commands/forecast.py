"""Estimate how long a run takes: the number of pieces of work, times the seconds that one took in docs/full_size.md.

Nothing is measured and nothing is trained here, so that the answer comes at once. It holds within a factor of three.
"""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fdan.corpora.registry import find_corpus
from fdan.methods.registry import METHODS

Document = Mapping[str, Any]  # all of a params.yaml

EXTRACTION = {"faces": 0.29, "audio": 0.06}
"""Stage -> seconds of one core for an utterance."""

FEATURES, ITERATION = 0.11, 0.03
"""Seconds of one core for an image through ResNet-34, and for one iteration of one FDAN."""

INPUTS = {"gm_tcnet": 0.016, "tf_mix": 0.12, "inca": 0.11, "cadf": 0.021, "trin": 0.021}
"""Method -> seconds of one core to read an utterance; the others read features and transcripts, in minutes."""

CNN = {"resnet18": 0.18, "resnet34": 0.33, "resnet50": 0.65, "vgg16": 1.9, "vgg19": 2.3}
"""Network -> seconds of one core for a training image of 224 x 224 pixels and an epoch."""

METHOD = {
    "gm_tcnet": 0.0104, "tf_mix": 0.0137, "inca": 0.062, "sdt": 0.0071, "smin": 0.0013, "cadf": 0.0033, "trin": 0.0035,
    "map": 0.0017, "ngrams": 0.0016,
}  # fmt: skip
"""Method -> seconds of one core for a training utterance and an epoch; in all for a method without epochs."""

MEGABYTES = 2.0
"""On the disk, for an utterance: in data/, in DVC's cache and in .cache/."""


@dataclass(frozen=True)
class Size:
    """How large a corpus is: its utterances, the folds with unseen speakers, and whether there are transcripts."""

    utterances: int
    folds: int
    texts: bool


@dataclass(frozen=True)
class Work:
    """Work of one stage: seconds of one core in all, in so many jobs that can run side by side."""

    stage: str
    seconds: float
    jobs: int


def sizes(document: Document) -> dict[str, Size]:
    """Read the lists of the corpora that params name.

    Raises:
        CorpusError: a corpus is missing, or its folder holds another one.
    """
    found = {}
    for corpus, folder in document["raw"].items():
        utterances = find_corpus(corpus, Path(folder)).read(Path(folder)).utterances
        speakers = len({u.speaker for u in utterances if u.speaker})
        folds = 1 if any(u.part for u in utterances) else min(speakers, 10) if speakers > 1 else 0
        found[corpus] = Size(len(utterances), folds, any(u.text for u in utterances))
    return found


def work(document: Document, corpora: Mapping[str, Size]) -> Iterator[Work]:
    """Yield the work of all stages whose time grows with corpora, epochs or seeds; the others take minutes."""
    faces, network = document["faces"]["frames"], document["features"]["network"]
    image = FEATURES * CNN.get(network, CNN["resnet34"]) / CNN["resnet34"]
    for size in corpora.values():
        for stage, seconds in EXTRACTION.items():
            yield Work(stage, seconds * size.utterances, size.utterances)
        yield Work("features", image * (faces + 1) * size.utterances, size.utterances)
    for target, source in document["sources"].items():
        size = corpora[target]
        yield from _networks(document, size, target == source)
        yield _finetune(document, size)
        yield _cnns(document, size)
        yield from _methods(document, size)
    for target in document["multi"]:
        yield _fdan(document, "multi", len(document["seeds"]), corpora[target], 1.0)


def _networks(document: Document, size: Size, own_faces: bool) -> Iterator[Work]:
    variants, seeds, tuning = len(document["variants"]), len(document["seeds"]), document["tuning"]
    yield _fdan(document, "train", variants * seeds, size, 1.0)  # those of the temperature are the protocols'
    folds = size.folds + own_faces  # with other people's faces there is no leak to take away
    protocols = document["protocols"]
    rotated = len(protocols["rotated"]) * protocols["rotations"]
    yield _fdan(document, "protocols", (variants * folds + rotated) * len(protocols["seeds"]), size, 1.0)
    points = math.prod(len(tuning[key]) for key in ("alphas", "weight_decays", "learning_rates"))
    yield _fdan(document, "tuning", (points + 1) * len(tuning["seeds"]), size, 1 - tuning["validation_fraction"])
    rows = document["released"].values()
    iterations = sum(len(row["seeds"]) * row["epochs"] * row["iterations"] for row in rows)
    yield Work("released", ITERATION * iterations, sum(len(row["seeds"]) for row in rows))


def _fdan(document: Document, stage: str, networks: int, size: Size, share: float) -> Work:
    """Networks that train on a share of the training speech."""
    speech = size.utterances * document["splits"]["train_fraction"] * share
    iterations = document["train"]["epochs"] * math.ceil(speech / document["train"]["batch_size"])
    return Work(stage, ITERATION * networks * iterations, networks)


def _finetune(document: Document, size: Size) -> Work:
    """Every step takes as many face crops as Mel images through the network."""
    params = document["finetune"]
    networks = len(document["variants"]) * len(params["seeds"])
    return Work("finetune", 2 * networks * _image(params["network"]) * _images(params, document, size), networks)


def _cnns(document: Document, size: Size) -> Work:
    params = document["cnn"]
    seconds = len(params["seeds"]) * sum(map(_image, params["networks"]))
    return Work("cnn", seconds * _images(params, document, size), len(params["networks"]) * len(params["seeds"]))


def _images(params: Mapping[str, Any], document: Document, size: Size) -> float:
    """How many training images a network sees in all epochs, in images of 224 x 224 pixels."""
    fraction: float = document["splits"]["train_fraction"]
    shown: float = params["epochs"] * (params["size"] / 224) ** 2
    return size.utterances * fraction * shown


def _image(network: str) -> float:
    return CNN.get(network, max(CNN.values()))


def _methods(document: Document, size: Size) -> Iterator[Work]:
    speech = size.utterances * document["splits"]["train_fraction"]
    for name, method in METHODS.items():
        if method.reads_text and not size.texts:
            continue  # it has nothing to read
        yield Work("inputs", INPUTS.get(name, 0.0) * size.utterances, size.utterances)
        if name in document["methods"]["run"]:
            params = document["methods"][name]
            runs = len(params["seeds"])
            yield Work("methods", METHOD.get(name, 0.01) * speech * params.get("epochs", 1) * runs, runs)


def forecast(document: Document, corpora: Mapping[str, Size]) -> str:
    """Return what a run takes on this machine: hours of each stage, disk and memory."""
    cores = document["parallel"]["workers"] or os.cpu_count() or 1
    hours: dict[str, float] = {}
    for part in work(document, corpora):
        if part.jobs:
            hours[part.stage] = hours.get(part.stage, 0.0) + part.seconds / min(part.jobs, cores) / 3600
    disk = sum(size.utterances for size in corpora.values()) * MEGABYTES / 1000
    return "\n".join(
        [
            f"Estimated time on {cores} {'core' if cores == 1 else 'cores'} (right within a factor of three):",
            *(f"  {stage:<10} {_time(value):>12}" for stage, value in hours.items()),
            f"  {'in all':<10} {_time(sum(hours.values())):>12}",
            "The estimate multiplies counts with the seconds that docs/full_size.md measured on two cores.",
            "With a GPU (FDAN_DEVICE=cuda) the features and CNN rows take hours instead.",
            f"Disk: about {disk:.0f} GB here. Memory: up to 3.5 GB for each process of the CNN rows, and there are "
            "as many processes as cores (parallel.workers).",
        ]
    )


def _time(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:.1f} days"
    return f"{hours:.1f} h" if hours >= 1 else f"{max(1, math.ceil(60 * hours))} min"

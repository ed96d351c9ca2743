"""How a method is asked: labelled training utterances and unlabelled test utterances in, probabilities out."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from torch import nn
from tqdm import tqdm

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.splits import TEST, TRAIN, Split, read_split
from fdan.metrics.predictions import Predictions, pack, tested
from fdan.runtime.cache import Cache, CacheEntry, digest
from fdan.sequences.inputs import Inputs, read_inputs

Progress = Callable[[range], Iterable[int]]
"""What a method counts its epochs through: a progress bar, or ``iter``."""


@dataclass(frozen=True)
class Labelled:
    """Training utterances.

    Attributes:
        inputs: what is read of each.
        labels: [n], each one's emotion as a place among the classes.
    """

    inputs: Inputs
    labels: Int64[np.ndarray, " n"]

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.labels):
            raise CorpusError(f"training: {len(self.labels)} labels for {len(self.inputs)} utterances")


@dataclass(frozen=True)
class Answer:
    """What a method says of n test utterances.

    Attributes:
        probabilities: of the c classes, in the order of the utterances.
        parameters: how many numbers were fitted to the labels of the training utterances; frozen encoders, and what is
            fitted without labels, do not count.
    """

    probabilities: Float64[np.ndarray, "n c"]
    parameters: int


def size(network: nn.Module) -> int:
    """How many numbers a network learns."""
    return sum(weights.numel() for weights in network.parameters())


Predict = Callable[[Labelled, Inputs, tuple[Emotion, ...], Any, int, Progress], Answer]
"""The function ``predict`` of ``fdan/baselines/<method>/predict.py``; nothing but its arguments decides what it gives.

    train: what is learnt from; whatever is fitted, chosen or augmented is so within it
    test: what is recognised, n utterances without labels and without altered copies
    classes: the c emotions, in the order of the labels
    params: section ``baselines.<method>`` of params.yaml
    seed: of all that is random
    progress: epochs are counted through it
    returns: class probabilities of `test`, in its order, and how much was learnt
"""


def recognise(
    predict: Predict, inputs: Inputs, split: Split, params: Any, seed: int, progress: Progress
) -> tuple[Predictions, int]:
    """One seed of a method on one split, and how many parameters it trained.

    No test label leaves this function before the method has answered.

    Raises:
        CorpusError: an utterance of the split has no inputs.
    """
    emotions = {part.utterance: part.emotion for part in split.parts}
    train, test = inputs.of(split.acoustic(TRAIN)), inputs.of(split.acoustic(TEST)).blind()
    labels = np.array([split.classes.index(emotions[u]) for u in train.utterances], dtype=np.int64)
    answer = predict(Labelled(train, labels), test, split.classes, params, seed, progress)
    return tested(split, test.utterances, answer.probabilities), answer.parameters


@dataclass(frozen=True)
class Job:
    """One seed of a method on one corpus, for the stage's other processes.

    Attributes:
        corpus: with a split, and with what the method reads.
        method: the name of its room.
        predict: its function.
        params: its section.
        seed: of all that is random.
    """

    corpus: str
    method: str
    predict: Predict
    params: Any
    seed: int

    @property
    def files(self) -> tuple[Path, Path]:
        """The split, and what the method reads."""
        return Path(f"data/splits/{self.corpus}.csv"), Path(f"data/inputs/{self.corpus}/{self.method}.safetensors")

    def key(self) -> str:
        """The name of the run in the cache `known`; other seeds of the section do not count."""
        settings = repr((replace(self.params, seeds=(0,)), self.seed))
        return known(self.method).key(settings, *map(digest, self.files))


def known(method: str) -> Cache:
    """What a method, whose room is loaded, said before."""
    # Of the rooms that some methods read and others do not, those that this one has loaded.
    loaded = [room for room in ("dialogues", "text") if f"fdan.{room}" in sys.modules]
    rooms = (f"baselines/{method}", "numerics", "sequences", *loaded)
    return Cache("methods", method, [f"fdan/{room}" for room in rooms], ("numpy", "scikit-learn", "scipy", "torch"))


def answer_of(job: Job) -> CacheEntry:
    """How many parameters were trained, the test utterances, and as one blob their probabilities [n, c], float64.

    Raises:
        CorpusError: a file is missing or broken, or an utterance of the split has no inputs.
    """
    split, inputs = read_split(job.files[0]), read_inputs(job.files[1])
    bar = partial(tqdm, desc=f"{job.method} seed {job.seed}", position=1, leave=False, disable=None)
    predictions, parameters = recognise(job.predict, inputs, split, job.params, job.seed, bar)
    return CacheEntry([parameters, list(predictions.utterances)], (pack(predictions.probabilities),))

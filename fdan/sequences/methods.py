"""How a method is asked: labelled training utterances and unlabelled test utterances in, probabilities out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from torch import nn

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.splits import TEST, TRAIN, Split
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.sequences.inputs import Inputs

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

    def labels(of: Inputs) -> Int64[np.ndarray, " n"]:
        return np.array([split.classes.index(emotions[u]) for u in of.utterances], dtype=np.int64)

    train, test = inputs.of(split.acoustic(TRAIN)), inputs.of(split.acoustic(TEST)).blind()
    answer = predict(Labelled(train, labels(train)), test, split.classes, params, seed, progress)
    return make_predictions(test.utterances, split.classes, labels(test), answer.probabilities), answer.parameters

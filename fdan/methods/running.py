"""How a method is asked: labelled training utterances and unlabelled test utterances in, probabilities out."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64, Int64
from torch import nn

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.splits import TEST, TRAIN, Split
from fdan.methods.inputs import Inputs
from fdan.metrics.predictions import Predictions, pack, tested, training_war
from fdan.runtime.cache import CacheEntry

Progress = Callable[[range], Iterable[int]]
"""What a method counts its epochs through: a progress bar, or ``iter``."""


class Diverged(Exception):
    """A loss or a probability is no longer a finite number. The message is the result of the seed."""


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
        training: probabilities of the m training utterances themselves, without altered copies, in their order and by
            the path by which the test utterances are recognised; None where a method does not say.
    """

    probabilities: Float64[np.ndarray, "n c"]
    parameters: int
    training: Float64[np.ndarray, "m c"] | None = None


class Recognised(NamedTuple):
    """The result of one seed: its predictions, how many parameters it trained, and its training WAR in percent."""

    predictions: Predictions
    parameters: int
    training_war: float | None


Classes = tuple[Emotion, ...]

Predict = Callable[[Labelled, Inputs, Classes, Any, int, Progress], Answer]
"""The function ``predict`` of a method's file; nothing but its arguments decides what it returns.

    train: what is learnt from; whatever is fitted, chosen or augmented is so within it
    test: what is recognised, n utterances without labels and without altered copies
    classes: the c emotions, in the order of the labels
    params: section ``methods.<method>`` of params.yaml
    seed: of all that is random
    progress: epochs are counted through it
    returns: class probabilities of `test`, in its order, and how much was learnt
    raises: `Diverged`
"""


def size(network: nn.Module) -> int:
    """Return how many numbers a network learns."""
    return sum(weights.numel() for weights in network.parameters())


def require_finite(loss: float, epoch: int, seed: int) -> None:
    """Raise `Diverged` if the loss of an epoch's last batch, counted from 0, is not a finite number.

    A network that has diverged once stays so: its weights are no numbers any more.
    """
    if not math.isfinite(loss):
        raise Diverged(f"diverged in epoch {epoch + 1} of seed {seed}")


def recognise(predict: Predict, inputs: Inputs, split: Split, params: Any, seed: int, progress: Progress) -> Recognised:
    """Run one seed of a method on one split.

    No test label is given to the method.

    Raises:
        CorpusError: an utterance of the split has no inputs.
        Diverged: the training did.
    """
    emotions = {part.utterance: part.emotion for part in split.parts}
    train, test = inputs.of(split.acoustic(TRAIN)), inputs.of(split.acoustic(TEST)).blind()
    labels = np.array([split.classes.index(emotions[u]) for u in train.utterances], dtype=np.int64)
    answer = predict(Labelled(train, labels), test, split.classes, params, seed, progress)
    if not np.isfinite(answer.probabilities).all():
        raise Diverged(f"diverged in the last epoch of seed {seed}")
    war = None if answer.training is None else training_war(answer.training, labels)
    return Recognised(tested(split, test.utterances, answer.probabilities), answer.parameters, war)


def entry_of(train: Callable[[], Recognised]) -> CacheEntry:
    """Train, and return the result of a seed in the form in which the cache keeps it.

    That is the number of trained parameters, the test utterances and the training WAR, with the packed probabilities
    [n, c] of the test utterances, float64, as a blob; or a sentence that says where the training diverged.
    """
    try:
        found = train()
    except Diverged as error:
        return CacheEntry([str(error)], ())
    about = [found.parameters, list(found.predictions.utterances), found.training_war]
    return CacheEntry(about, (pack(found.predictions.probabilities),))


def stratified_folds(labels: Int64[np.ndarray, " n"], folds: int, seed: int) -> Int64[np.ndarray, " n"]:
    """Return the fold of each utterance, from 0: every class is dealt out in random order, one after the other.

    So the folds' sizes differ by one at most, and so do those of each class in them.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    dealt = np.empty(len(labels), dtype=np.int64)
    dealt[order] = np.arange(len(labels)) % folds
    return dealt

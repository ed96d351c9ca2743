"""The samples of a run: what train, evaluate, figures, protocols and tuning share."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float64
from torch import Tensor

from fdan.data.emotions import CorpusError, Emotion, Modality
from fdan.data.features import FeatureSet, concatenate, read_features
from fdan.data.splits import TEST, TRAIN, Split, read_splits
from fdan.learning.training import Domain
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.runtime.process import report


@dataclass(frozen=True)
class Domains:
    """The samples of one run: both domains to train on, and the target's test utterances."""

    visual: Domain
    acoustic: Domain
    test: FeatureSet
    classes: tuple[Emotion, ...]
    synthetic: bool

    def predictions(self, probabilities: Float64[np.ndarray, "n c"]) -> Predictions:
        """What a run says of the test utterances, in the order of `test`."""
        truth = Domain.of(self.test, self.classes).y.numpy()
        return make_predictions(self.test.utterances, self.classes, truth, probabilities)

    @cached_property
    def training_digest(self) -> str:
        """SHA-256 of all that a training reads, in hex."""
        return digest_of(self.visual.x, self.visual.y, self.acoustic.x, self.acoustic.y, *self.classes)

    @cached_property
    def test_digest(self) -> str:
        """SHA-256 of the test utterances' features and labels, in hex."""
        return digest_of(self.test.values, *self.test.emotions)


def digest_of(*values: Tensor | str) -> str:
    """SHA-256 of tensors, their shapes and names, in hex."""
    found = hashlib.sha256()
    for value in values:
        if isinstance(value, str):
            found.update(f"{value}\n".encode())
        else:
            found.update(f"{value.dtype} {tuple(value.shape)}\n".encode())
            found.update(value.contiguous().numpy().tobytes())
    return found.hexdigest()


def read_taught(target: str, source: str) -> tuple[Split, dict[str, Split]]:
    """The split of a target, and that of the corpus whose faces teach it: none where it teaches itself.

    Its own faces follow the target's split into whatever a protocol makes of it, another corpus' all train.

    Raises:
        CorpusError: as `read_splits`.
    """
    splits = read_splits([target, source])
    return splits[target], {source: splits[source]} if source != target else {}


def load_domains(
    target: str, split: Split, sources: Mapping[str, Split] | None = None, classes: tuple[Emotion, ...] = ()
) -> Domains:
    """Read the features of a run.

    Args:
        target: the corpus whose speech is learnt and tested.
        split: its parts.
        sources: the corpora whose faces train, by default the target alone.
        classes: the emotions, by default those of the target's training speech.

    Raises:
        CorpusError: a file is missing or broken.
    """
    classes = classes or split.classes
    faces = []
    for corpus, source in (sources or {target: split}).items():
        there = _features(Modality.VISUAL, corpus, source.visual())
        faces.append(there.of(source.visual(), classes))
        left = len(there.of(source.visual(), tuple(Emotion)).values) - len(faces[-1].values)
        if left:
            report([f"{corpus}: {left} visual samples have an emotion that {target}'s speech lacks: left out"])
    train, test = (split.acoustic(part) for part in (TRAIN, TEST))
    speech = _features(Modality.ACOUSTIC, target, train | test)
    return Domains(
        Domain.of(concatenate(faces), classes),
        Domain.of(speech.of(train, classes), classes),
        speech.of(test, classes),
        classes,
        split.synthetic,
    )


def _features(modality: Modality, corpus: str, utterances: frozenset[str]) -> FeatureSet:
    there = read_features(Path(f"data/features/{modality}/{corpus}.safetensors"))
    missing = utterances - set(there.utterances)
    if missing:
        raise CorpusError(
            f"{corpus}: {len(missing)} utterances of the split have no {modality} features: {min(missing)}"
        )
    return there

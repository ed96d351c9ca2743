"""The samples of a run: what all stages that train share."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float64
from torch import Tensor

from fdan.data.emotions import CorpusError, Emotion, Modality
from fdan.data.features import FeatureSet, concatenate, read_features
from fdan.data.splits import TEST, TRAIN, Split, read_split, refuse_mix
from fdan.learning.training import Domain
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.runtime.process import report
from fdan.runtime.project import Project


@dataclass(frozen=True)
class Domains:
    """The samples of one run: both domains to train on, and the target's test utterances."""

    visual: Domain
    acoustic: Domain
    test: FeatureSet
    classes: tuple[Emotion, ...]
    synthetic: bool

    @property
    def tested(self) -> tuple[str, ...]:
        """The test utterances, in the order of `test`."""
        return self.test.utterances

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


@dataclass(frozen=True)
class Target:
    """A corpus whose speech is learnt and tested, and the corpora whose faces train.

    Attributes:
        project: where their features lie.
        corpus: its name.
        split: its parts.
        sources: name and split of each source corpus; empty where the target trains on its own faces alone. Those
            follow the target's split into whatever a protocol makes of it; all faces of a source train.
    """

    project: Project
    corpus: str
    split: Split
    sources: Mapping[str, Split]

    def domains(self, part: Split | None = None) -> Domains:
        """Read the samples of a run.

        Args:
            part: what a protocol makes of the target's split; by default the split itself. The classes are those of
                the whole split: a fold that lacks one misses its test utterances.

        Raises:
            CorpusError: a file is missing or broken.
        """
        split, classes = part or self.split, self.split.classes
        faces = []
        for corpus, source in (self.sources or {self.corpus: split}).items():
            features = self._features(Modality.VISUAL, corpus, source.visual())
            faces.append(features.of(source.visual(), classes))
            left = len(features.of(source.visual(), tuple(Emotion)).values) - len(faces[-1].values)
            if left:
                report([f"{corpus}: {left} visual samples have an emotion that {self.corpus}'s speech lacks: left out"])
        train, test = (split.acoustic(name) for name in (TRAIN, TEST))
        speech = self._features(Modality.ACOUSTIC, self.corpus, train | test)
        return Domains(
            Domain.of(concatenate(faces), classes),
            Domain.of(speech.of(train, classes), classes),
            speech.of(test, classes),
            classes,
            split.synthetic,
        )

    def _features(self, modality: Modality, corpus: str, utterances: frozenset[str]) -> FeatureSet:
        features = read_features(self.project.features(modality, corpus))
        missing = utterances - set(features.utterances)
        if missing:
            raise CorpusError(
                f"{corpus}: {len(missing)} utterances of the split have no {modality} features: {min(missing)}"
            )
        return features


def open_target(project: Project, corpus: str, sources: Sequence[str]) -> Target:
    """Read the splits of a target and of the corpora whose faces train, perhaps its own among them.

    Raises:
        CorpusError: a split is missing or broken, or synthetic and real corpora would meet.
    """
    splits = {name: read_split(project.split(name)) for name in (corpus, *sources)}
    refuse_mix(splits.items())
    others = {} if list(sources) == [corpus] else {name: splits[name] for name in sources}
    return Target(project, corpus, splits[corpus], others)

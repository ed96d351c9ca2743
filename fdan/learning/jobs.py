"""What trainings of all kinds share: their names, their keys in the cache, and how a result becomes an `Outcome`."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64

from fdan.learning.outcomes import Outcome, to_outcome
from fdan.learning.params import Run
from fdan.metrics.predictions import Predictions
from fdan.runtime.cache import Cache, CacheEntry, code_of


@runtime_checkable  # tests check types as they run
class Samples(Protocol):
    """What a network is trained and tested on: features, or images."""

    @property
    def tested(self) -> tuple[str, ...]:
        """The test utterances, in the order in which they are predicted."""

    @property
    def training_digest(self) -> str:
        """SHA-256 of all that a training reads, in hex."""

    @property
    def test_digest(self) -> str:
        """SHA-256 of the test samples and their labels, in hex."""

    def predictions(self, probabilities: Float64[np.ndarray, "n c"]) -> Predictions:
        """Return the predictions on the n test utterances."""


@dataclass(frozen=True)
class TrainingJob(ABC):
    """One network to train and test: a `fdan.runtime.cached_job.CachedJob` but for `kind`, `libraries` and `run`.

    Attributes:
        variant: its name; a folder's.
        fold: of the protocol, empty if it has one only.
        settings: seed, weight of the loss between the domains, and the optimiser's settings.
    """

    variant: str
    fold: str
    settings: Run

    @property
    @abstractmethod
    def decisive(self) -> tuple[object, ...]:
        """All settings that decide the result; their ``repr`` counts."""

    @property
    @abstractmethod
    def samples(self) -> Samples:
        """What the network is trained and tested on."""

    @property
    def code(self) -> tuple[str, ...]:
        """The files of the job's own module and of all that it imports."""
        return code_of(type(self).__module__)

    @property
    def name(self) -> str:
        """For error messages and progress bars."""
        return f"{self.variant} seed {self.settings.seed}" + f" fold {self.fold}" * bool(self.fold)

    def key(self, cache: Cache) -> str:
        """Return the name of the result in the cache; variants that train alike share one network."""
        return cache.key(repr(self.decisive), self.samples.training_digest, self.samples.test_digest)

    def outcome(self, entry: CacheEntry) -> Outcome:
        """Unpack what ``run`` found."""
        epochs, there = self.settings.params.epochs, self.samples
        tested = len(there.tested)
        return to_outcome(self.variant, self.settings.seed, self.fold, epochs, entry, there.predictions, tested)

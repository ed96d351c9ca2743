"""A linear probe: logistic regression on the acoustic features, without a network and without faces.

Multinomial (scikit-learn, L2 with C = 1), on features that are standardised by the training samples. Nothing is drawn
at random, so one fit stands for every seed.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fdan.learning.domains import Domains
from fdan.learning.model import Standardise
from fdan.learning.training import require_samples
from fdan.metrics.predictions import Predictions, pack, unpack
from fdan.runtime.cache import Cache, CacheEntry, code_of

LIBRARIES = ("numpy", "scikit-learn", "scipy", "torch")
"""Their versions count for a cached result."""

ITERATIONS = 2000
"""Of L-BFGS, at most; 1024 features take some hundred."""


@dataclass(frozen=True)
class ProbeJob:
    """One fit.

    Attributes:
        domains: its training and test speech; the faces take no part.
    """

    domains: Domains

    kind: ClassVar[str] = "probe"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def code(self) -> tuple[str, ...]:
        """The files of this module and of all that it imports."""
        return code_of(__name__)

    @property
    def name(self) -> str:
        """For error messages."""
        return "linear probe"

    def key(self, cache: Cache) -> str:
        """Its samples."""
        return cache.key(self.domains.training_digest, self.domains.test_digest)

    def run(self) -> CacheEntry:
        """Fit, and return the class probabilities of the test utterances, float64 [m, c]; 0 for an absent class."""
        from sklearn.linear_model import LogisticRegression

        speech, test = self.domains.acoustic, self.domains.test
        require_samples(speech.y, speech.y)
        scale = Standardise(speech.x.shape[1])
        scale.fit(speech.x)
        x, y = scale(speech.x).double().numpy(), speech.y.numpy()
        probabilities = np.zeros((len(test.utterances), len(self.domains.classes)))
        present = np.unique(y)
        if len(present) == 1:
            probabilities[:, present[0]] = 1.0
        else:
            fitted = LogisticRegression(max_iter=ITERATIONS).fit(x, y)
            probabilities[:, present] = fitted.predict_proba(scale(test.values).double().numpy())
        return CacheEntry(None, (pack(probabilities),))

    def predictions(self, entry: CacheEntry) -> Predictions:
        """Return the predictions on the test utterances."""
        return self.domains.predictions(unpack(entry.blobs[0], len(self.domains.test.utterances)))

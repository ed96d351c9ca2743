"""A classifier of speech alone: the baseline that shows what source faces add.

It is the acoustic half of FDAN1: standardised features, bottleneck, ``LN(Z + FFN(Z))`` and classifier, with the
cross-entropy of the speech as loss. First weights, order of the utterances, number of steps and optimiser are those of
the FDAN1 of the same seed.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from fdan.learning.domains import Domains
from fdan.learning.losses import cross_entropy
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, Run
from fdan.learning.training import build_model, learning_rate, require_samples, unpaired_batches
from fdan.metrics.predictions import Predictions, pack, unpack
from fdan.runtime.cache import Cache, CacheEntry, code_of

LIBRARIES = ("numpy", "torch")
"""Their versions count for a cached result."""


def logits_of(network: FDAN, x: Float[Tensor, "n p"]) -> Float[Tensor, "n c"]:
    """Return FDAN1's logits of speech; without attention no other sample takes part."""
    z = network.embed_acoustic(x[None])
    for layer in network.cross_modal_layers:
        z = layer.acoustic(z, (z, z))
    return network.classifier(z)[0]  # type: ignore[no-any-return]


@dataclass(frozen=True)
class PlainJob:
    """One network.

    Attributes:
        settings: seed and the optimiser's settings; alpha plays no part.
        model: widths and depth.
        domains: its training and test samples; of the faces only their number counts.
    """

    settings: Run
    model: ModelParams
    domains: Domains

    kind: ClassVar[str] = "no_faces"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def code(self) -> tuple[str, ...]:
        """The files of this module and of all that it imports."""
        return code_of(__name__)

    @property
    def name(self) -> str:
        """For error messages."""
        return f"no faces, seed {self.settings.seed}"

    def key(self, cache: Cache) -> str:
        """Its settings and samples."""
        return cache.key(repr((self.settings, self.model)), self.domains.training_digest, self.domains.test_digest)

    def run(self) -> CacheEntry:
        """Train one network, and return the class probabilities of the test utterances, float64 [m, c]."""
        domains, params, seed = self.domains, self.settings.params, self.settings.seed
        visual, acoustic = domains.visual, domains.acoustic
        require_samples(visual.y, acoustic.y)
        network = build_model(visual, acoustic, len(domains.classes), self.model, attention=False, seed=seed)
        optimiser = torch.optim.SGD(
            network.parameters(), params.learning_rate, params.momentum, weight_decay=params.weight_decay, fused=True
        )
        generator, iteration = torch.Generator().manual_seed(seed), 0
        for _ in range(params.epochs):
            for _, batch in unpaired_batches(len(visual.y), len(acoustic.y), params.batch_size, generator):
                optimiser.param_groups[0]["lr"] = learning_rate(params, iteration)
                optimiser.zero_grad()
                cross_entropy(logits_of(network, acoustic.x[batch]), acoustic.y[batch]).backward()
                optimiser.step()
                iteration += 1
        with torch.inference_mode():
            probabilities = torch.softmax(logits_of(network.eval(), domains.test.values).double(), dim=1)
        return CacheEntry(None, (pack(probabilities.numpy()),))

    def predictions(self, entry: CacheEntry) -> Predictions:
        """Return the predictions on the test utterances."""
        return self.domains.predictions(unpack(entry.blobs[0], len(self.domains.test.utterances)))

"""The released code's network and training, written anew from what it does, on the same cached features.

It differs from the paper (docs/choices.md): attention reaches the first sample of a batch only, through
parameters that never learn, and prediction skips it; LMMD is ramped up, with an alpha of 10 by default.

Not known of it, so chosen here:

* features are cached ResNet-34 features as everywhere in this project, standardised as FDAN's are
  (``model.standardise``), not the raw ones of a ResNet-50 that learns too;
* the loss is that of Eq. 9 otherwise: both cross-entropies, true labels in LMMD;
* the first sample of either half attends over the other half's whole batch, then is added to (pre-norm, no bias,
  an output projection back to d);
* the ramp is ``2 / (1 + exp(-e / E)) - 1`` in epoch e = 1..E: near 0 at first, 0.46 at last;
* an epoch is a fixed number of iterations; each domain is drawn without replacement and reshuffled when it is
  used up, its last batch being partial;
* weights start as PyTorch draws them;
* features of different widths, which its one bottleneck cannot read, have a bottleneck each, as FDAN's have.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

import torch
from annotated_types import Ge
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.data.histories import SAMPLED, Epoch
from fdan.learning.domains import Domains
from fdan.learning.losses import cross_entropy, lmmd
from fdan.learning.model import Standardise
from fdan.learning.outcomes import Outcome, to_entry, to_outcome
from fdan.learning.params import TrainParams
from fdan.learning.training import Domain, Meter, learning_rate, require_samples
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.params import Alpha, Seeds


@dataclass(frozen=True)
class ReleasedParams(TrainParams):
    """Section ``released`` of params.yaml: the defaults of the released code, and what ``train`` has.

    Attributes:
        alpha: trade-off of Eq. 9, before the ramp.
        iterations: of an epoch.
        width: d, of the bottleneck.
        heads: of the attention.
        head_width: of each.
        seeds: one run each.
    """

    alpha: Alpha
    iterations: Annotated[int, Ge(1)]
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    head_width: Annotated[int, Ge(1)]
    seeds: Seeds


class FirstSampleAttention(nn.Module):
    """Multi-head attention of one sample over a batch of the other modality; its weights never learn."""

    def __init__(self, d: int, heads: int, head_width: int) -> None:
        super().__init__()
        inner = heads * head_width
        self.heads = heads
        self.norm = nn.LayerNorm(d)
        self.query = nn.Linear(d, inner, bias=False)
        self.key_value = nn.Linear(d, 2 * inner, bias=False)
        self.output = nn.Linear(inner, d, bias=False)
        self.requires_grad_(False)

    def forward(self, z: Float[Tensor, "n d"], other: Float[Tensor, "m d"]) -> Float[Tensor, "n d"]:
        """`z` with its first row updated from `other`; all rows else are as they were."""
        query = self.query(self.norm(z[:1])).unflatten(1, (self.heads, -1))
        key, value = (x.unflatten(1, (self.heads, -1)) for x in self.key_value(self.norm(other)).chunk(2, dim=1))
        # Heads to the front: [heads, 1 or m, head_width].
        mixed = functional.scaled_dot_product_attention(*(x.transpose(0, 1) for x in (query, key, value)))
        first = z[:1] + self.output(mixed.transpose(0, 1).flatten(1))
        return torch.cat([first, z[1:]])


class ReleasedFDAN(nn.Module):
    """Shared bottleneck, attention on the first sample of each half while training, shared classifier.

    The released code takes raw features, which ImageNet weights keep small. Those of random weights are forty times as
    long: its first steps kill every ReLU, and what would be measured is the weights. So features are standardised.
    """

    def __init__(self, features: int, classes: int, params: ReleasedParams, acoustic: int | None = None) -> None:
        super().__init__()
        acoustic = features if acoustic is None else acoustic
        self.standardise_v, self.standardise_a = Standardise(features), Standardise(acoustic)
        self.bottleneck = nn.Sequential(nn.Linear(features, params.width), nn.ReLU())
        differ = acoustic != features
        self.bottleneck_a = nn.Sequential(nn.Linear(acoustic, params.width), nn.ReLU()) if differ else None
        self.visual = FirstSampleAttention(params.width, params.heads, params.head_width)
        self.acoustic = FirstSampleAttention(params.width, params.heads, params.head_width)
        self.classifier = nn.Linear(params.width, classes)

    def forward(
        self, x_v: Float[Tensor, "n_v p"], x_a: Float[Tensor, "n_a q"]
    ) -> tuple[Float[Tensor, "n_v d"], Float[Tensor, "n_a d"]]:
        """``(Z_v, Z_a)`` of two unpaired batches, each attending over the other as it was before."""
        if self.bottleneck_a is None:
            both = torch.cat([self.standardise_v(x_v), self.standardise_a(x_a)])
            z_v, z_a = self.bottleneck(both).split([len(x_v), len(x_a)])
        else:
            z_v, z_a = self.bottleneck(self.standardise_v(x_v)), self.embed_acoustic(x_a)
        return self.visual(z_v, z_a), self.acoustic(z_a, z_v)

    def learnt(self) -> list[nn.Parameter]:
        """What the optimiser knows: bottlenecks and classifier."""
        own = [] if self.bottleneck_a is None else list(self.bottleneck_a.parameters())
        return [*self.bottleneck.parameters(), *own, *self.classifier.parameters()]

    def embed_acoustic(self, x_a: Float[Tensor, "n q"]) -> Float[Tensor, "n d"]:
        """``Z_a`` before the attention."""
        bottleneck = self.bottleneck if self.bottleneck_a is None else self.bottleneck_a
        return bottleneck(self.standardise_a(x_a))  # type: ignore[no-any-return]

    @torch.inference_mode()
    def predict(self, x_a: Float[Tensor, "n q"]) -> Float[Tensor, "n c"]:
        """Logits of acoustic samples, without the attention."""
        return self.classifier(self.embed_acoustic(x_a))  # type: ignore[no-any-return]


def ramp(epoch: int, epochs: int) -> float:
    """The factor of LMMD in epoch 1..epochs: from nearly 0 up to ``2 / (1 + 1/e) - 1``, which is 0.46."""
    return 2 / (1 + math.exp(-epoch / epochs)) - 1


def endless_batches(n: int, batch_size: int, generator: torch.Generator) -> Iterator[Int64[Tensor, " b"]]:
    """Index batches without end: every sample once, then reshuffled; the last batch of a round may be partial."""
    while True:
        yield from torch.randperm(n, generator=generator).split(batch_size)


def train(
    visual: Domain,
    acoustic: Domain,
    classes: int,
    params: ReleasedParams,
    seed: int,
    standardise: bool,
    observe: Callable[[ReleasedFDAN], float] | None = None,
    every: int = 1,
) -> tuple[ReleasedFDAN, list[Epoch]]:
    """Train one network; the last epoch's weights are the result.

    The released code keeps the epoch that is best on the test set. Here `observe` only writes WARs down.

    Args:
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        params: all settings.
        seed: decides the initial weights and the order of the samples.
        standardise: features by the training samples' mean and sd, as FDAN's own.
        observe: called after every `every`-th epoch and the last; its answer is `Epoch.test_war`.
        every: see `observe`.

    Returns:
        The network, and its history: where the loss stops being a finite number, only the epochs before.

    Raises:
        TrainingError: a domain is empty.
    """
    require_samples(visual.y, acoustic.y)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ReleasedFDAN(visual.x.shape[1], classes, params, acoustic.x.shape[1])
    if standardise:
        model.standardise_v.fit(visual.x)
        model.standardise_a.fit(acoustic.x)
    learnt = model.learnt()
    optimiser = torch.optim.SGD(
        learnt, params.learning_rate, params.momentum, weight_decay=params.weight_decay, fused=True
    )
    generator = torch.Generator().manual_seed(seed)
    batches_v = endless_batches(len(visual.y), params.batch_size, generator)
    batches_a = endless_batches(len(acoustic.y), params.batch_size, generator)
    meter, history, iteration = Meter(), list[Epoch](), 0
    for epoch in range(1, params.epochs + 1):
        weight = params.alpha * ramp(epoch, params.epochs)
        for _ in range(params.iterations):
            b_v, b_a = next(batches_v), next(batches_a)
            y_v, y_a = visual.y[b_v], acoustic.y[b_a]
            z_v, z_a = model(visual.x[b_v], acoustic.x[b_a])
            ce_v, ce_a = cross_entropy(model.classifier(z_v), y_v), cross_entropy(model.classifier(z_a), y_a)
            discrepancy = lmmd(z_v, z_a, y_v, y_a, classes)
            if iteration % SAMPLED == 0:
                meter.sample(_norm(ce_v + ce_a, learnt), _norm(discrepancy, learnt))
            optimiser.zero_grad()
            (ce_v + ce_a + weight * discrepancy).backward()
            rate = learning_rate(params, iteration)
            optimiser.param_groups[0]["lr"] = rate
            optimiser.step()
            meter.add(ce_a, ce_v, discrepancy)
            iteration += 1
        look = observe is not None and (epoch % every == 0 or epoch == params.epochs)
        [line] = meter.close([rate], [weight], [observe(model)] if observe and look else [])
        if line is None:
            break
        history.append(line)
    return model.eval(), history


def _norm(loss: Float[Tensor, ""], weights: Sequence[nn.Parameter]) -> Float[Tensor, "1"]:
    """Norm of the gradient, the classifier's part being 0 for LMMD."""
    parts = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
    norm: Tensor = torch.stack([part.norm() for part in parts if part is not None]).norm()
    return norm[None]


LIBRARIES = ("numpy", "torch")
"""Their versions count for a cached result."""


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        seed: of weights and batches.
        params: all settings.
        standardise: see `train`.
        domains: what it is trained and tested on.
        watch: epochs from one look at the test part to the next.
    """

    seed: int
    params: ReleasedParams
    standardise: bool
    domains: Domains
    watch: int

    kind: ClassVar[str] = "released"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def code(self) -> tuple[str, ...]:
        """The files of this module and of all that it imports."""
        return code_of(__name__)

    @property
    def name(self) -> str:
        """For error messages."""
        return f"released, seed {self.seed}"

    def key(self, cache: Cache) -> str:
        """Its settings, and the samples that train and, for the audit, test it."""
        settings = repr((self.seed, replace(self.params, seeds=(0,)), self.standardise, self.watch))
        return cache.key(settings, self.domains.training_digest, self.domains.test_digest)

    def run(self) -> CacheEntry:
        """Train and test one network."""
        domains = self.domains
        truth = Domain.of(domains.test, domains.classes).y

        def observe(model: ReleasedFDAN) -> float:
            return 100 * float((model.predict(domains.test.values).argmax(dim=1) == truth).double().mean())

        seen = observe if domains.test.utterances else None
        classes = len(domains.classes)
        model, history = train(
            domains.visual, domains.acoustic, classes, self.params, self.seed, self.standardise, seen, self.watch
        )
        probabilities = torch.softmax(model.predict(domains.test.values).double(), dim=1).numpy()
        parameters = sum(weights.numel() for weights in model.learnt())
        return to_entry(history, self.params.epochs, probabilities, parameters)

    def outcome(self, entry: CacheEntry) -> Outcome:
        """What `run` found."""
        domains = self.domains
        tested = len(domains.test.utterances)
        return to_outcome("released", self.seed, "", self.params.epochs, entry, domains.predictions, tested)

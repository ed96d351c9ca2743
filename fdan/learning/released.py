"""The released head on our frozen features: what the authors' public code trains, described anew and written from that.

This is a description of the public code, not of the paper, which claims nothing about it (docs/choices.md).

What was read of it:

* a bottleneck that both domains share, Linear(p, 256) and ReLU, and one classifier;
* while training, the first sample z_0 of each half of a batch is *replaced* by ``g(q + A(q))``. There q is ``f(z_0)``,
  and A is pre-norm attention of q, two heads of 32, over ``[q; samples 1, 2, ... of the other half]``: the other half's
  first sample is left out, and the query itself is in. f and g are Linear(256, 256). No optimiser updates any of this;
* prediction skips all of that;
* DeepDA's training loop with its defaults, argument by argument: 100 epochs of 20 iterations, batches of 32, SGD with
  momentum 0.9 and decay 5e-4, the rate 1e-3 (1 + 0.0003 k)^-0.75, and the transfer loss MMD with weight 10. DeepDA's
  own configuration of LMMD (DSAN.yaml) has weight 0.5, rate 0.01 and 500 epochs. Its LMMD is ramped from 0 to 0.46; its
  MMD is not.

What differs, or is not known and was chosen here:

* features are this project's cached ones, standardised as FDAN's are (``model.standardise``); the public code
  fine-tunes a ResNet-50 at 0.1 times the rate;
* the last epoch counts, and the test WAR is only written down; the public code prints the best test epoch;
* both cross-entropies are in the loss, as in Eq. 9, and LMMD sees true labels;
* the ramp of LMMD moves once an epoch: ``2 / (1 + exp(-e / E)) - 1`` in epoch e = 1..E;
* each domain is drawn without replacement and reshuffled when it is used up, its last batch being partial;
* weights start as PyTorch draws them;
* features of different widths, which one bottleneck cannot read, have a bottleneck each, as FDAN's have.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import torch
from annotated_types import Ge, MinLen
from jaxtyping import Float, Int64
from pydantic import StringConstraints
from torch import Tensor, nn
from torch.nn import functional

from fdan.data.histories import SAMPLED, Epoch
from fdan.learning.domains import Domains
from fdan.learning.jobs import TrainingJob
from fdan.learning.losses import cross_entropy, lmmd, mmd
from fdan.learning.model import Standardise
from fdan.learning.outcomes import to_entry
from fdan.learning.params import Run, TrainParams
from fdan.learning.training import Domain, Meter, learning_rate, require_samples
from fdan.metrics.predictions import training_war
from fdan.runtime.cache import CacheEntry
from fdan.runtime.params import Alpha, Seeds

LIBRARIES = ("numpy", "torch")
"""Their versions count for a cached result."""


@dataclass(frozen=True)
class ReleasedParams(TrainParams):
    """One row of section ``released`` of params.yaml: the settings of the released code, and what ``train`` has.

    Attributes:
        transfer: the loss between the domains, ``mmd`` (the code's default) or ``lmmd``.
        alpha: weight of that loss, of LMMD before the ramp.
        iterations: of an epoch.
        width: d, of the bottleneck.
        heads: of the attention.
        head_width: of each.
        seeds: one run each.
    """

    transfer: Literal["mmd", "lmmd"]
    alpha: Alpha
    iterations: Annotated[int, Ge(1)]
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    head_width: Annotated[int, Ge(1)]
    seeds: Seeds


ReleasedRows = Annotated[
    Mapping[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")], ReleasedParams], MinLen(1)
]
"""Section ``released`` of params.yaml; a row's name is a folder's."""


class FirstSampleAttention(nn.Module):
    """Replace the first sample of a half of a batch by what attends over the other half; no weight of it learns.

    ``z_0 <- g(q + O(softmax(Q(n_0) K(n)^T / sqrt(h)) V(n)))`` with ``q = f(z_0)``, n the normalised rows of
    ``[q; other_1, other_2, ...]``, n_0 the first of them, and h the width of a head.
    """

    def __init__(self, d: int, heads: int, head_width: int) -> None:
        super().__init__()
        inner = heads * head_width
        self.heads = heads
        self.f, self.g = nn.Linear(d, d), nn.Linear(d, d)
        self.norm = nn.LayerNorm(d)
        self.query, self.key, self.value = (nn.Linear(d, inner, bias=False) for _ in range(3))
        self.output = nn.Linear(inner, d)
        self.requires_grad_(False)

    def forward(self, z: Float[Tensor, "n d"], other: Float[Tensor, "m d"]) -> Float[Tensor, "n d"]:
        """Return `z` with another first row; the other rows stay as they were."""
        first = self.f(z[:1])
        seen = self.norm(torch.cat([first, other[1:]]))
        parts = (self.query(seen[:1]), self.key(seen), self.value(seen))
        # Heads to the front: [heads, 1 or m, head_width].
        split = (part.unflatten(1, (self.heads, -1)).transpose(0, 1) for part in parts)
        mixed = functional.scaled_dot_product_attention(*split).transpose(0, 1).flatten(1)
        return torch.cat([self.g(first + self.output(mixed)), z[1:]])


class ReleasedHead(nn.Module):
    """Shared bottleneck, attention on the first sample of each half while training, shared classifier.

    The public code takes raw features, which ImageNet weights keep small. Those of random weights are forty times as
    long: its first steps would kill every ReLU, and the result would measure the weights. So features are standardised.

    Args:
        features: width p of the visual features.
        classes: number of emotions c.
        params: widths.
        acoustic: width q of the acoustic features; None: p as well.
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
        """Return what the optimiser knows: bottlenecks and classifier."""
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
    observe: Callable[[ReleasedHead], float] | None = None,
    every: int = 1,
) -> tuple[ReleasedHead, list[Epoch]]:
    """Train one network; the last epoch's weights are the result.

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
        The network, and its history, whose ``lmmd`` is the transfer loss: where the loss stops being a finite number,
        only the epochs before.

    Raises:
        TrainingError: a domain is empty.
    """
    require_samples(visual.y, acoustic.y)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ReleasedHead(visual.x.shape[1], classes, params, acoustic.x.shape[1])
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
        weight = params.alpha * (ramp(epoch, params.epochs) if params.transfer == "lmmd" else 1.0)
        for _ in range(params.iterations):
            b_v, b_a = next(batches_v), next(batches_a)
            y_v, y_a = visual.y[b_v], acoustic.y[b_a]
            z_v, z_a = model(visual.x[b_v], acoustic.x[b_a])
            ce_v, ce_a = cross_entropy(model.classifier(z_v), y_v), cross_entropy(model.classifier(z_a), y_a)
            discrepancy = lmmd(z_v, z_a, y_v, y_a, classes) if params.transfer == "lmmd" else mmd(z_v, z_a)
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
    """Norm of the gradient, the classifier's part being 0 for the transfer loss."""
    parts = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
    norm: Tensor = torch.stack([part.norm() for part in parts if part is not None]).norm()
    return norm[None]


@dataclass(frozen=True)
class Job(TrainingJob):
    """One run of a row.

    Attributes:
        params: all settings of the row.
        standardise: see `train`.
        domains: what it is trained and tested on.
        watch: epochs from one look at the test part to the next.
    """

    params: ReleasedParams
    standardise: bool
    domains: Domains
    watch: int

    kind: ClassVar[str] = "released"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def decisive(self) -> tuple[object, ...]:
        """The seed, the settings of the row, and the looks at the test part, which the history shows."""
        return self.settings.seed, replace(self.params, seeds=(0,)), self.standardise, self.watch

    @property
    def samples(self) -> Domains:
        """What the network is trained and tested on."""
        return self.domains

    def run(self) -> CacheEntry:
        """Train and test one network."""
        domains = self.domains
        truth = Domain.of(domains.test, domains.classes).y

        def observe(model: ReleasedHead) -> float:
            return 100 * float((model.predict(domains.test.values).argmax(dim=1) == truth).double().mean())

        seen, seed = observe if domains.test.utterances else None, self.settings.seed
        classes = len(domains.classes)
        model, history = train(
            domains.visual, domains.acoustic, classes, self.params, seed, self.standardise, seen, self.watch
        )
        probabilities, own = (
            torch.softmax(model.predict(x).double(), dim=1).numpy() for x in (domains.test.values, domains.acoustic.x)
        )
        war = training_war(own, domains.acoustic.y.numpy())
        parameters = sum(weights.numel() for weights in model.learnt())
        return to_entry(history, self.params.epochs, probabilities, parameters, war)


def jobs_of(
    rows: Mapping[str, ReleasedParams], standardise: bool, domains: Domains, watch: int, fold: str = ""
) -> list[Job]:
    """Return a job for each row and seed."""
    return [
        Job(name, fold, Run(seed, params.alpha, params), params, standardise, domains, watch)
        for name, params in rows.items()
        for seed in params.seeds
    ]

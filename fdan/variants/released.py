"""The released code's network and training, written anew from what it does, on the same cached features.

It differs from the paper (the README's ledger): attention reaches the first sample of a batch only, through
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
* weights start as PyTorch draws them.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.data.histories import SAMPLED, Epoch
from fdan.learning.domains import Domains
from fdan.learning.losses import lmmd
from fdan.learning.model import Standardise
from fdan.learning.params import TrainingError, TrainParams
from fdan.learning.training import Domain, learning_rate
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.metrics.scores import score
from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class ReleasedParams:
    """Section ``released`` of params.yaml; the defaults of the released code.

    Attributes:
        alpha: trade-off of Eq. 9, before the ramp.
        iterations: of an epoch.
        width: d, of the bottleneck.
        heads: of the attention.
        head_width: of each.
        epochs, batch_size, learning_rate, lr_gamma, lr_decay, momentum, weight_decay: as in ``train``.
        seeds: one run each.
    """

    alpha: Annotated[float, Ge(0)]
    iterations: Annotated[int, Ge(1)]
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    head_width: Annotated[int, Ge(1)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(1)]
    learning_rate: Annotated[float, Gt(0)]
    lr_gamma: Annotated[float, Ge(0)]
    lr_decay: Annotated[float, Ge(0)]
    momentum: Annotated[float, Ge(0), Lt(1)]
    weight_decay: Annotated[float, Ge(0)]
    seeds: Seeds

    def optimiser(self) -> TrainParams:
        """The settings that every training has."""
        return TrainParams(
            self.epochs,
            self.batch_size,
            self.learning_rate,
            self.lr_gamma,
            self.lr_decay,
            self.momentum,
            self.weight_decay,
        )


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
    """Shared bottleneck, attention on the first sample of each half while training, shared classifier."""

    def __init__(self, features: int, classes: int, params: ReleasedParams) -> None:
        super().__init__()
        self.bottleneck = nn.Sequential(nn.Linear(features, params.width), nn.ReLU())
        self.visual = FirstSampleAttention(params.width, params.heads, params.head_width)
        self.acoustic = FirstSampleAttention(params.width, params.heads, params.head_width)
        self.classifier = nn.Linear(params.width, classes)

    def forward(
        self, x_v: Float[Tensor, "n_v p"], x_a: Float[Tensor, "n_a p"]
    ) -> tuple[Float[Tensor, "n_v d"], Float[Tensor, "n_a d"]]:
        """``(Z_v, Z_a)`` of two unpaired batches, each attending over the other as it was before."""
        z_v, z_a = self.bottleneck(torch.cat([x_v, x_a])).split([len(x_v), len(x_a)])
        return self.visual(z_v, z_a), self.acoustic(z_a, z_v)

    def learnt(self) -> list[nn.Parameter]:
        """What the optimiser knows: bottleneck and classifier."""
        return [*self.bottleneck.parameters(), *self.classifier.parameters()]

    @torch.inference_mode()
    def predict(self, x_a: Float[Tensor, "n p"]) -> Float[Tensor, "n c"]:
        """Logits of acoustic samples, without the attention."""
        return self.classifier(self.bottleneck(x_a))  # type: ignore[no-any-return]


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
    observe: Callable[[ReleasedFDAN], float] | None = None,
) -> tuple[ReleasedFDAN, list[Epoch]]:
    """Train one network; the last epoch's weights are the result.

    The released code keeps the epoch that is best on the test set. Here `observe` only writes each epoch's WAR down.

    Args:
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        params: all settings.
        seed: decides the initial weights and the order of the samples.
        observe: called after each epoch; its answer is `Epoch.test_war`.

    Returns:
        The network, and its history, in which ``lmmd_weight`` is alpha times the ramp.

    Raises:
        TrainingError: a domain is empty, or a loss stops being a number.
    """
    for name, domain in (("visual", visual), ("acoustic", acoustic)):
        if not len(domain.y):
            raise TrainingError(f"no {name} training samples; see the counts that the splits stage printed")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ReleasedFDAN(acoustic.x.shape[1], classes, params)
    settings, learnt = params.optimiser(), model.learnt()
    optimiser = torch.optim.SGD(
        learnt, settings.learning_rate, settings.momentum, weight_decay=settings.weight_decay, fused=True
    )
    generator = torch.Generator().manual_seed(seed)
    batches_v = endless_batches(len(visual.y), settings.batch_size, generator)
    batches_a = endless_batches(len(acoustic.y), settings.batch_size, generator)
    history: list[Epoch] = []
    iteration = 0
    for epoch in range(1, settings.epochs + 1):
        weight, losses, norms = params.alpha * ramp(epoch, settings.epochs), [], []
        for _ in range(params.iterations):
            b_v, b_a = next(batches_v), next(batches_a)
            y_v, y_a = visual.y[b_v], acoustic.y[b_a]
            z_v, z_a = model(visual.x[b_v], acoustic.x[b_a])
            ce_v = functional.cross_entropy(model.classifier(z_v), y_v)
            ce_a = functional.cross_entropy(model.classifier(z_a), y_a)
            discrepancy = lmmd(z_v, z_a, y_v, y_a, classes)
            if iteration % SAMPLED == 0:
                norms.append([_norm(ce_v + ce_a, learnt), _norm(discrepancy, learnt)])
            optimiser.zero_grad()
            (ce_v + ce_a + weight * discrepancy).backward()
            rate = learning_rate(settings, iteration)
            optimiser.param_groups[0]["lr"] = rate
            optimiser.step()
            losses.append(torch.stack([ce_a, ce_v, discrepancy]).detach())
            iteration += 1
        means = torch.stack(losses).mean(dim=0).tolist()
        if not all(map(math.isfinite, means)):
            raise TrainingError(
                f"the loss is not a number in epoch {epoch} (seed {seed}); lower released.learning_rate "
                f"(now {params.learning_rate:g}) or released.alpha (now {params.alpha:g})"
            )
        ce, pull = torch.tensor(norms).mean(dim=0).tolist() if norms else (None, None)
        ce_acoustic, ce_visual, value = means
        observed = observe(model) if observe else None
        history.append(Epoch(ce_acoustic, ce_visual, value, rate, weight, ce, pull, observed))
    return model.eval(), history


def _norm(loss: Float[Tensor, ""], weights: Sequence[nn.Parameter]) -> float:
    """Norm of the gradient, the classifier's part being 0 for LMMD."""
    parts = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
    return math.hypot(*(float(part.norm()) for part in parts if part is not None))


@dataclass(frozen=True)
class Job:
    """One run."""

    seed: int
    params: ReleasedParams
    domains: Domains


def standardised(there: Domains) -> Domains:
    """The same samples, each feature by its modality's training samples, as FDAN's own network sees them.

    The released code takes raw features, which ImageNet weights keep small. Those of random weights are forty times as
    long: its first steps kill every ReLU, and what would be measured is the weights.
    """
    visual, acoustic = (Standardise(domain.x.shape[1]) for domain in (there.visual, there.acoustic))
    visual.fit(there.visual.x)
    acoustic.fit(there.acoustic.x)
    return replace(
        there,
        visual=replace(there.visual, x=visual(there.visual.x)),
        acoustic=replace(there.acoustic, x=acoustic(there.acoustic.x)),
        test=replace(there.test, values=acoustic(there.test.values)),
    )


def train_one(job: Job) -> tuple[Predictions, list[Epoch]]:
    """Train one network on one thread; what it says after the last epoch."""
    torch.set_num_threads(1)
    there = job.domains

    def observe(model: ReleasedFDAN) -> float:
        return score(predictions_of(model, there)).war

    seen = observe if there.test.utterances else None
    model, history = train(there.visual, there.acoustic, len(there.classes), job.params, job.seed, seen)
    return predictions_of(model, there), history


def predictions_of(model: ReleasedFDAN, there: Domains) -> Predictions:
    """The predictions on the test utterances; the network's prediction takes each by itself."""
    probabilities = torch.softmax(model.predict(there.test.values).double(), dim=1).numpy()
    truth = Domain.of(there.test, there.classes).y.numpy()
    return make_predictions(there.test.utterances, there.classes, truth, probabilities)

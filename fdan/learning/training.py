"""Training (Sec. 3.2): unpaired batches of two domains, SGD with a decaying rate, the last epoch's weights."""

import math
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.data.histories import SAMPLED, Epoch
from fdan.learning.losses import Loss, fdan_loss
from fdan.learning.model import FDAN, apart, side_by_side
from fdan.learning.params import ModelParams, Run, TrainingError, TrainParams
from fdan.numerics.momentum import MomentumSGD


@dataclass(frozen=True)
class Domain:
    """The labelled samples of one domain as tensors; `y` indexes the target corpus' classes."""

    x: Float[Tensor, "n p"]
    y: Int64[Tensor, " n"]

    @staticmethod
    def of(features: FeatureSet, classes: Sequence[Emotion]) -> "Domain":
        """Samples whose emotions are all among `classes`."""
        index = {emotion: i for i, emotion in enumerate(classes)}
        labels = torch.tensor([index[e] for e in features.emotions], dtype=torch.int64)
        return Domain(features.values, labels)


def learning_rate(params: TrainParams, iteration: int) -> float:
    """``lr (1 + gamma k)^-decay`` at iteration k = 0, 1, ... (DSAN's schedule; not in the paper)."""
    decay: float = (1 + params.lr_gamma * iteration) ** -params.lr_decay
    return params.learning_rate * decay


def unpaired_batches(
    n_v: int, n_a: int, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Int64[Tensor, " b_v"], Int64[Tensor, " b_a"]]]:
    """One epoch of index batches, drawn for each domain by itself.

    Both domains are shuffled anew; the epoch ends with the domain that has fewer batches, whose last
    batch may be partial.
    """
    order_v = torch.randperm(n_v, generator=generator).split(batch_size)
    order_a = torch.randperm(n_a, generator=generator).split(batch_size)
    yield from zip(order_v, order_a, strict=False)


def build_model(
    visual: Domain, acoustic: Domain, classes: int, params: ModelParams, attention: bool, seed: int
) -> FDAN:
    """An untrained network, its weights drawn from `seed`, its standardisation fitted to the training samples."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = FDAN(visual.x.shape[1], classes, params, attention, acoustic.x.shape[1])
    if params.standardise:
        model.standardise_v.fit(visual.x)
        model.standardise_a.fit(acoustic.x)
    return model


def require_samples(visual: Sized, acoustic: Sized) -> None:
    """Raise `TrainingError` where a domain has no training sample."""
    for name, labels in (("visual", visual), ("acoustic", acoustic)):
        if not len(labels):
            raise TrainingError(f"no {name} training samples; see the counts that the splits stage printed")


class Meter:
    """An epoch's losses and gradients of s networks, from its iterations to its line in each history."""

    def __init__(self) -> None:
        self.terms: list[Float[Tensor, "3 s"]] = []
        self.norms: list[Float[Tensor, "2 s"]] = []

    def add(self, ce_acoustic: Tensor, ce_visual: Tensor, lmmd: Tensor) -> None:
        """Take the terms of one iteration, [s] or, of one network, a number each."""
        self.terms.append(torch.stack([ce_acoustic, ce_visual, lmmd]).detach().cpu().reshape(3, -1))

    def sample(self, ce: Float[Tensor, " s"], lmmd: Float[Tensor, " s"]) -> None:
        """Take the norms of the two parts of one iteration's gradient."""
        self.norms.append(torch.stack([ce, lmmd]))

    def close(
        self, rates: Sequence[float], weights: Sequence[float], observed: Sequence[float | None] = ()
    ) -> list[Epoch | None]:
        """Return the epoch of each network, the means over what was taken since the last one; None if it diverged.

        Args:
            rates: learning rate of the last iteration.
            weights: of LMMD in the objective.
            observed: `Epoch.test_war`.
        """
        terms, norms = torch.stack(self.terms), torch.stack(self.norms) if self.norms else None
        self.terms, self.norms = [], []
        means = terms.mean(dim=0).T.tolist()
        measured = [[None, None]] * len(means) if norms is None else norms.mean(dim=0).T.tolist()
        seen = observed or [None] * len(means)
        rows = zip(means, rates, weights, measured, seen, strict=True)
        return [
            Epoch(mean[0], mean[1], mean[2], rate, weight, norm[0], norm[1], war)
            if all(map(math.isfinite, mean))
            else None
            for mean, rate, weight, norm, war in rows
        ]


def train(
    visual: Domain,
    acoustic: Domain,
    classes: int,
    runs: Sequence[Run],
    attention: bool,
    params: ModelParams,
    observe: Callable[[FDAN], float] | None = None,
    every: int = 1,
) -> list[tuple[FDAN, list[Epoch]]]:
    """Train networks side by side; the last epoch's weights are the result, no epoch is chosen.

    Each network sees its own batches and ends as it would alone, to the bit (tests/learning/test_training.py). One
    whose loss stops being a finite number has diverged: that is a result, and costs no other network anything.

    Args:
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        runs: one network each; epochs, batch size and momentum must be the same.
        attention: whether the layers have cross-attention; FDAN1 (Sec. 3.7) has none.
        params: widths and depth.
        observe: called with each network after every `every`-th epoch and the last; its answer is `Epoch.test_war`.
        every: see `observe`.

    Returns:
        Each network, and its history: of one that diverged only the epochs before.

    Raises:
        TrainingError: a domain is empty, or the runs cannot be trained together.
    """
    require_samples(visual.y, acoustic.y)
    shared = {(run.params.epochs, run.params.batch_size, run.params.momentum) for run in runs}
    if len(shared) != 1:
        raise TrainingError(f"expected one number of epochs, batch size and momentum, found {sorted(shared)}")
    ((epochs, batch_size, momentum),) = shared
    stack = side_by_side([build_model(visual, acoustic, classes, params, attention, run.seed) for run in runs])
    networks, parameters = apart(stack), list(stack.parameters())
    # Each network's rate and decay are its own; its weights are views of the stack's.
    weights = [[parameter.data[i] for parameter in parameters] for i in range(len(runs))]
    optimisers = [MomentumSGD(momentum) for _ in runs]
    alphas = torch.tensor([run.alpha for run in runs], dtype=visual.x.dtype)
    generators = [torch.Generator().manual_seed(run.seed) for run in runs]
    meter, histories = Meter(), [list[Epoch]() for _ in runs]
    iteration = 0
    for epoch in range(1, epochs + 1):
        batches = (unpaired_batches(len(visual.y), len(acoustic.y), batch_size, g) for g in generators)
        for batch in zip(*batches, strict=True):
            b_v, b_a = (torch.stack(rows) for rows in zip(*batch, strict=True))
            logits_v, logits_a, layers = stack(visual.x[b_v], acoustic.x[b_a])
            loss = fdan_loss(logits_v, logits_a, layers, visual.y[b_v], acoustic.y[b_a], alphas)
            if iteration % SAMPLED == 0:
                gradients = _sampled(loss, parameters, alphas, meter)
            else:
                gradients = torch.autograd.grad(loss.total.sum(), parameters)
            rates = [learning_rate(run.params, iteration) for run in runs]
            for i, (optimiser, run) in enumerate(zip(optimisers, runs, strict=True)):
                optimiser.step(weights[i], [gradient[i] for gradient in gradients], rates[i], run.params.weight_decay)
            meter.add(loss.ce_acoustic, loss.ce_visual, loss.lmmd)
            iteration += 1
        look = observe is not None and (epoch % every == 0 or epoch == epochs)
        seen = [observe(network) for network in networks] if observe and look else []
        for history, line in zip(histories, meter.close(rates, [run.alpha for run in runs], seen), strict=True):
            if line and len(history) == epoch - 1:
                history.append(line)
        if all(len(history) < epoch for history in histories):
            break
    return [(network.eval(), history) for network, history in zip(networks, histories, strict=True)]


def _sampled(loss: Loss, parameters: Sequence[Tensor], alphas: Float[Tensor, " s"], meter: Meter) -> tuple[Tensor, ...]:
    """The gradient in its two parts, whose norms `meter` takes: one more backward pass."""
    ce = torch.autograd.grad((loss.ce_acoustic + loss.ce_visual).sum(), parameters, retain_graph=True)
    # The classifier comes after the layers whose features LMMD compares.
    lmmd = torch.autograd.grad(loss.lmmd.sum(), parameters, allow_unused=True, materialize_grads=True)
    meter.sample(_norms(ce), _norms(lmmd))
    return tuple(a + alphas.view(-1, *[1] * (a.ndim - 1)) * b for a, b in zip(ce, lmmd, strict=True))


def _norms(gradient: Sequence[Tensor]) -> Float[Tensor, " s"]:
    """The norm of each network's gradient, by itself: how a sum is cut must not depend on how many there are."""
    return torch.stack([torch.stack([g[i].norm() for g in gradient]).norm() for i in range(len(gradient[0]))])

"""Training (Sec. 3.2): unpaired batches of two domains, SGD with a decaying rate, the last epoch's weights."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet
from fdan.data.histories import SAMPLED, Epoch
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, Run, TrainingError, TrainParams
from fdan.learning.stacked import Stack


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
        model = FDAN(acoustic.x.shape[1], classes, params, attention)
    if params.standardise:
        model.standardise_v.fit(visual.x)
        model.standardise_a.fit(acoustic.x)
    return model


def train(
    visual: Domain,
    acoustic: Domain,
    classes: int,
    runs: Sequence[Run],
    attention: bool,
    params: ModelParams,
    observe: Callable[[FDAN], float] | None = None,
) -> list[tuple[FDAN, list[Epoch]]]:
    """Train networks side by side; the last epoch's weights are the result, no epoch is chosen.

    Each network sees its own batches and ends as it would alone (tests/test_stacked.py).

    Args:
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        runs: one network each; epochs, batch size and momentum must be the same.
        attention: whether the layers have cross-attention; FDAN1 (Sec. 3.7) has none.
        params: widths and depth.
        observe: called with each network after each epoch; its answer is `Epoch.test_war`.

    Raises:
        TrainingError: a domain is empty, the runs cannot be trained together, or a loss stops being a number.
    """
    for name, domain in (("visual", visual), ("acoustic", acoustic)):
        if not len(domain.y):
            raise TrainingError(f"no {name} training samples; see the counts that the splits stage printed")
    shared = {(run.params.epochs, run.params.batch_size, run.params.momentum) for run in runs}
    if len(shared) != 1:
        raise TrainingError(f"expected one number of epochs, batch size and momentum, found {sorted(shared)}")
    ((epochs, batch_size, momentum),) = shared
    networks = [build_model(visual, acoustic, classes, params, attention, run.seed) for run in runs]
    stack = Stack(networks)
    with torch.inference_mode():
        x_v, x_a = networks[0].standardise_v(visual.x), networks[0].standardise_a(acoustic.x)
        generators = [torch.Generator().manual_seed(run.seed) for run in runs]
        histories: list[list[Epoch]] = [[] for _ in runs]
        iteration = 0
        for epoch in range(epochs):
            losses, norms = [], []
            batches = (unpaired_batches(len(visual.y), len(acoustic.y), batch_size, g) for g in generators)
            for batch in zip(*batches, strict=True):
                b_v, b_a = (torch.stack(rows) for rows in zip(*batch, strict=True))
                rates = [learning_rate(run.params, iteration) for run in runs]
                terms, sampled = stack.step(
                    x_v[b_v],
                    x_a[b_a],
                    visual.y[b_v],
                    acoustic.y[b_a],
                    [run.alpha for run in runs],
                    rates,
                    [run.params.weight_decay for run in runs],
                    momentum,
                    sample=iteration % SAMPLED == 0,
                )
                losses.append(torch.stack(terms))
                if sampled:
                    norms.append(torch.stack(sampled))
                iteration += 1
            means = torch.stack(losses).mean(dim=0).T.tolist()
            measured = torch.stack(norms).mean(dim=0).T.tolist() if norms else [(None, None)] * len(runs)
            for i, run in enumerate(runs):
                if not all(map(math.isfinite, means[i])):
                    raise TrainingError(
                        f"the loss is not a number in epoch {epoch + 1} (seed {run.seed}); lower train.learning_rate "
                        f"(now {run.params.learning_rate:g}) or alpha (now {run.alpha:g})"
                    )
                observed = observe(networks[i]) if observe else None
                ce, lmmd = measured[i]
                ce_acoustic, ce_visual, discrepancy = means[i]
                histories[i].append(Epoch(ce_acoustic, ce_visual, discrepancy, rates[i], run.alpha, ce, lmmd, observed))
    return [(network.eval(), history) for network, history in zip(networks, histories, strict=True)]

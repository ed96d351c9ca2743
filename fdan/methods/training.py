"""One training loop for the methods that read text or context, and how their networks pool steps."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.methods.params import LearningParams
from fdan.methods.running import Answer, Progress, require_finite, size
from fdan.methods.samples import UNLABELLED, Samples, table
from fdan.numerics.portable import adam


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """A random stream of their own for weights and dropout; the global one goes on undisturbed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def minimise(
    network: nn.Module,
    items: int,
    loss: Callable[[Int64[Tensor, " b"]], Float[Tensor, ""]],
    params: LearningParams,
    seed: int,
    progress: Progress,
) -> None:
    """Train by Adam on batches of `items` things, shuffled anew each epoch; the network is left ready to predict.

    Args:
        network: what is trained.
        items: how many things there are: utterances or dialogues.
        loss: of a batch, given as their places.
        params: epochs, batch size, rate.
        seed: of the order.
        progress: epochs are counted through it.

    Raises:
        Diverged: the loss is no finite number any more.
    """
    optimiser = adam(network.parameters(), params.learning_rate, weight_decay=params.weight_decay)
    generator = torch.Generator().manual_seed(seed)
    network.train()
    for epoch in progress(range(params.epochs)):
        for batch in torch.randperm(items, generator=generator).split(params.batch_size):
            value = loss(batch)
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
        require_finite(value.item(), epoch, seed)
    network.eval()


def over_dialogues(
    threads: Sequence[Sequence[int]], classes: int, ask: Callable[[Int64[Tensor, "1 t"]], Float[Tensor, "t c"]]
) -> Float64[np.ndarray, "n c"]:
    """Class probabilities of all utterances, one dialogue after the other, so that none moves another's bits.

    Args:
        threads: the rows of each dialogue.
        classes: c.
        ask: from the rows of a dialogue to its logits.
    """
    found = torch.zeros(sum(map(len, threads)), classes, dtype=torch.float64)
    with torch.inference_mode():
        for thread in threads:
            found[torch.tensor(thread)] = torch.softmax(ask(table([thread])).double(), dim=1)
    return found.numpy()


def over_utterances(
    rows: range, ask: Callable[[Int64[Tensor, " 1"]], Float[Tensor, "1 c"]]
) -> Float64[np.ndarray, "n c"]:
    """Class probabilities of some utterances, one by one, likewise."""
    with torch.inference_mode():
        logits = torch.cat([ask(torch.tensor([row])) for row in rows])
    return torch.softmax(logits.double(), dim=1).numpy()


def labelled_cross_entropy(logits: Float[Tensor, "n c"], labels: Int64[Tensor, " n"]) -> Float[Tensor, ""]:
    """The mean over the utterances that have a label; 0 where none has."""
    total = functional.cross_entropy(logits, labels, ignore_index=UNLABELLED, reduction="sum")
    return total / (labels != UNLABELLED).sum().clamp(min=1)


def recognise_utterances(
    build: Callable[[], nn.Module],
    ask: Callable[[nn.Module, Int64[Tensor, " b"]], Float[Tensor, "b c"]],
    samples: Samples,
    params: LearningParams,
    seed: int,
    progress: Progress,
) -> Answer:
    """Train on the training utterances by their cross-entropy, and recognise the others one by one.

    Args:
        build: draws the network.
        ask: the network's logits of some rows of `samples`.
        samples: the training utterances, then the others.
        params: of `minimise`.
        seed: of the network and of `minimise`.
        progress: likewise.
    """
    with seeded(seed):
        network = build()

        def loss(rows: Int64[Tensor, " b"]) -> Float[Tensor, ""]:
            return labelled_cross_entropy(ask(network, rows), samples.labels[rows])

        minimise(network, samples.training, loss, params, seed, progress)
    found = over_utterances(range(len(samples.inputs)), partial(ask, network))
    return Answer(found[samples.training :], size(network), found[: samples.training])


def mean_over_steps(x: Float[Tensor, "n t d"], there: Bool[Tensor, "n t"]) -> Float[Tensor, "n d"]:
    """The mean over the steps that are there, of which each row has one."""
    return (x * there[..., None]).sum(dim=1) / there.sum(dim=1, keepdim=True)


class AttentionPooling(nn.Module):
    """``sum_t w_t x_t``, ``w = softmax_t(v . tanh(W x_t))``, over the steps that are there."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(d, d), nn.Tanh(), nn.Linear(d, 1, bias=False))

    def forward(self, x: Float[Tensor, "n t d"], there: Bool[Tensor, "n t"]) -> Float[Tensor, "n d"]:
        """One vector per row, of which each has a step."""
        weights = torch.softmax(self.score(x).masked_fill(~there[..., None], -torch.inf), dim=1)
        return (weights * x).sum(dim=1)

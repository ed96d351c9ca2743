"""TF-Mix: the weighted mean of three networks over the features of frames.

Wang et al. 2024, Applied Acoustics 218:109886, whose abstract alone was read; the three networks are those of Ahmed et
al. 2023, arXiv 2112.05666, in outline. Chosen here: all widths and depths, that features are standardised by the
training frames, that every epoch draws for each utterance itself or one of its altered copies, that the weights
are those of least cross-entropy on a part of the training utterances that networks trained on the rest, and that the
networks are then trained anew on all of them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.baselines.tf_mix.params import Params
from fdan.data.emotions import Emotion
from fdan.sequences.folds import stratified_folds
from fdan.sequences.inputs import Inputs
from fdan.sequences.methods import Answer, Labelled, Progress, size
from fdan.sequences.portable import adam, lstm


class Kind(NamedTuple):
    """What follows the convolutions of a network."""

    recurrent: bool
    attentive: bool


KINDS = (Kind(False, False), Kind(True, False), Kind(True, True))
"""CNN; CNN, BiLSTM; CNN, BiLSTM, Transformer layer. Each ends in two fully connected layers."""


class Network(nn.Module):
    """Two convolutions that shorten time to an eighth, perhaps a BiLSTM and a Transformer layer, the mean, the head."""

    def __init__(self, kind: Kind, features: int, classes: int, params: Params) -> None:
        super().__init__()
        width = params.width
        self.convolutions = nn.Sequential(*_convolution(features, width, 4), *_convolution(width, width, 2))
        self.recurrent = nn.LSTM(width, width // 2, batch_first=True, bidirectional=True) if kind.recurrent else None
        self.attentive = (
            nn.TransformerEncoderLayer(width, params.heads, 2 * width, params.dropout, batch_first=True)
            if kind.attentive
            else None
        )
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Dropout(params.dropout), nn.Linear(width, classes)
        )

    def forward(self, x: Float[Tensor, "n t p"]) -> Float[Tensor, "n c"]:
        """Logits."""
        x = self.convolutions(x.transpose(1, 2)).transpose(1, 2)
        if self.recurrent is not None:
            x = lstm(self.recurrent, x)
        if self.attentive is not None:
            x = self.attentive(x)
        logits: Tensor = self.head(x.mean(dim=1))
        return logits


def _convolution(features: int, width: int, shorter: int) -> Iterator[nn.Module]:
    yield nn.Conv1d(features, width, 5, padding=2)
    yield nn.BatchNorm1d(width)
    yield nn.ReLU()
    yield nn.MaxPool1d(shorter, ceil_mode=True)


def predict(
    train: Labelled,
    test: Inputs,
    classes: tuple[Emotion, ...],
    params: Params,
    seed: int,
    progress: Progress,
) -> Answer:
    """Find the three weights within the training utterances, train on all of them, recognise the test utterances."""
    sounds = Sounds.of(train.inputs)
    y = torch.from_numpy(train.labels)
    held_out = torch.from_numpy(stratified_folds(train.labels, params.folds, seed) == 0)
    inside, outside = (~held_out).nonzero()[:, 0], [sounds.copies[0][i] for i in held_out.nonzero()[:, 0].tolist()]
    inner, outer, learnt = [], [], len(KINDS)
    for kind in KINDS:
        network = fit(kind, sounds, inside, y[inside], len(classes), params, seed, progress)
        inner.append(_probabilities(network, map(sounds.standardised, outside)))
        network = fit(kind, sounds, torch.arange(len(y)), y, len(classes), params, seed, progress)
        outer.append(_probabilities(network, map(sounds.standardised, test.arrays["frames"])))
        learnt += size(network)
    weights = ensemble_weights(np.stack(inner), train.labels[held_out.numpy()], params.grid)
    return Answer(np.tensordot(weights, np.stack(outer), axes=1), learnt)


@dataclass(frozen=True)
class Sounds:
    """Training utterances and their altered copies, which need not fit into memory.

    Attributes:
        copies: the utterances themselves, then one column per kind of copy; each a float32 [t, p].
        mean: of each feature over all frames of the utterances themselves.
        sd: likewise; 1 for one that never changes.
    """

    copies: tuple[tuple[Float32[np.ndarray, "t p"], ...], ...]
    mean: Float[Tensor, " p"]
    sd: Float[Tensor, " p"]

    @classmethod
    def of(cls, inputs: Inputs) -> "Sounds":
        """With mean and standard deviation of their own."""
        sounds = inputs.arrays["frames"]
        frames = sum(len(sound) for sound in sounds)
        mean = np.sum([sound.sum(0, dtype=np.float64) for sound in sounds], axis=0) / frames
        variance = np.sum([((sound - mean) ** 2).sum(0) for sound in sounds], axis=0) / frames
        sd = np.where(variance > 0, np.sqrt(variance), 1.0)
        altered = (copies for _, copies in sorted(inputs.augmented.items()))
        return cls((sounds, *altered), torch.from_numpy(mean).float(), torch.from_numpy(sd).float())

    def standardised(self, x: Float32[np.ndarray, "*n t p"]) -> Float[Tensor, "*n t p"]:
        """Of mean 0 and standard deviation 1 in the training utterances."""
        return (torch.from_numpy(x) - self.mean) / self.sd

    def draw(self, rows: Int64[Tensor, " n"], copies: Int64[Tensor, " n"]) -> Float[Tensor, "n t p"]:
        """Of each utterance one copy, standardised."""
        drawn = [self.copies[copy][row] for row, copy in zip(rows.tolist(), copies.tolist(), strict=True)]
        return self.standardised(np.stack(drawn))


def fit(
    kind: Kind,
    sounds: Sounds,
    rows: Int64[Tensor, " n"],
    y: Int64[Tensor, " n"],
    classes: int,
    params: Params,
    seed: int,
    progress: Progress,
) -> Network:
    """One network after the last epoch, ready to recognise; the n sounds at some rows, with their labels, train it."""
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # initial weights and dropout draw from the global generator
        network = Network(kind, len(sounds.mean), classes, params)
        optimiser = adam(network.parameters(), params.learning_rate)
        for _ in progress(range(params.epochs)):
            copy = torch.randint(len(sounds.copies), (len(rows),), generator=generator)
            for batch in torch.randperm(len(rows), generator=generator).split(params.batch_size):
                loss = functional.cross_entropy(network(sounds.draw(rows[batch], copy[batch])), y[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    return network.eval()


def ensemble_weights(
    probabilities: Float64[np.ndarray, "k n c"], labels: Int64[np.ndarray, " n"], grid: int
) -> Float64[np.ndarray, " k"]:
    """The weights, multiples of 1 / grid of sum 1, whose mean of k networks has the least cross-entropy."""
    right = probabilities[:, np.arange(len(labels)), labels]
    shares = (s for s in product(range(grid + 1), repeat=len(probabilities)) if sum(s) == grid)
    weights = [np.array(s) / grid for s in shares]
    costs = [-np.log(np.maximum(w @ right, 1e-12)).sum() for w in weights]
    return weights[int(np.argmin(costs))]


@torch.inference_mode()
def _probabilities(network: Network, sounds: Iterable[Float[Tensor, "t p"]]) -> Float64[np.ndarray, "n c"]:
    """One by one: the last bits of a product depend on what stands beside it."""
    return torch.cat([torch.softmax(network(x[None]).double(), dim=1) for x in sounds]).numpy()

"""TF-Mix: the weighted mean of three networks over the features of frames.

Wang et al. 2024, Applied Acoustics 218:109886, whose abstract alone was read; the three networks are those of Ahmed et
al. 2023, arXiv 2112.05666, in outline. Chosen here: all widths and depths, that features are standardised by the
training frames, that every epoch draws for each utterance itself or one of its altered copies, that the weights
are those of least cross-entropy on a part of the training utterances that networks trained on the rest, and that the
networks are then trained anew on all of them.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Annotated, NamedTuple

import numpy as np
import torch
from annotated_types import Ge, Gt, Lt
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.methods.corpus import Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.running import (
    Answer,
    Classes,
    Labelled,
    Progress,
    require_finite,
    size,
    stratified_folds,
)
from fdan.methods.sounds import Reading, centred, frame_features
from fdan.numerics.portable import adam, lstm
from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class InputParams:
    """Section ``methods.tf_mix.inputs`` of params.yaml.

    Attributes:
        samples: every sound, altered or not, is padded or cropped to so many, about its middle.
        n_mfcc: coefficients of a frame.
        n_mels: log-Mel bands of a frame.
        n_fft: length of the window, in samples.
        hop_length: from one window to the next, in samples.
        seed: of the altered copies.
        snr_db: range of the signal-to-noise ratio of the noisy copy, in dB.
        semitones: the pitch of a copy moves by at most so many, up or down.
        stretch: the tempo of a copy is between 1 / stretch and stretch of the original's.
    """

    samples: Annotated[int, Ge(1)]
    n_mfcc: Annotated[int, Ge(1)]
    n_mels: Annotated[int, Ge(1)]
    n_fft: Annotated[int, Ge(1)]
    hop_length: Annotated[int, Ge(1)]
    seed: Annotated[int, Ge(0)]
    snr_db: tuple[float, float]
    semitones: Annotated[float, Ge(0)]
    stretch: Annotated[float, Ge(1)]

    def __post_init__(self) -> None:
        if self.n_mfcc > self.n_mels:
            raise ValueError(f"n_mfcc {self.n_mfcc} must be at most n_mels {self.n_mels}")


@dataclass(frozen=True)
class Params:
    """Section ``methods.tf_mix`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        width: channels of the convolutions, features of the recurrent and attentive layers; even.
        heads: of the attentive layer; they divide the width.
        dropout: before the last layer and within the attentive one.
        epochs: passes over the training utterances; the last one counts.
        batch_size: utterances per step.
        learning_rate: of Adam.
        folds: one of so many parts of the training utterances sets the weights of the three networks.
        grid: those weights are multiples of 1 / grid.
        seeds: one run each.
    """

    inputs: InputParams
    width: Annotated[int, Ge(2)]
    heads: Annotated[int, Ge(1)]
    dropout: Annotated[float, Ge(0), Lt(1)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(2)]
    learning_rate: Annotated[float, Gt(0)]
    folds: Annotated[int, Ge(2)]
    grid: Annotated[int, Ge(1)]
    seeds: Seeds

    def __post_init__(self) -> None:
        if self.width % 2 or self.width % self.heads:
            raise ValueError(f"width {self.width} must be even and a multiple of heads {self.heads}")


_WINDOW = 2048
"""Of librosa's phase vocoder, in samples."""


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams) -> Reading:
    """The features of one sound and of its altered copies."""
    p = params
    samples = centred(samples, max(len(samples), _WINDOW))

    def features(x: Float32[np.ndarray, " n"]) -> Float32[np.ndarray, "t p"]:
        x = centred(x, max(p.samples, p.n_fft))
        return frame_features(x, sample_rate, p.n_mfcc, p.n_mels, p.n_fft, p.hop_length)

    copies = altered(samples, sample_rate, params)
    return {"frames": features(samples)}, {name: features(copy) for name, copy in copies.items()}


def altered(
    samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams
) -> dict[str, Float32[np.ndarray, " _"]]:
    """A copy with white noise, one of another pitch, one of another tempo.

    How much depends on the seed and on the sound itself, so on no other sound.
    """
    from librosa import effects

    digest = hashlib.sha256(samples.tobytes()).digest()
    rng = np.random.default_rng([params.seed, *digest])
    level = np.sqrt(np.mean(samples.astype(np.float64) ** 2)) * 10 ** (-rng.uniform(*params.snr_db) / 20)
    noise = level * rng.standard_normal(len(samples))
    steps = rng.uniform(-params.semitones, params.semitones)
    tempo = params.stretch ** rng.uniform(-1, 1)
    return {
        "noise": (samples + noise).astype(np.float32),
        "pitch": effects.pitch_shift(samples, sr=sample_rate, n_steps=steps),
        "tempo": effects.time_stretch(samples, rate=tempo),
    }


def inputs(corpus: Corpus, heard: Inputs, params: InputParams) -> Inputs:
    """Return ``frames`` [1 + samples // hop_length, n_mfcc + n_mels + 14] of every utterance and its altered copies."""
    return heard


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


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Find the three weights within the training utterances, train on all of them, recognise the test utterances."""
    sounds = Sounds.of(train.inputs)
    y = torch.from_numpy(train.labels)
    held_out = torch.from_numpy(stratified_folds(train.labels, params.folds, seed) == 0)
    inside, outside = (~held_out).nonzero()[:, 0], [sounds.copies[0][i] for i in held_out.nonzero()[:, 0].tolist()]
    inner, outer, own, learnt = [], [], [], len(KINDS)
    for kind in KINDS:
        network = fit(kind, sounds, inside, y[inside], len(classes), params, seed, progress)
        inner.append(_probabilities(network, map(sounds.standardised, outside)))
        network = fit(kind, sounds, torch.arange(len(y)), y, len(classes), params, seed, progress)
        outer.append(_probabilities(network, map(sounds.standardised, test.arrays["frames"])))
        own.append(_probabilities(network, map(sounds.standardised, sounds.copies[0])))
        learnt += size(network)
    weights = ensemble_weights(np.stack(inner), train.labels[held_out.numpy()], params.grid)
    found, training = (np.tensordot(weights, np.stack(each), axes=1) for each in (outer, own))
    return Answer(found, learnt, training)


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
        for epoch in progress(range(params.epochs)):
            copy = torch.randint(len(sounds.copies), (len(rows),), generator=generator)
            for batch in torch.randperm(len(rows), generator=generator).split(params.batch_size):
                loss = functional.cross_entropy(network(sounds.draw(rows[batch], copy[batch])), y[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            require_finite(loss.item(), epoch, seed)
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

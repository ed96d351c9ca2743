"""TRIN: the sound's and the picture's frames as two sequences that reason over time, and fuse in either order.

Inspired by Dong, Pun & Zhang 2022, IEEE Transactions on Circuits and Systems for Video Technology 32(9):6472, of
which the abstract alone was read: it names the calibration over time, the temporal attentive fusion unit in which the
modalities interact in either order, and the adaptive fusion of the temporal and the pooled level. Chosen here:
everything else, each as small as it can be.
"""

import math
from dataclasses import dataclass, replace
from typing import Annotated

import torch
from annotated_types import Ge
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fdan.data.emotions import Modality
from fdan.methods.corpus import Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.params import LearningParams, LogMelParams
from fdan.methods.running import Answer, Classes, Labelled, Progress
from fdan.methods.samples import Samples
from fdan.methods.sounds import read_log_mel
from fdan.methods.training import AttentionPooling, mean_over_steps, recognise_utterances


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``methods.trin`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        width: d, of the states of both modalities; even.
        frames: of an utterance's sound that are read at most.
        pooled: consecutive frames of the sound that are averaged into one step.
    """

    inputs: LogMelParams
    width: Annotated[int, Ge(2)]
    frames: Annotated[int, Ge(1)]
    pooled: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % 2:
            raise ValueError(f"width {self.width} must be even: half of it for either direction")


read = read_log_mel


def inputs(corpus: Corpus, heard: Inputs, params: LogMelParams) -> Inputs:
    """Return ``mel`` [1 + samples // hop_length, n_mels], ``visual`` [faces, p] and the texts of every utterance."""
    faces = corpus.steps(Modality.VISUAL, heard.utterances)
    return replace(corpus.texts(heard.utterances), arrays={**heard.arrays, "visual": faces})


class Calibration(nn.Module):
    """``s = BiGRU(x)``, ``c_t = s_t + U sum_t w_t s_t``, w by `AttentionPooling`: each step knows the whole."""

    def __init__(self, features: int, d: int) -> None:
        super().__init__()
        self.recurrent = nn.GRU(features, d // 2, batch_first=True, bidirectional=True)
        self.pool = AttentionPooling(d)
        self.tell = nn.Linear(d, d)

    def forward(self, x: Float[Tensor, "n t p"], there: Bool[Tensor, "n t"]) -> Float[Tensor, "n t d"]:
        """The calibrated steps."""
        packed = pack_padded_sequence(x, there.sum(dim=1), batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=x.shape[1])
        return states + self.tell(self.pool(states, there))[:, None]  # type: ignore[no-any-return]


class AttentiveFusion(nn.Module):
    """``tanh(W [m; sum_t w_t y_t])``, ``w = softmax_t((Q m) . (K y_t) / sqrt(d))``: a mean m asks the other's y."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.query, self.key, self.unite = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(2 * d, d)

    def forward(
        self, first: Float[Tensor, "n d"], second: Float[Tensor, "n t d"], there: Bool[Tensor, "n t"]
    ) -> Float[Tensor, "n d"]:
        """What the first modality finds in the second."""
        scores = (self.query(first)[:, None] * self.key(second)).sum(dim=2, keepdim=True) / math.sqrt(first.shape[1])
        weights = torch.softmax(scores.masked_fill(~there[..., None], -torch.inf), dim=1)
        return torch.tanh(self.unite(torch.cat([first, (weights * second).sum(dim=1)], dim=1)))


class TRIN(nn.Module):
    """``z = g * t + (1 - g) * p``, ``g = sigmoid(G [t; p])``: the temporal level t and the pooled level p.

    t is the sum of the fusion units of both orders, sound first and picture first; p is linear in both means.
    """

    def __init__(self, bands: int, features: int, classes: int, params: Params) -> None:
        super().__init__()
        d = params.width
        self.hear, self.see = Calibration(bands, d), Calibration(features, d)
        self.sound_first, self.picture_first = AttentiveFusion(d), AttentiveFusion(d)
        self.pool, self.gate = nn.Linear(2 * d, d), nn.Linear(2 * d, d)
        self.classify = nn.Sequential(nn.Dropout(params.dropout), nn.Linear(d, classes))

    def forward(
        self,
        mel: Float[Tensor, "n t bands"],
        heard: Bool[Tensor, "n t"],
        faces: Float[Tensor, "n u p"],
        seen: Bool[Tensor, "n u"],
    ) -> Float[Tensor, "n c"]:
        """Logits of utterances: both sequences, and where there is a step."""
        a, v = self.hear(mel, heard), self.see(faces, seen)
        mean_a, mean_v = mean_over_steps(a, heard), mean_over_steps(v, seen)
        temporal = self.sound_first(mean_a, v, seen) + self.picture_first(mean_v, a, heard)
        pooled = self.pool(torch.cat([mean_a, mean_v], dim=1))
        gate = torch.sigmoid(self.gate(torch.cat([temporal, pooled], dim=1)))
        return self.classify(gate * temporal + (1 - gate) * pooled)  # type: ignore[no-any-return]


def shorten(
    x: Float[Tensor, "n t p"], there: Bool[Tensor, "n t"], factor: int
) -> tuple[Float[Tensor, "n u p"], Bool[Tensor, "n u"]]:
    """The means of `factor` consecutive steps each; a step of the result is there where its first one was."""
    missing = -x.shape[1] % factor
    x, there = functional.pad(x, (0, 0, 0, missing)), functional.pad(there, (0, missing))
    groups, known = x.unflatten(1, (-1, factor)), there.unflatten(1, (-1, factor))
    return groups.sum(dim=2) / known.sum(dim=2)[..., None].clamp(min=1), known[..., 0]


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Train on the training utterances and recognise the test utterances one by one."""
    samples = Samples.of(train, test)
    mel = samples.sequences("mel", params.frames)
    faces = samples.steps(samples.inputs.arrays["visual"])

    def ask(network: nn.Module, rows: Int64[Tensor, " b"]) -> Float[Tensor, "b c"]:
        return network(*shorten(*mel.at(rows), params.pooled), *faces.at(rows))  # type: ignore[no-any-return]

    def build() -> nn.Module:
        return TRIN(mel.width, faces.width, len(classes), params)

    return recognise_utterances(build, ask, samples, params, seed, progress)

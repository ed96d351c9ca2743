"""SDT: transformers within and across the modalities of a dialogue, gates, and self-distillation.

Ma et al. 2023, IEEE Transactions on Multimedia, arXiv 2310.20494; the structure is that of their text and public code:
the nine transformers, the gates, the four heads and the loss, Adam, 50 epochs of 8 dialogues. Chosen here: frozen
features where theirs are of RoBERTa, openSMILE and DenseNet; a width of 256 and a learning rate to match where theirs
are 1024 and 5e-6 (params.yaml); a residual connection around the attention; the place of dropout; a feed-forward part
of 4d; one matrix of the multimodal gate for all modalities; the fused prediction, which teaches, gets no gradient of
the distillation; a modality that an utterance lacks is zeros; a corpus without text has two modalities.
"""

import math
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import torch
from annotated_types import Ge, Gt
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from fdan.methods.corpus import NO_DIALOGUE, Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.params import ContextParams, LearningParams
from fdan.methods.running import Answer, Classes, Labelled, Progress, size
from fdan.methods.samples import NOBODY, UNLABELLED, Samples, table, threads
from fdan.methods.training import labelled_cross_entropy, minimise, over_dialogues, seeded


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``methods.sdt`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus.
        width: d; the original's is 1024, at the size of real corpora 256 here.
        heads: of each attention; they divide the width.
        gate: W of the unimodal gates: learnt, or the identity, as the original has it on MELD.
        temperature: of the distillation.
        speakers: with an embedding of their own in a dialogue; those after them share the last.
        text_width: numbers per transcript of the lexical encoder; a pretrained one has its own.
    """

    inputs: ContextParams
    width: Annotated[int, Ge(2)]
    heads: Annotated[int, Ge(1)]
    gate: Literal["identity", "learnt"]
    temperature: Annotated[float, Gt(0)]
    speakers: Annotated[int, Ge(1)]
    text_width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % 2 or self.width % self.heads:
            raise ValueError(f"width {self.width} must be even and a multiple of heads, {self.heads}")


def inputs(corpus: Corpus, heard: None, params: ContextParams) -> Inputs:
    """Return ``acoustic`` and ``visual`` [1, p] and the texts of every utterance, where the corpus has them."""
    found = corpus.context(params.modalities)
    return found if any(found.texts["dialogue"]) else replace(found, missing=NO_DIALOGUE)


FUSED = "fused"


def sinusoids(length: int, d: int) -> Float[Tensor, "t d"]:
    """``sin(t / 10000^(2i/d))`` in the even columns 2i, the cosine in the odd ones."""
    angle = torch.arange(length)[:, None] * torch.exp(torch.arange(0, d, 2) * (-math.log(10_000) / d))
    return torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)


class Transformer(nn.Module):
    """One layer: ``z = q + MHA(q, o, o)``, then ``z + FFN(LN(z))``; o is the modality of the queries q, or another."""

    def __init__(self, d: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(d, heads, dropout, batch_first=True)
        self.ffn = nn.Sequential(
            nn.LayerNorm(d), nn.Linear(d, 4 * d), nn.GELU(), nn.Dropout(dropout), nn.Linear(4 * d, d)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, query: Float[Tensor, "b t d"], other: Float[Tensor, "b t d"], nobody: Bool[Tensor, "b t"]
    ) -> Float[Tensor, "b t d"]:
        """Every utterance asks all utterances of its dialogue."""
        attended, _ = self.attention(query, other, other, key_padding_mask=nobody, need_weights=False)
        z = query + self.dropout(attended)
        return z + self.dropout(self.ffn(z))  # type: ignore[no-any-return]


class SDT(nn.Module):
    """The network of k modalities, k^2 transformers.

    ``h_m = proj_m x_m + position + speaker``; ``H_mo = T_mo(h_m, h_o)``; ``G_mo = sigmoid(W H_mo) * H_mo``;
    ``z_m = U_m [G_m1 .. G_mk]``; ``z = sum_m softmax_m(V z_m) * z_m``; a head for z and one for each z_m.
    """

    def __init__(self, features: dict[str, int], classes: int, params: Params) -> None:
        super().__init__()
        d, names = params.width, list(features)
        self.names = names
        self.project = nn.ModuleDict({m: nn.Conv1d(p, d, kernel_size=1) for m, p in features.items()})
        self.speaker = nn.Embedding(params.speakers, d)
        pairs = [f"{m}-{o}" for m in names for o in names]
        self.transformers = nn.ModuleDict({pair: Transformer(d, params.heads, params.dropout) for pair in pairs})
        learnt = params.gate == "learnt"
        self.gates = nn.ModuleDict({p: nn.Linear(d, d, bias=False) if learnt else nn.Identity() for p in pairs})
        self.unite = nn.ModuleDict({m: nn.Linear(len(names) * d, d) for m in names})
        self.fusion = nn.Linear(d, d, bias=False)
        self.heads = nn.ModuleDict({m: nn.Linear(d, classes) for m in [FUSED, *names]})

    def forward(
        self, x: dict[str, Tensor], speakers: Int64[Tensor, "b t"], nobody: Bool[Tensor, "b t"]
    ) -> dict[str, Tensor]:
        """Logits [b, t, c] by head, of dialogues of features [b, t, p] by modality."""
        added = sinusoids(speakers.shape[1], self.speaker.embedding_dim) + self.speaker(speakers)
        h = {m: self.project[m](x[m].transpose(1, 2)).transpose(1, 2) + added for m in self.names}
        z = {}
        for m in self.names:
            seen = []
            for o in self.names:
                state = self.transformers[f"{m}-{o}"](h[m], h[o], nobody)
                seen.append(torch.sigmoid(self.gates[f"{m}-{o}"](state)) * state)
            z[m] = self.unite[m](torch.cat(seen, dim=2))
        stacked = torch.stack([z[m] for m in self.names])
        z[FUSED] = (torch.softmax(self.fusion(stacked), dim=0) * stacked).sum(dim=0)
        return {m: head(z[m]) for m, head in self.heads.items()}


def distillation_loss(logits: dict[str, Tensor], labels: Int64[Tensor, " n"], temperature: float) -> Float[Tensor, ""]:
    """``CE(fused) + sum_m CE(m) + sum_m KL(softmax(m / T) || softmax(fused / T))`` over the labelled utterances.

    Args:
        logits: [n, c] by head.
        labels: classes, or `UNLABELLED`.
        temperature: T.
    """
    known = labels != UNLABELLED
    loss = labelled_cross_entropy(logits[FUSED], labels)
    teacher = functional.log_softmax(logits[FUSED].detach()[known] / temperature, dim=1)
    for name in [m for m in logits if m != FUSED]:
        student = functional.log_softmax(logits[name][known] / temperature, dim=1)
        divergence = functional.kl_div(teacher, student, log_target=True, reduction="sum")
        loss = loss + labelled_cross_entropy(logits[name], labels) + divergence / known.sum().clamp(min=1)
    return loss


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Train on whole dialogues, the loss counting labelled utterances alone, and recognise the others in them."""
    samples = Samples.of(train, test)
    x = samples.modalities(params.text_width)
    dialogues, speakers = threads(samples.inputs), samples.speakers(params.speakers)

    def ask(rows: Int64[Tensor, "b t"]) -> dict[str, Tensor]:
        nobody = rows == NOBODY
        found = network({m: values[rows] * ~nobody[..., None] for m, values in x.items()}, speakers[rows], nobody)
        return {m: logits[~nobody] for m, logits in found.items()}

    def loss(batch: Int64[Tensor, " b"]) -> Float[Tensor, ""]:
        rows = table([dialogues[i] for i in batch.tolist()])
        return distillation_loss(ask(rows), samples.labels[rows[rows != NOBODY]], params.temperature)

    with seeded(seed):
        network = SDT({m: values.shape[1] for m, values in x.items()}, len(classes), params)
        minimise(network, len(dialogues), loss, params, seed, progress)
    found = over_dialogues(dialogues, len(classes), lambda rows: ask(rows)[FUSED])
    return Answer(found[samples.training :], size(network), found[: samples.training])

"""SMIN: modalities that reconstruct themselves and each other, a recurrent network over the dialogue, hybrid fusion.

After Lian, Liu & Tao 2022, IEEE Transactions on Affective Computing 14(3):2415, of which the abstract alone was read:
it names the intra-modal and the cross-modal module, which learn also from utterances whose labels are not used, and
the recurrent network with hybrid fusion. Chosen here: everything else. The unlabelled utterances are those of the test
part: their inputs are reconstructed in training, their labels are in no loss.
"""

from dataclasses import dataclass, replace
from typing import Annotated

import torch
from annotated_types import Ge, Lt
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fdan.methods.corpus import NO_DIALOGUE, Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.params import ContextParams, LearningParams
from fdan.methods.running import Answer, Classes, Labelled, Progress, size
from fdan.methods.samples import NOBODY, Samples, table, threads
from fdan.methods.training import labelled_cross_entropy, minimise, over_dialogues, seeded


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``methods.smin`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus.
        width: d, of each modality's code and of either direction of the recurrent network.
        corruption: share of the features set to 0 before they are reconstructed.
        intra: weight of the reconstruction of each modality from itself.
        cross: weight of the reconstruction of each modality from the others.
        text_width: numbers per transcript of the lexical encoder; a pretrained one has its own.
    """

    inputs: ContextParams
    width: Annotated[int, Ge(1)]
    corruption: Annotated[float, Ge(0), Lt(1)]
    intra: Annotated[float, Ge(0)]
    cross: Annotated[float, Ge(0)]
    text_width: Annotated[int, Ge(1)]


def inputs(corpus: Corpus, heard: None, params: ContextParams) -> Inputs:
    """Return ``acoustic`` and ``visual`` [1, p] and the texts of every utterance, where the corpus has them."""
    found = corpus.context(params.modalities)
    return found if any(found.texts["dialogue"]) else replace(found, missing=NO_DIALOGUE)


class SMIN(nn.Module):
    """``c_m = E_m(x_m)``; ``h = BiGRU([c_1 .. c_k])`` over the dialogue; ``logits = W h + 1/k sum_m W_m c_m``.

    The first term fuses early and knows the dialogue, the second fuses late (hybrid fusion).
    """

    def __init__(self, features: dict[str, int], classes: int, params: Params) -> None:
        super().__init__()
        d, k = params.width, len(features)
        self.names = list(features)
        self.encode = nn.ModuleDict({m: nn.Sequential(nn.Linear(p, d), nn.ReLU()) for m, p in features.items()})
        self.decode = nn.ModuleDict({m: nn.Linear(d, p) for m, p in features.items()})
        if k > 1:
            self.imagine = nn.ModuleDict(
                {m: nn.Sequential(nn.Linear((k - 1) * d, d), nn.ReLU(), nn.Linear(d, p)) for m, p in features.items()}
            )
        self.dropout = nn.Dropout(params.dropout)
        self.corrupt = nn.Dropout(params.corruption)
        self.recurrent = nn.GRU(k * d, d, batch_first=True, bidirectional=True)
        self.early = nn.Linear(2 * d, classes)
        self.late = nn.ModuleDict({m: nn.Linear(d, classes) for m in features})

    def forward(self, x: dict[str, Tensor], nobody: Bool[Tensor, "b t"]) -> Float[Tensor, "b t c"]:
        """Logits of dialogues of features [b, t, p] by modality."""
        codes = [self.dropout(self.encode[m](x[m])) for m in self.names]
        packed = pack_padded_sequence(
            torch.cat(codes, dim=2), (~nobody).sum(dim=1), batch_first=True, enforce_sorted=False
        )
        states, _ = pad_packed_sequence(self.recurrent(packed)[0], batch_first=True, total_length=nobody.shape[1])
        late = torch.stack([self.late[m](code) for m, code in zip(self.names, codes, strict=True)])
        return self.early(self.dropout(states)) + late.mean(dim=0)  # type: ignore[no-any-return]

    def reconstruction(self, x: dict[str, Tensor]) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
        """Mean squared errors of features [n, p]: of each modality from its own corrupted self, and from the others.

        Summed over the modalities; one modality alone has no others: 0.
        """
        codes = {m: self.encode[m](self.corrupt(x[m])) for m in self.names}
        intra = torch.stack([functional.mse_loss(self.decode[m](codes[m]), x[m]) for m in self.names]).sum()
        if len(self.names) == 1:
            return intra, torch.zeros(())
        others = {m: torch.cat([codes[o] for o in self.names if o != m], dim=1) for m in self.names}
        return intra, torch.stack([functional.mse_loss(self.imagine[m](others[m]), x[m]) for m in self.names]).sum()


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Train on whole dialogues: cross-entropy of the labelled utterances, reconstruction of all."""
    samples = Samples.of(train, test)
    x = samples.modalities(params.text_width)
    dialogues = threads(samples.inputs)

    def ask(rows: Int64[Tensor, "b t"]) -> Float[Tensor, "n c"]:
        nobody = rows == NOBODY
        found: Tensor = network({m: values[rows] for m, values in x.items()}, nobody)
        return found[~nobody]

    def loss(batch: Int64[Tensor, " b"]) -> Float[Tensor, ""]:
        rows = table([dialogues[i] for i in batch.tolist()])
        there = rows[rows != NOBODY]
        intra, cross = network.reconstruction({m: values[there] for m, values in x.items()})
        known = labelled_cross_entropy(ask(rows), samples.labels[there])
        return known + params.intra * intra + params.cross * cross

    with seeded(seed):
        network = SMIN({m: values.shape[1] for m, values in x.items()}, len(classes), params)
        minimise(network, len(dialogues), loss, params, seed, progress)
    found = over_dialogues(dialogues, len(classes), lambda rows: ask(rows))
    return Answer(found[samples.training :], size(network), found[: samples.training])

"""GM-TCNet: gated convolutions at growing dilations over the MFCC of a sound.

Ye et al. 2022, Speech Communication 145:21, arXiv 2210.15834. Theirs are the features, the network, loss, optimiser
and batch size. Chosen here: the initial weights (torch's), the last epoch instead of the best test epoch of each fold,
and that the last batch of an epoch may be smaller.

Their MFCC are not standardised, and neither are these. With standard deviations of up to 160, some 94 % of the first
layer's gates have no gradient at the start: a ReLU of the pair is 0, or the sigmoid is saturated (89 to 97 % over five
seeds, two filter counts and both demo corpora). Standardised features would leave 75 % and saturate none. After the
demo's 20 epochs the training WAR was no better with them: 54 and 50 %, against 58 and 60 %.
"""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge, Gt, Lt
from jaxtyping import Float, Float32, Float64
from torch import Tensor, nn
from torch.nn import functional

from fdan.methods.corpus import Corpus
from fdan.methods.inputs import Inputs
from fdan.methods.running import Answer, Classes, Labelled, Progress, require_finite, size
from fdan.methods.sounds import Reading, centred, mfcc
from fdan.numerics.portable import adam
from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class InputParams:
    """Section ``methods.gm_tcnet.inputs`` of params.yaml.

    Attributes:
        samples: every sound is padded or cropped to so many, about its middle.
        n_mfcc: coefficients of a frame.
        n_fft: length of the window, in samples.
        hop_length: from one window to the next, in samples.
    """

    samples: Annotated[int, Ge(1)]
    n_mfcc: Annotated[int, Ge(1)]
    n_fft: Annotated[int, Ge(1)]
    hop_length: Annotated[int, Ge(1)]


@dataclass(frozen=True)
class Params:
    """Section ``methods.gm_tcnet`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        filters: of every convolution.
        blocks: how many; the dilation of block i is 2^i frames.
        epochs: passes over the training utterances; the last one counts.
        batch_size: utterances per step.
        learning_rate: of Adam.
        betas: of Adam.
        seeds: one run each.
    """

    inputs: InputParams
    filters: Annotated[int, Ge(1)]
    blocks: Annotated[int, Ge(1)]
    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(1)]
    learning_rate: Annotated[float, Gt(0)]
    betas: tuple[Annotated[float, Ge(0), Lt(1)], Annotated[float, Ge(0), Lt(1)]]
    seeds: Seeds


def read(samples: Float32[np.ndarray, " n"], sample_rate: int, params: InputParams) -> Reading:
    """Return the MFCC of one sound."""
    middle = centred(samples, params.samples)
    return {"mfcc": mfcc(middle, sample_rate, params.n_mfcc, params.n_fft, params.hop_length)}, {}


def inputs(corpus: Corpus, heard: Inputs, params: InputParams) -> Inputs:
    """Return ``mfcc`` [1 + samples // hop_length, n_mfcc] of every utterance."""
    return heard


class Causal(nn.Conv1d):
    """A convolution whose output at a frame depends on that frame and those before it; as many frames out as in."""

    def forward(self, x: Float[Tensor, "n p t"]) -> Float[Tensor, "n q t"]:
        """Pad the past with zeros, and convolve."""
        return super().forward(functional.pad(x, (self.dilation[0] * (self.kernel_size[0] - 1), 0)))


class Gated(nn.Module):
    """Mean of three gated pairs ``ReLU(a_i(x)) * sigmoid(ReLU(b_i(x)))``, a_i and b_i causal convolutions of kernel 2.

    The six are computed as one convolution of six times as many filters.
    """

    def __init__(self, filters: int, dilation: int) -> None:
        super().__init__()
        self.six = Causal(filters, 6 * filters, 2, dilation=dilation)

    def forward(self, x: Float[Tensor, "n p t"]) -> Float[Tensor, "n p t"]:
        """The same number of frames."""
        a, b = torch.relu(self.six(x)).view(len(x), 2, 3, -1, x.shape[2]).unbind(dim=1)
        return (a * torch.sigmoid(b)).mean(dim=1)


class GMTCNet(nn.Module):
    """``softmax(W mean_t LeakyReLU(sum_i skip_i))`` over blocks ``x_i = x_{i-1} + skip_i``.

    where ``skip_i = Gated_{2d}(Gated_d(x_{i-1}))``, d = 2^i, and x_0 is a causal 1x1 convolution of the features.
    """

    def __init__(self, features: int, classes: int, filters: int, blocks: int) -> None:
        super().__init__()
        self.first = Causal(features, filters, 1)
        self.blocks = nn.ModuleList(
            nn.Sequential(Gated(filters, 2**i), Gated(filters, 2 ** (i + 1))) for i in range(blocks)
        )
        self.last = nn.Linear(filters, classes)

    def forward(self, x: Float[Tensor, "n t p"]) -> Float[Tensor, "n c"]:
        """Logits."""
        x = self.first(x.transpose(1, 2))
        skips = []
        for block in self.blocks:
            skips.append(block(x))
            x = x + skips[-1]
        summed = torch.stack(skips).sum(dim=0)
        logits: Tensor = self.last(functional.leaky_relu(summed, 0.05).mean(dim=2))
        return logits


def predict(train: Labelled, test: Inputs, classes: Classes, params: Params, seed: int, progress: Progress) -> Answer:
    """Train on all training utterances and recognise the test utterances after the last epoch, one by one."""
    x, y = torch.from_numpy(train.inputs.stack("mfcc")), torch.from_numpy(train.labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = GMTCNet(x.shape[2], len(classes), params.filters, params.blocks)
    optimiser = adam(network.parameters(), params.learning_rate, params.betas)
    generator = torch.Generator().manual_seed(seed)
    for epoch in progress(range(params.epochs)):
        for rows in torch.randperm(len(x), generator=generator).split(params.batch_size):
            loss = functional.cross_entropy(network(x[rows]), y[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        require_finite(loss.item(), epoch, seed)
    network.eval()

    @torch.inference_mode()
    def recognised(some: Inputs) -> Float64[np.ndarray, "m c"]:
        logits = [network(torch.from_numpy(mfcc)[None]) for mfcc in some.arrays["mfcc"]]
        return torch.softmax(torch.cat(logits).double(), dim=1).numpy()

    return Answer(recognised(test), size(network), recognised(train.inputs))

"""The network of Figs. 1 and 2: bottleneck, cross-modal layers (Eqs. 2-4), one shared classifier.

Every weight has an axis of its own for the network it belongs to, ``[s, ...]``: several networks of one shape pass side
by side, each on its own batch, by the very lines that one network passes (s = 1).
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from fdan.learning.params import ModelParams
from fdan.numerics.products import inner

KeyValue = tuple[Float[Tensor, "s m d"], Float[Tensor, "s m d"]]
"""What one modality shows the other: its keys and values (Eq. 2)."""


class Standardise(nn.Module):
    """``(x - mean) / sd`` with the training samples' statistics; a feature that never varies is divided by 1.

    Networks side by side see the same training samples: this has no axis for the network.
    """

    mean: Tensor
    sd: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("sd", torch.ones(features))

    @torch.no_grad()
    def fit(self, x: Float[Tensor, "n p"]) -> None:
        """Take mean and (population) standard deviation from training samples."""
        sd, mean = torch.std_mean(x.double(), dim=0, correction=0)
        self.mean.copy_(mean)
        # A constant feature has an sd of rounding noise only; dividing by that would blow it up.
        self.sd.copy_(torch.where(sd > 1e-6 * mean.abs(), sd, torch.ones_like(sd)))

    def forward(self, x: Float[Tensor, "*n p"]) -> Float[Tensor, "*n p"]:
        """Standardise each feature."""
        return (x - self.mean) / self.sd


class Linear(nn.Module):
    """``x W^T + b`` for each network; drawn as torch draws its own."""

    def __init__(self, inputs: int, outputs: int, bias: bool = True) -> None:
        super().__init__()
        drawn = nn.Linear(inputs, outputs, bias)
        self.weight = nn.Parameter(drawn.weight.detach()[None].clone())
        self.bias = nn.Parameter(drawn.bias.detach()[None, None].clone()) if bias else None

    def forward(self, x: Float[Tensor, "s n p"]) -> Float[Tensor, "s n q"]:
        """The outputs of each sample."""
        product = inner(x, self.weight)
        return product if self.bias is None else product + self.bias


class LayerNorm(nn.Module):
    """``(x - mean) / sqrt(var + 1e-5) * w + b`` over the d features of each sample, w and b each network's own."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(1, 1, d)), nn.Parameter(torch.zeros(1, 1, d))

    def forward(self, x: Float[Tensor, "s n d"]) -> Float[Tensor, "s n d"]:
        """Normalise each sample."""
        return torch.addcmul(self.bias, functional.layer_norm(x, x.shape[-1:]), self.weight)


def cross_attention(query: Float[Tensor, "s n d"], key_value: KeyValue) -> Float[Tensor, "s n d"]:
    """What every sample of one modality takes from all samples of the other (Eq. 3).

    ``softmax(Q K^T / sqrt(d)) V``, with samples as rows (the paper writes them as columns). The root divides
    the queries, which are smaller than the n x m scores.
    """
    key, value = key_value
    weights = torch.softmax(inner(query / math.sqrt(query.shape[-1]), key), dim=-1)
    return inner(weights, value.mT)


class ModalityUpdate(nn.Module):
    """One modality's half of a layer (Eq. 2 and one row of Eq. 4), post-norm.

    ``Q = W^Q Z, K = W^K Z, V = W^V Z``, each d x d without bias and stacked into one matrix, then
    ``Z <- LN(Z + dZ)`` with dZ of Eq. 3, then ``Z <- LN(Z + FFN(Z))``. Without attention (FDAN1) the
    projections and the first step do not exist.
    """

    def __init__(self, d: int, ffn_factor: int, attention: bool) -> None:
        super().__init__()
        if attention:
            self.projections = Linear(d, 3 * d, bias=False)
            self.attention_norm = LayerNorm(d)
        self.attention = attention
        self.ffn = nn.Sequential(Linear(d, ffn_factor * d), nn.GELU(), Linear(ffn_factor * d, d))
        self.ffn_norm = LayerNorm(d)

    def query(self, z: Float[Tensor, "s n d"]) -> Float[Tensor, "s n d"]:
        """``Q`` of each sample (Eq. 2); unused, and free, without attention."""
        return inner(z, self.projections.weight[:, : z.shape[-1]]) if self.attention else z

    def show(self, z: Float[Tensor, "s n d"]) -> KeyValue:
        """``K`` and ``V`` of each sample (Eq. 2), likewise."""
        if not self.attention:
            return z, z
        key, value = inner(z, self.projections.weight[:, z.shape[-1] :]).chunk(2, dim=-1)
        return key, value

    def forward(self, z: Float[Tensor, "s n d"], other: KeyValue) -> Float[Tensor, "s n d"]:
        """Update `z` from the other modality's keys and values."""
        if self.attention:
            z = self.attention_norm(z + cross_attention(self.query(z), other))
        return self.ffn_norm(z + self.ffn(z))  # type: ignore[no-any-return]


class CrossModalLayer(nn.Module):
    """Eqs. 2-4: both modalities are updated at the same time, each from the other's ``Z^{i-1}``."""

    def __init__(self, d: int, ffn_factor: int, attention: bool) -> None:
        super().__init__()
        self.visual = ModalityUpdate(d, ffn_factor, attention)
        self.acoustic = ModalityUpdate(d, ffn_factor, attention)

    def forward(
        self, z_v: Float[Tensor, "s n_v d"], z_a: Float[Tensor, "s n_a d"]
    ) -> tuple[Float[Tensor, "s n_v d"], Float[Tensor, "s n_a d"]]:
        """``(Z_v^i, Z_a^i)`` from ``(Z_v^{i-1}, Z_a^{i-1})``."""
        return self.visual(z_v, self.acoustic.show(z_a)), self.acoustic(z_a, self.visual.show(z_v))


class Output(NamedTuple):
    """Logits of both domains and ``(Z_v^i, Z_a^i)`` of the layers i = 1..l."""

    logits_v: Float[Tensor, "s n_v c"]
    logits_a: Float[Tensor, "s n_a c"]
    layers: tuple[tuple[Float[Tensor, "s n_v d"], Float[Tensor, "s n_a d"]], ...]


class FDAN(nn.Module):
    """The feature distribution adaptation network (Fig. 1) on cached backbone features.

    In the paper one backbone makes the features of both modalities, and one bottleneck reads them. Features of
    different widths (not in the paper) have nothing in common, and a bottleneck each.

    Args:
        features: width p of the backbone features (512 for ResNet-34).
        classes: number of emotions C.
        params: widths and depth.
        attention: whether the layers have cross-attention; FDAN1 (Sec. 3.7) has none.
        acoustic: width q of the acoustic features; None: p as well.
    """

    def __init__(
        self, features: int, classes: int, params: ModelParams, attention: bool, acoustic: int | None = None
    ) -> None:
        super().__init__()
        d = params.width
        acoustic = features if acoustic is None else acoustic
        self.standardise_v = Standardise(features)
        self.standardise_a = Standardise(acoustic)
        self.bottleneck = nn.Sequential(Linear(features, d), nn.ReLU())
        self.bottleneck_a = nn.Sequential(Linear(acoustic, d), nn.ReLU()) if acoustic != features else None
        self.layers = nn.ModuleList(CrossModalLayer(d, params.ffn_factor, attention) for _ in range(params.layers))
        self.classifier = Linear(d, classes)

    def embed_visual(self, x_v: Float[Tensor, "s n_v p"]) -> Float[Tensor, "s n_v d"]:
        """``Z_v^0``: standardised features through the bottleneck, which modalities of one width share."""
        return self.bottleneck(self.standardise_v(x_v))  # type: ignore[no-any-return]

    def embed_acoustic(self, x_a: Float[Tensor, "s n_a q"]) -> Float[Tensor, "s n_a d"]:
        """``Z_a^0``, likewise."""
        bottleneck = self.bottleneck if self.bottleneck_a is None else self.bottleneck_a
        return bottleneck(self.standardise_a(x_a))  # type: ignore[no-any-return]

    @property
    def cross_modal_layers(self) -> list[CrossModalLayer]:
        """The layers i = 1..l."""
        return [layer for layer in self.layers if isinstance(layer, CrossModalLayer)]

    def forward(self, x_v: Float[Tensor, "s n_v p"], x_a: Float[Tensor, "s n_a q"]) -> Output:
        """Run two unpaired batches; row i of one has nothing to do with row i of the other."""
        if self.bottleneck_a is None:
            both = torch.cat([self.standardise_v(x_v), self.standardise_a(x_a)], dim=-2)
            z_v, z_a = self.bottleneck(both).split([x_v.shape[-2], x_a.shape[-2]], dim=-2)
        else:
            z_v, z_a = self.embed_visual(x_v), self.embed_acoustic(x_a)
        layers = []
        for layer in self.cross_modal_layers:
            z_v, z_a = layer(z_v, z_a)
            layers.append((z_v, z_a))
        return Output(self.classifier(z_v), self.classifier(z_a), tuple(layers))


def side_by_side(networks: Sequence[FDAN]) -> FDAN:
    """Networks of one shape and standardisation as one module: its weights are theirs, one after the other."""
    stack = deepcopy(networks[0])
    for name, parameter in stack.named_parameters():
        parameter.data = torch.cat([network.get_parameter(name).detach() for network in networks])
    return stack


def apart(stack: FDAN) -> list[FDAN]:
    """The networks of a stack, each by itself; they share its memory and see its updates."""
    count = next(stack.parameters()).shape[0]
    networks = [deepcopy(stack) for _ in range(count)]
    for i, network in enumerate(networks):
        for name, parameter in network.named_parameters():
            parameter.data = stack.get_parameter(name).data[i : i + 1]
    return networks

"""Prediction through the bank: a test utterance attends over the training set's own visual samples."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from fdan.model import FDAN, ModalityUpdate

BLOCK = 64
"""Rows that pass a layer together. Every block is padded to this size, so that a row is always
computed by the same instructions: its result is the same to the bit alone, in any batch, in any order."""


@dataclass(frozen=True)
class Bank:
    """``Z^0 ... Z^l`` of all training samples, each modality in the full context of the other (Eq. 4).

    A test utterance's ``Z_a^i`` attends over the bank's ``Z_v^{i-1}``: it depends on the training set
    and on that utterance alone. The paper leaves a test utterance's visual context open.
    """

    visual: tuple[Float[Tensor, "n_v d"], ...]
    acoustic: tuple[Float[Tensor, "n_a d"], ...]


@torch.inference_mode()
def build_bank(model: FDAN, x_v: Float[Tensor, "n_v p"], x_a: Float[Tensor, "n_a p"], depth: int | None = None) -> Bank:
    """Pass all training samples through the layers, in blocks: memory grows with n, not with n^2.

    Args:
        model: the network.
        x_v: visual training samples.
        x_a: acoustic training samples.
        depth: how many layers; by default all of them, while a prediction needs all but the last.
    """
    visual = [_blockwise(model.embed_visual, x_v)]
    acoustic = [_blockwise(model.embed_acoustic, x_a)]
    for layer in model.cross_modal_layers[:depth]:
        z_v, z_a = visual[-1], acoustic[-1]
        visual.append(_update(layer.visual, z_v, layer.acoustic, z_a))
        acoustic.append(_update(layer.acoustic, z_a, layer.visual, z_v))
    return Bank(tuple(visual), tuple(acoustic))


@torch.inference_mode()
def predict(model: FDAN, bank: Bank, x_a: Float[Tensor, "n p"]) -> tuple[Float[Tensor, "n c"], Float[Tensor, "n d"]]:
    """Logits and ``Z_a^l`` of acoustic samples, each by itself in the context of the bank."""
    z = _blockwise(model.embed_acoustic, x_a)
    for i, layer in enumerate(model.cross_modal_layers):
        z_v = bank.visual[i]
        z = _update(layer.acoustic, z, layer.visual, z_v)
    return _blockwise(model.classifier, z), z


def predict_alone(
    model: FDAN, x_v: Float[Tensor, "n_v p"], x_a: Float[Tensor, "n_a p"], x: Float[Tensor, "n p"]
) -> Float[Tensor, "n c"]:
    """Logits of acoustic samples `x`, each by itself in the context of the training samples `x_v` and `x_a`."""
    return predict(model, build_bank(model, x_v, x_a, len(model.cross_modal_layers) - 1), x)[0]


def _update(
    own: ModalityUpdate, z: Float[Tensor, "n d"], other: ModalityUpdate, context: Float[Tensor, "m d"]
) -> Float[Tensor, "n d"]:
    """Eq. 4 for samples `z`, each attending over all of `context`."""
    shown = other.show(context)
    return _blockwise(lambda block: own(block, shown), z)


def _blockwise(
    function: Callable[[Float[Tensor, "b p"]], Float[Tensor, "b q"]], x: Float[Tensor, "n p"]
) -> Float[Tensor, "n q"]:
    blocks = []
    for block in x.split(BLOCK):
        padded = functional.pad(block, (0, 0, 0, BLOCK - len(block)))
        blocks.append(function(padded)[: len(block)])
    return torch.cat(blocks)

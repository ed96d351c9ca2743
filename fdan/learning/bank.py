"""Prediction through the bank: a test utterance attends over the training set's own visual samples."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from fdan.learning.model import FDAN, CrossModalLayer, ModalityUpdate

BLOCK = 64
"""Test utterances that pass a layer together. Every block is padded to this size, so that a row is always
computed by the same instructions: its result is the same to the bit alone, in any batch, in any order."""

BANK_BLOCK = 256
"""Training samples that pass together, likewise. For MELD's 41,000 faces, 256 rows of scores are 42 MB; fewer
rows make the matrix products slower."""


@dataclass(frozen=True)
class Bank:
    """``Z^0 ... Z^{l-1}`` of all training samples, each modality in the full context of the other (Eq. 4).

    A test utterance's ``Z_a^i`` attends over the bank's ``Z_v^{i-1}``: it depends on the training set
    and on that utterance alone. The paper leaves a test utterance's visual context open. No prediction
    needs the training samples' own ``Z^l``, the dearest to make: `last_layer` does, where they are drawn.
    """

    visual: tuple[Float[Tensor, "n_v d"], ...]
    acoustic: tuple[Float[Tensor, "n_a d"], ...]


@torch.inference_mode()
def build_bank(model: FDAN, x_v: Float[Tensor, "n_v p"], x_a: Float[Tensor, "n_a q"]) -> Bank:
    """Pass all training samples through all layers but the last, in blocks: memory grows with n, not with n^2."""
    visual = [_blockwise(model.embed_visual, x_v, BANK_BLOCK)]
    acoustic = [_blockwise(model.embed_acoustic, x_a, BANK_BLOCK)]
    for layer in model.cross_modal_layers[:-1]:
        z_v, z_a = _both(layer, visual[-1], acoustic[-1])
        visual.append(z_v)
        acoustic.append(z_a)
    return Bank(tuple(visual), tuple(acoustic))


@torch.inference_mode()
def last_layer(model: FDAN, bank: Bank) -> tuple[Float[Tensor, "n_v d"], Float[Tensor, "n_a d"]]:
    """``(Z_v^l, Z_a^l)`` of all training samples, each in the full context of the other modality, in blocks."""
    return _both(model.cross_modal_layers[-1], bank.visual[-1], bank.acoustic[-1])


@torch.inference_mode()
def predict(model: FDAN, bank: Bank, x_a: Float[Tensor, "n q"]) -> tuple[Float[Tensor, "n c"], Float[Tensor, "n d"]]:
    """Logits and ``Z_a^l`` of acoustic samples, each by itself in the context of the bank."""
    z = _blockwise(model.embed_acoustic, x_a)
    for layer, z_v in zip(model.cross_modal_layers, bank.visual, strict=True):
        z = _update(layer.acoustic, z, layer.visual, z_v)
    return _blockwise(model.classifier, z), z


def predict_alone(
    model: FDAN, x_v: Float[Tensor, "n_v p"], x_a: Float[Tensor, "n_a q"], x: Float[Tensor, "n q"]
) -> Float[Tensor, "n c"]:
    """Logits of acoustic samples `x`, each by itself in the context of the training samples `x_v` and `x_a`."""
    return predict(model, build_bank(model, x_v, x_a), x)[0]


def _both(
    layer: CrossModalLayer, z_v: Float[Tensor, "n_v d"], z_a: Float[Tensor, "n_a d"]
) -> tuple[Float[Tensor, "n_v d"], Float[Tensor, "n_a d"]]:
    return (
        _update(layer.visual, z_v, layer.acoustic, z_a, BANK_BLOCK),
        _update(layer.acoustic, z_a, layer.visual, z_v, BANK_BLOCK),
    )


def _update(
    own: ModalityUpdate,
    z: Float[Tensor, "n d"],
    other: ModalityUpdate,
    context: Float[Tensor, "m d"],
    rows: int = BLOCK,
) -> Float[Tensor, "n d"]:
    """Eq. 4 for samples `z`, each attending over all of `context`."""
    shown = other.show(context[None])
    return _blockwise(lambda block: own(block, shown), z, rows)


def _blockwise(
    function: Callable[[Float[Tensor, "1 b p"]], Float[Tensor, "1 b q"]], x: Float[Tensor, "n p"], rows: int = BLOCK
) -> Float[Tensor, "n q"]:
    blocks = []
    for block in x.split(rows):
        padded = functional.pad(block, (0, 0, 0, rows - len(block)))
        blocks.append(function(padded[None])[0, : len(block)])
    return torch.cat(blocks)

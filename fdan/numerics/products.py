"""The large products of the network, its losses and the bank, with the same bits on every processor that can be pinned.

Torch's CPU products are MKL's, whose one path for all vendors is that for processors of 2005. NumPy's are OpenBLAS',
which has a kernel for each processor generation and takes the one that `fdan.numerics.pins` names: as fast as MKL
unpinned on matrices of a batch's size. So on a CPU NumPy multiplies, on the tensors' own memory.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

TILE = 16
"""Rows of a tile: two of AVX2's registers, the width of OpenBLAS' kernel."""


def inner(a: Float[Tensor, "*s n k"], b: Float[Tensor, "*s m k"]) -> Float[Tensor, "*s n m"]:
    """``A B^T``: the inner product of every row of `a` with every row of `b`, for each of s pairs of matrices.

    The gradients are such products too. On a GPU, and where a program is traced to be exported, torch multiplies.
    In inference mode a row's results are the same bits wherever among the others it lies.

    Args:
        a: one matrix, or several; views are multiplied where they lie if their rows or columns are dense.
        b: likewise.
    """
    if a.is_cuda or torch.compiler.is_compiling() or torch.onnx.is_in_onnx_export():
        return a @ b.mT
    if torch.is_inference_mode_enabled():
        return _by_tiles(a, b)
    product: Tensor = _Inner.apply(a, b)  # type: ignore[no-untyped-call]
    return product


class _Inner(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return _multiply(a, b.mT)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor | None]:
        a, b = ctx.saved_tensors
        (grad,) = grads
        return (
            _multiply(grad, b) if ctx.needs_input_grad[0] else None,
            _multiply(grad.mT, a) if ctx.needs_input_grad[1] else None,
        )


def _by_tiles(a: Tensor, b: Tensor) -> Tensor:
    """The rows of `a` in tiles that fill the kernel's lanes, whose instructions are all the same.

    Elsewhere a row's place decides which of the kernel's variants computes it, and they round differently.
    """
    rest = -a.shape[-2] % TILE
    tiles = functional.pad(a, (0, 0, 0, rest)).unflatten(-2, (-1, TILE))
    return _multiply(b[..., None, :, :], tiles.mT).mT.flatten(-3, -2)[..., : a.shape[-2], :]


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    # Torch's own broadcast_shapes is Python and takes as long as a small product.
    many = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    out = torch.empty(*many, a.shape[-2], b.shape[-1], dtype=a.dtype)
    with np.errstate(all="ignore"):  # what is no number is said by whoever looks at the loss
        np.matmul(a.detach().numpy(), b.detach().numpy(), out=out.numpy())
    return out

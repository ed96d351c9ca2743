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


def inner(a: Float[Tensor, "*s n k"], b: Float[Tensor, "*s m k"]) -> Float[Tensor, "*s n m"]:
    """``A B^T``: the inner product of every row of `a` with every row of `b`, for each of s pairs of matrices.

    The gradients are such products too. On a GPU, and where a program is traced to be exported, torch multiplies.

    Args:
        a: one matrix, or several; views are multiplied where they lie if their rows or columns are dense.
        b: likewise.
    """
    if a.is_cuda or torch.compiler.is_compiling() or torch.onnx.is_in_onnx_export():
        return a @ b.mT
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


def _multiply(a: Tensor, b: Tensor) -> Tensor:
    out = torch.empty(*torch.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1], dtype=a.dtype)
    np.matmul(a.detach().numpy(), b.detach().numpy(), out=out.numpy())
    return out

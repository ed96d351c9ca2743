"""LMMD the way DeepDA and the released code compute it: what the closed form is held against.

Written from the structure of that code, not from its text: every pair's difference is a row of an
[n, n, d] tensor, five kernels are five exponentials, the class weights come from a loop over the
classes in NumPy, and automatic differentiation goes back through all of it.
"""

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor


def lmmd(
    z_v: Float[Tensor, "n d"], z_a: Float[Tensor, "n d"], y_v: Int64[Tensor, " n"], y_a: Int64[Tensor, " n"], c: int
) -> Float[Tensor, ""]:
    """`fdan.learning.losses.lmmd` of two batches of one size, slowly."""
    n = len(z_v)
    w_vv, w_aa, w_va = (torch.from_numpy(w) for w in _weights(y_v, y_a, c))
    kernels = _kernels(torch.cat([z_v, z_a]))
    return (w_vv * kernels[:n, :n] + w_aa * kernels[n:, n:] - 2 * w_va * kernels[:n, n:]).sum()


def _kernels(z: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    n, d = z.shape
    difference = z[None].expand(n, n, d) - z[:, None].expand(n, n, d)
    distances = (difference**2).sum(dim=2)
    b = distances.detach().sum() / (n * n - n)
    return torch.stack([torch.exp(-distances / (b * 2.0**j)) for j in range(-2, 3)]).sum(dim=0)


def _weights(
    y_v: Int64[Tensor, " n"], y_a: Int64[Tensor, " n"], c: int
) -> tuple[Float32[np.ndarray, "n n"], Float32[np.ndarray, "n n"], Float32[np.ndarray, "n n"]]:
    n = len(y_v)
    one_hot_v, one_hot_a = (np.eye(c, dtype=np.float32)[y.numpy()] for y in (y_v, y_a))
    vv, aa, va = (np.zeros((n, n), np.float32) for _ in range(3))
    shared = sorted({*y_v.tolist()} & {*y_a.tolist()})
    for k in shared:
        u_v = one_hot_v[:, k : k + 1] / one_hot_v[:, k].sum()
        u_a = one_hot_a[:, k : k + 1] / one_hot_a[:, k].sum()
        vv += u_v @ u_v.T
        aa += u_a @ u_a.T
        va += u_v @ u_a.T
    count = max(len(shared), 1)
    return vv / count, aa / count, va / count

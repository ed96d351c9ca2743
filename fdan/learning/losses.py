"""The losses of the paper: kernel, class weights (Eq. 7), LMMD (Eqs. 6 and 8), objective (Eqs. 1 and 9)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from fdan.numerics.products import inner

KERNEL_SCALES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""The five bandwidths 2^j b, j = -2..2, of DSAN (Zhu et al. 2020, the paper's [34])."""

_TINY = 1e-12


def squared_distances(x: Float[Tensor, "*s n d"]) -> Float[Tensor, "*s n n"]:
    """``||x_i - x_j||^2`` for all pairs, never below zero."""
    norms = (x * x).sum(dim=-1)
    sums = norms[..., None] + norms[..., None, :]
    return sums.sub_(inner(x, x), alpha=2).clamp_min_(0)


def bandwidth(distances: Float[Tensor, "*s n n"]) -> Float[Tensor, "*s 1 1"]:
    """Mean squared distance over the pairs of different samples, a constant to the gradient."""
    n = distances.shape[-1]
    return (distances.detach().sum(dim=(-2, -1), keepdim=True) / max(n * n - n, 1)).clamp_min(_TINY)


def gaussian_kernel(
    distances: Float[Tensor, "*s n n"], b: Float[Tensor, "*s 1 1"]
) -> tuple[Float[Tensor, "*s n n"], Float[Tensor, "*s n n"]]:
    """Sum of five Gaussian kernels, ``k(x, y) = sum_j exp(-||x - y||^2 / (2^j b))``, j = -2..2.

    One exponential serves all five: each bandwidth is half the one before, so each term is the
    square of the one before.

    Args:
        distances: squared Euclidean distances D.
        b: the bandwidth, above zero.

    Returns:
        The kernel, and its slope in units of 1/b: ``-b dk/dD = sum_j exp(-D / (2^j b)) / 2^j``.
    """
    scale = KERNEL_SCALES[-1]
    term = torch.mul(distances, -1 / (scale * b)).exp_()
    kernel, slope = term.clone(), term * (1 / scale)
    for scale in reversed(KERNEL_SCALES[:-1]):
        term.square_()
        kernel.add_(term)
        slope.add_(term, alpha=1 / scale)
    return kernel, slope


def class_weights(
    labels: Int64[Tensor, "*s n"], classes: int, dtype: torch.dtype
) -> tuple[Float[Tensor, "*s n c"], Bool[Tensor, "*s c"]]:
    """Eq. 7 within a batch: ``w_nc = y_nc / sum_m y_mc`` for one-hot ``y``.

    Returns:
        The weights, a column of zeros for a class that the batch lacks, and which classes it has.
    """
    one_hot = (labels[..., None] == torch.arange(classes, device=labels.device)).to(dtype)
    counts = one_hot.sum(dim=-2)
    return one_hot / counts.clamp_min(1)[..., None, :], counts > 0


def domain_weights(
    y_v: Int64[Tensor, "*s n_v"], y_a: Int64[Tensor, "*s n_a"], classes: int, dtype: torch.dtype
) -> Float[Tensor, "*s n n"]:
    """The weight of each pair of samples in Eq. 8, visual samples first.

    With ``u_c`` the class weights of the visual samples followed by those of the acoustic samples
    with their sign turned, the three double sums of Eq. 8 are one quadratic form ``u_c^T K u_c``, and
    the sum over the classes is ``sum_ij (U U^T)_ij K_ij``. The paper divides by all C classes; a class
    absent from either half makes Eq. 7 0/0, so the mean runs over the classes that both halves have,
    and is exactly 0 if there is none.
    """
    w_v, has_v = class_weights(y_v, classes, dtype)
    w_a, has_a = class_weights(y_a, classes, dtype)
    shared = (has_v & has_a)[..., None, :]
    u = torch.cat([w_v, -w_a], dim=-2) * shared
    return inner(u / shared.sum(dim=-1, keepdim=True).clamp_min(1), u)


def quadratic_form(
    z: Float[Tensor, "*s n d"], m: Float[Tensor, "*s n n"], b: Float[Tensor, "*s 1 1"] | None = None
) -> tuple[Float[Tensor, "*s"], Float[Tensor, "*s n d"]]:
    """``sum_ij M_ij k(z_i, z_j)`` for a symmetric M, and its gradient in closed form.

    ``d/dz_i = 4/b sum_j P_ij (z_j - z_i)`` with ``P = M * slope``.

    Args:
        z: features.
        m: weights of the pairs.
        b: kernel bandwidth; by default `bandwidth` of the samples.
    """
    distances = squared_distances(z)
    b = bandwidth(distances) if b is None else b
    kernel, slope = gaussian_kernel(distances, b)
    weights = slope.mul_(m)
    gradient = inner(weights, z.mT).sub_(weights.sum(dim=-1, keepdim=True) * z).mul_(4 / b)
    return kernel.mul_(m).sum(dim=(-2, -1)), gradient


class _QuadraticForm(torch.autograd.Function):
    """`quadratic_form` for autograd: the gradient is made in the forward pass, no n x n matrix is kept."""

    @staticmethod
    def forward(
        ctx: Any, z: Float[Tensor, "*s n d"], m: Float[Tensor, "*s n n"], b: Float[Tensor, "*s 1 1"] | None
    ) -> Float[Tensor, "*s"]:
        value, gradient = quadratic_form(z, m, b)
        ctx.save_for_backward(gradient)
        return value

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * grads[0][..., None, None], None, None


def lmmd(
    z_v: Float[Tensor, "*s n_v d"],
    z_a: Float[Tensor, "*s n_a d"],
    y_v: Int64[Tensor, "*s n_v"],
    y_a: Int64[Tensor, "*s n_a"],
    classes: int,
    b: Float[Tensor, "*s 1 1"] | None = None,
) -> Float[Tensor, "*s"]:
    """Local maximum mean discrepancy between two labelled batches (Eq. 8), of each of s networks.

    Args:
        z_v: visual features of one layer.
        z_a: acoustic features of the same layer.
        y_v: class indices of the visual samples.
        y_a: class indices of the acoustic samples.
        classes: number of classes C.
        b: kernel bandwidth; by default `bandwidth` of the joined batch (a gradient check fixes it).
    """
    m = domain_weights(y_v, y_a, classes, z_v.dtype)
    value: Tensor = _QuadraticForm.apply(  # type: ignore[no-untyped-call]
        torch.cat([z_v, z_a], dim=-2), m, b
    )
    return value


def mmd(
    z_v: Float[Tensor, "n_v d"], z_a: Float[Tensor, "n_a d"], b: Float[Tensor, "1 1"] | None = None
) -> Float[Tensor, ""]:
    """Squared maximum mean discrepancy between two batches, whatever their labels are, by five Gaussian kernels.

    ``mean k(v, v') + mean k(a, a') - 2 mean k(v, a)``, means over all pairs of samples, each with itself as well
    (Gretton et al., JMLR 2012, Eq. 5; the kernel is that of `lmmd`). The paper has no such loss.

    Args:
        z_v: visual features.
        z_a: acoustic features.
        b: kernel bandwidth; by default `bandwidth` of the joined batch.
    """
    u = torch.cat([z_v.new_full((len(z_v),), 1 / len(z_v)), z_a.new_full((len(z_a),), -1 / len(z_a))])
    value: Tensor = _QuadraticForm.apply(  # type: ignore[no-untyped-call]
        torch.cat([z_v, z_a]), torch.outer(u, u), b
    )
    return value


def cross_entropy(logits: Float[Tensor, "*s n c"], y: Int64[Tensor, "*s n"]) -> Float[Tensor, "*s"]:
    """Mean of ``-log softmax(logits)_y`` over the batch, of each of s networks."""
    return -torch.log_softmax(logits, dim=-1).gather(-1, y[..., None])[..., 0].mean(dim=-1)


class Loss(NamedTuple):
    """The terms of Eq. 9 for each of s networks; `total` is what is minimised."""

    total: Float[Tensor, "*s"]
    ce_acoustic: Float[Tensor, "*s"]
    ce_visual: Float[Tensor, "*s"]
    lmmd: Float[Tensor, "*s"]


def fdan_loss(
    logits_v: Float[Tensor, "*s n_v c"],
    logits_a: Float[Tensor, "*s n_a c"],
    layers: Sequence[tuple[Float[Tensor, "*s n_v d"], Float[Tensor, "*s n_a d"]]],
    y_v: Int64[Tensor, "*s n_v"],
    y_a: Int64[Tensor, "*s n_a"],
    alpha: Float[Tensor, "*s"] | float,
) -> Loss:
    """Eq. 9: cross-entropy of both domains plus ``alpha`` times the LMMD summed over the layers.

    Args:
        logits_v: classifier outputs for the visual samples.
        logits_a: classifier outputs for the acoustic samples.
        layers: ``(Z_v^i, Z_a^i)`` for i = 1..l.
        y_v: class indices of the visual samples.
        y_a: class indices of the acoustic samples.
        alpha: the trade-off parameter, at least 0.
    """
    classes = logits_a.shape[-1]
    discrepancy = torch.stack([lmmd(z_v, z_a, y_v, y_a, classes) for z_v, z_a in layers]).sum(dim=0)
    ce_acoustic, ce_visual = cross_entropy(logits_a, y_a), cross_entropy(logits_v, y_v)
    return Loss(ce_acoustic + ce_visual + alpha * discrepancy, ce_acoustic, ce_visual, discrepancy)

"""LMMD: the closed form against DeepDA's way, forward and backward, and how its time grows with the batch."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from benchmarks import deepda
from benchmarks.measure import Row, at_most, best, exponent, faster
from fdan.learning.losses import lmmd

WIDTH, CLASSES = 256, 7


def against_deepda(tiny: bool) -> list[Row]:
    """Milliseconds, forward and backward, at n samples per domain."""
    rows = []
    for n, times in ((4, 7), (8, 200)) if tiny else ((32, 7), (256, 200)):
        batch = _batch(n)
        seconds = best(
            {
                "closed": partial(_both_ways, lmmd, batch),
                "slow": partial(_both_ways, deepda.lmmd, batch),
            },
            1 if tiny else 5,
        )
        name = f"LMMD and its gradient, n = {n} per domain, against DeepDA's"
        rows.append(faster(name, seconds["closed"], seconds["slow"], times))
    return rows


def growth(tiny: bool) -> list[Row]:
    """The exponent of LMMD's time in n: on paper n^2 d."""
    sizes = [4, 8] if tiny else [128, 256, 512, 1024]
    batches = {n: _batch(n) for n in sizes}
    seconds = best(
        {str(n): partial(_both_ways, lmmd, b) for n, b in batches.items()},
        1 if tiny else 3,
    )
    p = exponent(sizes, [seconds[str(n)] for n in sizes])
    return [at_most(f"LMMD, exponent over {sizes[0]} to {sizes[-1]} samples (on paper 2)", p, "", 2.3)]


def _batch(n: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    g = torch.Generator().manual_seed(n)
    z_v, z_a = (torch.randn(n, WIDTH, generator=g, requires_grad=True) for _ in range(2))
    y_v, y_a = (torch.randint(CLASSES, (n,), generator=g) for _ in range(2))
    return z_v, z_a, y_v, y_a


def _both_ways(loss: Callable[..., Tensor], batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> None:
    torch.autograd.grad(loss(*batch, CLASSES), batch[:2])

"""How steps become one vector, in the networks that read steps."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


def mean_over_steps(x: Float[Tensor, "n t d"], there: Bool[Tensor, "n t"]) -> Float[Tensor, "n d"]:
    """The mean over the steps that are there, of which each row has one."""
    return (x * there[..., None]).sum(dim=1) / there.sum(dim=1, keepdim=True)


class AttentionPooling(nn.Module):
    """``sum_t w_t x_t``, ``w = softmax_t(v . tanh(W x_t))``, over the steps that are there."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(d, d), nn.Tanh(), nn.Linear(d, 1, bias=False))

    def forward(self, x: Float[Tensor, "n t d"], there: Bool[Tensor, "n t"]) -> Float[Tensor, "n d"]:
        """One vector per row, of which each has a step."""
        weights = torch.softmax(self.score(x).masked_fill(~there[..., None], -torch.inf), dim=1)
        return (weights * x).sum(dim=1)

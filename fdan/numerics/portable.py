"""What of torch rounds by the processor even under the pins, and what is used in its place.

Each begins with an approximation that Intel's and AMD's processors compute differently (the instructions rsqrtps and
rcpps): MKL's square root, which its path for all vendors leaves a bit off for one number in seven, and oneDNN's LSTM.
"""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


def adam(
    weights: Iterable[Tensor], rate: float, betas: tuple[float, float] = (0.9, 0.999), weight_decay: float = 0.0
) -> torch.optim.Adam:
    """Adam (Kingma & Ba, arXiv 1412.6980) whose step rounds alike everywhere: in one kernel, with exact square roots.

    Args:
        weights: what is trained.
        rate: the learning rate.
        betas: of the means of the gradient and of its square.
        weight_decay: L2.
    """
    return torch.optim.Adam(weights, rate, betas, weight_decay=weight_decay, fused=True)


def lstm(network: nn.LSTM, x: Float[Tensor, "n t p"]) -> Float[Tensor, "n t d"]:
    """The states, one per step, of a `batch_first` LSTM: by torch's own loop, which packed sequences go through."""
    packed = pack_padded_sequence(x, torch.full((len(x),), x.shape[1]), batch_first=True)
    states: Tensor = pad_packed_sequence(network(packed)[0], batch_first=True)[0]
    return states

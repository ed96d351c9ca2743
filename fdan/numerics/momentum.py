"""SGD with momentum, one function call per step."""

from collections.abc import Sequence

from torch import Tensor
from torch.optim.sgd import sgd


class MomentumSGD:
    """`torch.optim.SGD` in its fused form, of which this calls the kernel alone.

    The same bits as the class, which imports torch's compiler first (2.5 s of processor time in every process).
    """

    def __init__(self, momentum: float) -> None:
        """Start without a velocity; the first gradient becomes it, as in `torch.optim.SGD`.

        Args:
            momentum: from 0 to 1.
        """
        self._momentum = momentum
        self._velocities: list[Tensor | None] = []

    def step(self, weights: Sequence[Tensor], gradients: Sequence[Tensor], rate: float, weight_decay: float) -> None:
        """Update weights in place: ``v = momentum v + g + weight_decay w; w = w - rate v``.

        Args:
            weights: leaves without a gradient of their own, or views of their data; always the same ones.
            gradients: of the loss, in the same order.
            rate: learning rate of this step.
            weight_decay: L2.
        """
        self._velocities = self._velocities or [None] * len(weights)
        sgd(
            list(weights),
            list(gradients),
            self._velocities,
            fused=True,
            weight_decay=weight_decay,
            momentum=self._momentum,
            lr=rate,
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )

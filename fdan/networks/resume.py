"""A long training that goes on where it was killed, to the same bits."""

import time
from collections.abc import Mapping, Sequence

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from fdan.extraction.cache import Cache, Entry

EVERY = 600.0
"""Seconds after which a state is written at the latest; an epoch's end writes one after a twentieth of that."""


class Resumable:
    """The state of a training by SGD as an entry of the cache: weights, momenta, random numbers, place.

    Args:
        cache: of states.
        key: of this training: all that it depends on.
        modules: whose weights learn.
        optimiser: that moves them.
        order: draws the order of the samples.
        every: seconds from one state to the next.
    """

    def __init__(
        self,
        cache: Cache,
        key: str,
        modules: Sequence[nn.Module],
        optimiser: torch.optim.SGD,
        order: torch.Generator,
        every: float = EVERY,
    ) -> None:
        self.cache, self.key, self.modules, self.optimiser, self.order = cache, key, modules, optimiser, order
        self.every, self.last = every, time.monotonic()
        self.before = order.get_state()

    def restore(self) -> tuple[int, int]:
        """Put everything where it was.

        Returns:
            The epoch and the step in it to go on with, both from 0.
        """
        entry = self.cache.read(self.key)
        if entry is None:
            return 0, 0
        tensors = load(entry.blobs[0])
        for i, module in enumerate(self.modules):
            module.load_state_dict(_below(f"module{i}.", tensors))
        for i, parameter in enumerate(self._parameters()):
            if f"momentum{i}" in tensors:
                self.optimiser.state[parameter]["momentum_buffer"] = tensors[f"momentum{i}"].to(parameter.device)
        torch.set_rng_state(tensors["rng"])
        self.order.set_state(tensors["order"])
        epoch, step = entry.about
        return epoch, step

    def begin_epoch(self) -> None:
        """Remember where the order of the samples is drawn from; called before it is drawn."""
        self.before = self.order.get_state()

    def step(self, epoch: int, step: int) -> None:
        """Write the state after a step if it is time.

        Args:
            epoch: that is being trained.
            step: the next one in it.
        """
        if time.monotonic() - self.last >= self.every:
            self._save(epoch, step, self.before)

    def end_epoch(self, epoch: int) -> None:
        """Write the state after the last step of an epoch, unless writing would take longer than what it saves."""
        if time.monotonic() - self.last >= self.every / 20:
            self._save(epoch + 1, 0, self.order.get_state())

    def forget(self) -> None:
        """Remove the state of a training that has ended."""
        self.cache.remove(self.key)

    def _save(self, epoch: int, step: int, order: Tensor) -> None:
        state = {"rng": torch.get_rng_state(), "order": order}
        for i, module in enumerate(self.modules):
            state |= {f"module{i}.{name}": tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
        for i, parameter in enumerate(self._parameters()):
            momentum = self.optimiser.state[parameter].get("momentum_buffer")
            if momentum is not None:
                state[f"momentum{i}"] = momentum.cpu().contiguous()
        self.cache.write(self.key, Entry([epoch, step], (save(state),)))
        self.last = time.monotonic()

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self.optimiser.param_groups for parameter in group["params"]]


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

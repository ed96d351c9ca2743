"""A long training that goes on where it was killed, to the same bits."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from fdan.runtime.cache import Cache, CacheEntry

EVERY = 600.0
"""Seconds after which a state is written at the latest; an epoch's end writes one after a twentieth of that."""

Batch = TypeVar("Batch")


class Resumable:
    """A training by SGD whose state is an entry of the cache: weights, momenta, random numbers, place.

    It is used so::

        training = Resumable(...)                 # puts everything where it was
        for epoch in training.epochs(count):
            for batch in training.batches(drawn anew, from `order`):
                one step
        training.forget()

    Args:
        cache: of states.
        key: of this training: all that it depends on.
        modules: whose weights learn.
        optimiser: that moves them.
        order: draws the order of the samples.
        steps: of an epoch.
        progress: called for every step, those before the kill included.
        memory: what else the training gathers, as plain data that JSON keeps; `remembered` gives it back.
        every: seconds from one state to the next.
    """

    def __init__(
        self,
        cache: Cache,
        key: str,
        modules: Sequence[nn.Module],
        optimiser: torch.optim.SGD,
        order: torch.Generator,
        steps: int,
        progress: Callable[[], object],
        memory: Callable[[], Any] = lambda: None,
        every: float = EVERY,
    ) -> None:
        self._cache, self._key, self._modules, self._optimiser, self._order = cache, key, modules, optimiser, order
        self._progress, self._memory, self._every, self._last = progress, memory, every, time.monotonic()
        entry = cache.read(key)
        place: tuple[int, int, Any] = entry.about if entry else (0, 0, None)
        self._epoch, self._skipped, self.remembered = place
        if entry:
            self._restore({name: tensor for blob in entry.blobs for name, tensor in load(blob).items()})
        self._drawn = order.get_state()
        self.done = self._epoch * steps + self._skipped
        """Steps before the kill."""

    def epochs(self, count: int) -> Iterator[int]:
        """Those still to be trained, from 0."""
        for _ in range(self.done - self._skipped):
            self._progress()
        for epoch in range(self._epoch, count):
            self._epoch, self._drawn = epoch, self._order.get_state()
            yield epoch
            self._skipped = 0
            # unless writing would take longer than what it saves
            if time.monotonic() - self._last >= self._every / 20:
                self._save(epoch + 1, 0, self._order.get_state())

    def batches(self, drawn: Iterable[Batch]) -> Iterator[Batch]:
        """Those of an epoch that are still to be trained on."""
        for step, batch in enumerate(drawn):
            if step >= self._skipped:
                yield batch
            self._progress()
            if step >= self._skipped and time.monotonic() - self._last >= self._every:
                self._save(self._epoch, step + 1, self._drawn)

    def forget(self) -> None:
        """Remove what was written, once the training's results are there."""
        self._cache.remove(self._key)

    def _restore(self, tensors: Mapping[str, Tensor]) -> None:
        for i, module in enumerate(self._modules):
            module.load_state_dict(_below(f"module{i}.", tensors))
        for i, parameter in enumerate(self._parameters()):
            if f"momentum{i}" in tensors:
                self._optimiser.state[parameter]["momentum_buffer"] = tensors[f"momentum{i}"].to(parameter.device)
        torch.set_rng_state(tensors["rng"])
        if self._on_gpu():
            torch.cuda.set_rng_state(tensors["rng_gpu"])
        self._order.set_state(tensors["order"])

    def _save(self, epoch: int, step: int, drawn: Tensor) -> None:
        self._optimiser.zero_grad()  # its step is done: room for the copies
        state = {"rng": torch.get_rng_state(), "order": drawn}
        if self._on_gpu():  # of the process' own GPU alone: after the kill it may be another
            state["rng_gpu"] = torch.cuda.get_rng_state()
        for i, module in enumerate(self._modules):
            state |= {f"module{i}.{name}": tensor.cpu().contiguous() for name, tensor in module.state_dict().items()}
        for i, parameter in enumerate(self._parameters()):
            momentum = self._optimiser.state[parameter].get("momentum_buffer")
            if momentum is not None:
                state[f"momentum{i}"] = momentum.cpu().contiguous()
        # one by one, since the library needs twice what it writes: VGG's weights and momenta are a gigabyte
        blobs = tuple(save({name: tensor}) for name, tensor in state.items())
        self._cache.write(self._key, CacheEntry([epoch, step, self._memory()], blobs))
        self._last = time.monotonic()

    def _on_gpu(self) -> bool:
        return any(parameter.is_cuda for parameter in self._parameters())

    def _parameters(self) -> list[Tensor]:
        return [parameter for group in self._optimiser.param_groups for parameter in group["params"]]


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}

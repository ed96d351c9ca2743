from types import SimpleNamespace

import pytest
import torch

from fdan.errors import FdanError
from fdan.runtime import gpu


def test_two_processes_never_share_a_gpu(tmp_path, monkeypatch):
    """The locks are files', so what holds for two blocks holds for two processes; no GPU is needed to see it."""
    chosen = []
    monkeypatch.setattr(gpu, "LOCKS", tmp_path)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "device", lambda number: pytest.MonkeyPatch.context())
    # its clock alone: other threads sleep as well
    clock = SimpleNamespace(sleep=lambda _: chosen.append("waits") or first.__exit__(None, None, None))
    monkeypatch.setattr(gpu, "time", clock)
    first, second, third = gpu.own_gpu(), gpu.own_gpu(), gpu.own_gpu()
    assert (first.__enter__(), second.__enter__()) == (0, 1)
    assert third.__enter__() == 0
    assert chosen == ["waits"]


def test_a_machine_without_a_gpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(FdanError, match="torch sees no GPU"), gpu.own_gpu():
        pass

"""A training that is killed, for good, and started again: in a process of its own, this file being its program."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional

from fdan.backbones.resume import Resumable
from fdan.runtime.cache import Cache

ROOT = Path(__file__).parents[2]
EPOCHS, SAMPLES, BATCH = 3, 8, 2


class Net(nn.Module):
    """Two layers and a dropout that draws from a generator: torch's own of the CPU, or one that stands for a GPU's."""

    def __init__(self, draws=None):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.norm, self.last = nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 2)
        self.draws = draws

    def forward(self, x):
        x = self.norm(self.first(x)).relu()
        return self.last(x * (torch.rand(x.shape, generator=self.draws) < 0.5))


def train(network, progress=lambda: None):
    """The bytes of all that was learnt in this folder, states written at every step."""
    x, y = torch.randn(SAMPLES, 4, generator=torch.Generator().manual_seed(1)), torch.arange(SAMPLES) % 2
    order, cache = torch.Generator().manual_seed(2), Cache("resume", (), (), ())
    optimiser = torch.optim.SGD(network.parameters(), 0.1, 0.9)
    steps = SAMPLES // BATCH
    training = Resumable(cache, cache.key("net"), [network], optimiser, order, steps, progress, every=0.0)
    for _ in training.epochs(EPOCHS):
        for rows in training.batches(torch.randperm(SAMPLES, generator=order).split(BATCH)):
            optimiser.zero_grad()
            functional.cross_entropy(network(x[rows]), y[rows]).backward()
            optimiser.step()
    training.forget()
    return save(network.state_dict())


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def main():
    """Train; die after so many steps, or while the state of the step after them is put into its place."""
    steps, moment = int(sys.argv[1]), sys.argv[2]
    done = []

    def progress():
        done.append(1)
        if moment == "step" and len(done) == steps:
            die()

    def replace(self, target, real=Path.replace):
        if moment == "write" and len(done) > steps:
            die()
        return real(self, target)

    Path.replace = replace
    print(hashlib.sha256(train(Net(), progress)).hexdigest(), len(done))


def run(folder, steps, moment):
    return subprocess.run(
        [sys.executable, __file__, str(steps), moment],
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "moment"), [(6, "step"), (4, "write")])
def test_a_training_that_is_killed_goes_on_to_the_same_bits(tmp_path, steps, moment):
    (tmp_path / "killed").mkdir()
    (tmp_path / "whole").mkdir()
    assert run(tmp_path / "killed", steps, moment).returncode == -signal.SIGKILL
    assert list(tmp_path.glob("killed/.cache/resume/*/[!.]*"))
    again, whole = (run(tmp_path / name, 0, "never") for name in ("killed", "whole"))
    assert again.stdout == whole.stdout != "", again.stderr  # and every step is counted once
    assert not list(tmp_path.glob("*/.cache/resume/*/[!.]*"))


def test_on_a_gpu_its_random_numbers_go_on_as_well(tmp_path, monkeypatch):
    """A generator beside torch's own stands for the GPU's: dropout there draws from it alone."""
    monkeypatch.chdir(tmp_path)
    gpu = torch.Generator()
    monkeypatch.setattr(Resumable, "_on_gpu", lambda self: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state", gpu.get_state)
    monkeypatch.setattr(torch.cuda, "set_rng_state", gpu.set_state)
    done = []

    def kill():
        done.append(1)
        if len(done) == 6:
            raise KeyboardInterrupt

    with torch.random.fork_rng():
        gpu.manual_seed(3)
        whole = train(Net(gpu))
        gpu.manual_seed(3)
        with pytest.raises(KeyboardInterrupt):
            train(Net(gpu), kill)
        gpu.manual_seed(3)
        assert train(Net(gpu)) == whole


if __name__ == "__main__":
    main()

"""Workers that are copies of the stage: they compute what others compute, and give way where they cannot."""

import os
import sys
from pathlib import Path

import pytest
import torch

from fdan.runtime import forked
from fdan.runtime.jobs import ParallelParams, run_jobs

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only there a process is copied")

SEEN = {"by this process alone"}
"""What is put there before a process is copied, the copy has; a program of its own has not."""


def train(rate: float) -> tuple[list[float], bool, int]:
    """The gradient, whether this is a copy, and whose child it is."""
    weights = torch.ones(3, requires_grad=True)
    (rate * weights**2).sum().backward()
    assert weights.grad is not None
    return weights.grad.tolist(), "a copy" in SEEN, os.getppid()


@pytest.mark.parametrize("autograd", ["works in copies", "does not"])
def test_jobs_run_in_copies_where_autograd_works_there(autograd: str, monkeypatch: pytest.MonkeyPatch) -> None:
    train(1.0)  # as a stage may have done before
    monkeypatch.setattr(sys.modules[train.__module__], "SEEN", SEEN | {"a copy"})
    if autograd == "does not":
        monkeypatch.setattr(forked, "_try_autograd", _exit)
    found = dict(run_jobs(train, [1.0, 2.0], "test", ParallelParams("loky", 2, None)))
    copied = autograd == "works in copies"
    assert found == {0: ([2.0] * 3, copied, os.getpid()), 1: ([4.0] * 3, copied, os.getpid())}


def _exit() -> None:
    os._exit(1)


@pytest.mark.parametrize(("name", "value"), [("OMP_NUM_THREADS", "2"), ("FDAN_DEVICE", "cuda")])
def test_a_process_with_threads_or_a_gpu_is_not_copied(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert forked.can_fork()
    monkeypatch.setenv(name, value)
    assert not forked.can_fork()


def test_what_a_copy_works_on_is_the_stage_s_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = dict(run_jobs(_folder, [0, 1], "test", ParallelParams("loky", 2, None)))
    assert set(found.values()) == {str(tmp_path)}


def _folder(_: int) -> str:
    return os.getcwd()

"""One process per GPU: whoever computes on one holds its lock."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fdan.errors import FdanError

LOCKS = Path(tempfile.gettempdir())
"""Of this machine, so that workers of other runs wait as well."""


def gpu_count() -> int:
    """How many GPUs torch sees.

    Raises:
        FdanError: none.
    """
    import torch

    if not (count := torch.cuda.device_count()):
        raise FdanError("FDAN_DEVICE=cuda: torch sees no GPU on this machine; FDAN_DEVICE=cpu computes without")
    return count


@contextmanager
def own_gpu() -> Iterator[int]:
    """The number of a GPU that no other process has, torch's own for as long as the block lasts; waits for one.

    Raises:
        FdanError: there is none.
    """
    import torch
    from filelock import FileLock, Timeout

    while True:
        for number in range(gpu_count()):
            lock = FileLock(LOCKS / f"fdan-gpu-{number}.lock", mode=0o666)
            try:
                lock.acquire(blocking=False)
            except Timeout:
                continue
            with torch.cuda.device(number):
                try:
                    yield number
                finally:
                    lock.release()
            return
        time.sleep(1)

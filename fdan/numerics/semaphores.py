"""Whether processes can share semaphores here; a container whose ``/dev/shm`` is not this user's has none.

joblib starts its processes around semaphores. Without them it would warn wherever it is loaded and do the work on one
core; so it is told (by its own variable, which children inherit), and `fdan.runtime.jobs` starts processes that
need none.
"""

import os
from contextlib import suppress
from importlib import import_module

_SWITCH = "JOBLIB_MULTIPROCESSING"


def look_for_semaphores() -> None:
    """Tell joblib where there are none; to be called before it is loaded."""
    with suppress(ImportError, OSError):
        # By its type: multiprocessing's own Lock starts a process that watches over it.
        import_module("_multiprocessing").SemLock(0, 0, 1, name=f"/fdan-{os.getpid()}", unlink=True)
        return
    os.environ[_SWITCH] = "0"


def has_semaphores() -> bool:
    """Whether joblib can start processes."""
    return os.environ.get(_SWITCH) != "0"

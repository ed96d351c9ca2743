"""Where processes that are started here import from: nothing in the current folder replaces what they need."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[2]

_SAFE_PATH = "PYTHONSAFEPATH"


def import_path(path: Sequence[str], here: str) -> list[str]:
    """Return where a process that is started from here imports from: the current folder comes last.

    So a ``random.py`` in the current folder replaces no module of Python or of a package, while functions of modules
    that lie there are still found. This package is found where it lies now, whatever else is installed.

    Args:
        path: ``sys.path`` of this process.
        here: the current folder.
    """
    others = [entry for entry in path if entry and entry != here]
    place = next((at for at, entry in enumerate(others) if (Path(entry) / "fdan").is_dir()), len(others))
    return [*others[:place], str(_ROOT), *others[place:], *([here] if here in path else [])]


@contextmanager
def safe_path() -> Iterator[None]:
    """Let Python processes that are started meanwhile, joblib's for example, import nothing from the current folder."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before

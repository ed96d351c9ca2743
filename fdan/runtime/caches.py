"""Where libraries keep what they compile and cache for a user without a home, and a queued experiment finds ours."""

import os
import tempfile
from pathlib import Path

CACHES = {
    "MPLCONFIGDIR": "matplotlib",
    "NUMBA_CACHE_DIR": "numba",  # librosa's loops, which end in a trace without one
    "XDG_CACHE_HOME": "xdg",  # torch's hub folder, and whatever else follows the convention
}
"""Variable -> folder below ``.cache``."""


def use_writable_caches() -> None:
    """Where HOME cannot be written, point what is unset to ``.cache`` of the project, or to the temporary folder.

    For the process that calls it before it imports those libraries, and for all that it starts.
    """
    home = Path(os.path.expanduser("~"))
    if os.access(home, os.W_OK):
        return
    place = Path(".cache").absolute()
    if not os.access(place if place.is_dir() else place.parent, os.W_OK):
        place = Path(tempfile.gettempdir()) / f"fdan-{os.getuid()}"
    for variable, name in CACHES.items():
        if not os.environ.get(variable):
            folder = place / name
            folder.mkdir(parents=True, exist_ok=True)
            os.environ[variable] = str(folder)


def share_cache() -> None:
    """In a copy of the project that DVC made for a queued experiment, remember what the project remembers.

    DVC copies what is in git, which ``.cache`` is not: every network would be trained anew.
    """
    for folder in Path.cwd().parents:
        if folder.parts[-3:] == (".dvc", "tmp", "exps") and not Path(".cache").exists():
            cache = folder.parents[2] / ".cache"
            cache.mkdir(exist_ok=True)
            Path(".cache").symlink_to(cache)

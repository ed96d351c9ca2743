import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import os
from pathlib import Path

import pytest

from fdan.runtime.caches import use_writable_caches

use_writable_caches()


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = Path(os.environ.get("FDAN_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real recordings in {folder}; set FDAN_REAL_DATA to their folder")
    return folder

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


@pytest.fixture(autouse=True)
def nothing_is_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that a test runs in this process must not remember what another one's has read."""
    monkeypatch.setattr("fdan.runtime.unchanged._seen", {})
    monkeypatch.setattr("fdan.runtime.params._loaded", {})

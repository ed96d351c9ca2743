import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import os
import sys
from collections.abc import Iterator
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


@pytest.fixture
def stub_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of an encoder of three numbers, and in place of CTranslate2 what reads it, in child processes too."""
    stubs = str(Path(__file__).parent / "stubs")
    real = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "ctranslate2"}
    for name in real:
        del sys.modules[name]
    monkeypatch.syspath_prepend(stubs)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [stubs, os.environ.get("PYTHONPATH")])))
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "model.bin").write_text("whisper")
    (folder / "config.json").write_text('{"alignment_heads": []}')
    yield folder
    sys.modules.pop("ctranslate2", None)
    sys.modules.update(real)


@pytest.fixture(autouse=True)
def nothing_is_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that a test runs in this process must not remember what another one's has read."""
    monkeypatch.setattr("fdan.runtime.input_guard._seen", {})
    monkeypatch.setattr("fdan.runtime.params._loaded", {})

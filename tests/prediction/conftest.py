import os
from pathlib import Path

import pytest
from tones import make


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A project after the stage evaluate: 12 utterances of two emotions, which are tones, and a small network."""
    folder = tmp_path_factory.mktemp("project")
    before = Path.cwd()
    os.chdir(folder)
    try:
        make()
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def project(made, monkeypatch):
    monkeypatch.chdir(made)
    return made

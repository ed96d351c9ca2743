import os
from pathlib import Path

import pytest
from tones import make

from fdan.commands.cli import main
from fdan.prediction import asked


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A project after the stage train: 12 utterances of two emotions, which are tones, and a small network."""
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


@pytest.fixture(scope="session")
def exported(made, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(made)
        folder = tmp_path_factory.mktemp("exported") / "model"
        assert main(["export", str(folder)]) == 0
    return folder


@pytest.fixture
def at_once(monkeypatch):
    """No processes: what they do is done here."""

    def run_sandboxed(function, items, title, parallel, **_):
        return map(function, items)

    monkeypatch.setattr(asked, "run_sandboxed", run_sandboxed)

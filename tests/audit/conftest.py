import os
from pathlib import Path

import pytest

from fdan.audit.findings import Findings, find
from tests.audit.known import DEVIATIONS, make_project


@pytest.fixture(scope="session", params=[True, False], ids=["synthetic", "recorded"])
def project(request, tmp_path_factory) -> tuple[Path, bool, Findings]:
    folder = tmp_path_factory.mktemp("project")
    make_project(folder, request.param)
    before = Path.cwd()
    os.chdir(folder)
    try:
        found = find(["savee", "meld"], DEVIATIONS)
    finally:
        os.chdir(before)
    return folder, request.param, found


@pytest.fixture(scope="session")
def nothing(tmp_path_factory):
    """Findings where no stage has run."""
    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("empty"))
    try:
        return find(["savee", "meld"], DEVIATIONS)
    finally:
        os.chdir(before)

from pathlib import Path

import pytest

from fdan.audit.findings import Findings
from tests.audit.known import found_in, make_project


@pytest.fixture(scope="session", params=[True, False], ids=["synthetic", "recorded"])
def project(request, tmp_path_factory) -> tuple[Path, bool, Findings]:
    folder = tmp_path_factory.mktemp("project")
    make_project(folder, request.param)
    return folder, request.param, found_in(folder, "savee", "meld")


@pytest.fixture(scope="session")
def nothing(tmp_path_factory):
    """Findings where no stage has run."""
    return found_in(tmp_path_factory.mktemp("empty"), "savee", "meld")

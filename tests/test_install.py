"""What `make` installs."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent


def test_every_pinned_package_takes_the_first_python_that_the_project_takes():
    """Debian 12 has 3.11.2, and a package may want 3.11.5."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    first = re.search(r">=(\d+\.\d+)", project["requires-python"])[1] + ".0"
    pins = [line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()]
    seen, refused = 0, []
    for name, _, version in pins:
        try:
            about = metadata(name)
        except PackageNotFoundError:  # of an extra that is not installed
            continue
        if about["Version"] == version:
            seen += 1
            if not SpecifierSet(about.get("Requires-Python", "")).contains(first):
                refused.append(f"{name}=={version}: Python {about['Requires-Python']}")
    assert seen > len(pins) / 2
    assert not refused

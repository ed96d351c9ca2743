"""A folder beside the project in which its stages can run, with params and data of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fdan.errors import FdanError, UnusableError
from fdan.runtime import yaml12
from fdan.runtime.params import PARAMS_FILE
from fdan.runtime.process import output


def require_project() -> None:
    """Raise `UnusableError` where this is not the project's folder, whose code runs elsewhere."""
    if not Path("stages").is_dir():
        raise UnusableError("expected to be started in the project's folder, where stages/ is")


def prepare(folder: Path, document: Mapping[str, Any], cache: Path) -> None:
    """Write params.yaml into a folder, and link the project's weights and a memory of single results into it.

    Args:
        folder: is made if it is not there.
        document: the params; a file that says the same already is left alone.
        cache: of single results; several folders may share one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml12.dump(dict(document))
    params = folder / PARAMS_FILE
    if not params.is_file() or params.read_text(encoding="utf-8") != text:
        with output(params) as path:
            path.write_text(text, encoding="utf-8")
    link(folder / "weights", Path("weights").absolute())
    cache.mkdir(parents=True, exist_ok=True)
    link(folder / ".cache", cache)


def link(place: Path, target: Path) -> None:
    """A symbolic link, if there is none."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.is_symlink():
        place.symlink_to(target)


def environment(**more: str) -> dict[str, str]:
    """The variables of this process, with the project's code importable from anywhere."""
    here = os.pathsep.join([os.getcwd(), *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | {"PYTHONPATH": here} | more


def step(folder: Path, module: str, *arguments: str) -> None:
    """Run a module of the project in a folder, in a process of its own.

    Raises:
        FdanError: it failed; it has said why.
    """
    command = [sys.executable, "-m", module, *arguments]
    if subprocess.run(command, cwd=folder, env=environment(), check=False).returncode:
        raise FdanError(f"{' '.join([module, *arguments])} in {folder}: failed, see above; what is done is kept")

"""Install the packages of requirements.lock and this project into the Python that runs this file.

``make`` runs it in ``.venv``; ``python install.py`` does the same in an environment of your own. It needs pip alone.
Every file is compared with its hash, with two exceptions, each of which is printed: a Python that was not tested gets
the versions of constraints.txt, and so does torch where pip has sources beside PyPI, such as that of the CPU build.
"""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK, PINS = ROOT / "requirements.lock", ROOT / "constraints.txt"
_BUILD = re.compile(r"setuptools")
_TORCH = re.compile(r"torch|torchvision")
_CUDA = re.compile(r"(cuda|nvidia)-.*|triton")


def main() -> int:
    """Install everything and return pip's exit status."""
    tested = tested_pythons((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    here = sys.version_info[:2]
    if here not in tested:
        tried = ", ".join(map(_dotted, tested))
        print(
            f"Python {_dotted(here)} was not tried (tested: {tried}): packages come by version, without hashes.",
            flush=True,
        )
        return _pip("--constraint", PINS, "--editable", f"{ROOT}[dev]") or _pip(
            "--constraint", PINS, "--no-deps", "face-alignment"
        )
    lock, without = LOCK.read_text(encoding="utf-8"), []
    if further := sources(_run("config", "list", stdout=subprocess.PIPE).stdout):
        print(
            f"torch comes by version, without its hash, since pip has sources beside PyPI ({', '.join(further)}).",
            flush=True,
        )
        if status := _pip("--no-deps", "--constraint", PINS, "torch", "torchvision"):
            return status
        without = [_TORCH, *([_CUDA] if version("torch").endswith("+cpu") else [])]
    # Built with the locked setuptools, not with one that pip would fetch without a hash: one package that has no wheel,
    # and the project.
    return (
        _locked(packages(lock, _BUILD.fullmatch))
        or _locked(packages(lock, lambda name: not any(pattern.fullmatch(name) for pattern in without)))
        or _pip("--no-deps", "--no-build-isolation", "--editable", ROOT)
    )


def tested_pythons(pyproject: str) -> list[tuple[int, int]]:
    """Return the versions that the classifiers of a pyproject.toml name, such as ``(3, 11)``."""
    classifiers = tomllib.loads(pyproject)["project"]["classifiers"]
    matches = (re.fullmatch(r"Programming Language :: Python :: (\d+)\.(\d+)", line) for line in classifiers)
    return [(int(match[1]), int(match[2])) for match in matches if match]


def packages(lock: str, keep: Callable[[str], object]) -> str:
    """Return the entries of a lock whose package name ``keep`` accepts: ``name==version``, then its indented hashes."""
    entries = re.findall(r"(?m)^[\w.-]+==.*(?:\n .*)*\n?", lock)
    return "".join(entry for entry in entries if keep(entry.partition("==")[0]))


def sources(settings: str) -> list[str]:
    """Return what ``pip config list`` says of sources beside the index: ``extra-index-url``, ``find-links``."""
    return sorted(set(re.findall(r"(?m)^\S*\.(extra-index-url|find-links)=", settings)))


def _locked(lock: str) -> int:
    """Install what a lock names, and nothing else: it is complete."""
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder, LOCK.name)
        part.write_text(lock, encoding="utf-8")
        return _pip("--no-deps", "--no-build-isolation", "--use-pep517", "--require-hashes", "--requirement", part)


def _pip(*arguments: str | Path) -> int:
    """Run ``pip install``, show what it says, and say what helps where it fails."""
    result = _run("install", "--quiet", *arguments, stderr=subprocess.PIPE)
    sys.stderr.write(result.stderr)
    if "DO NOT MATCH THE HASHES" in result.stderr:
        print(
            f"{LOCK.name}: pip fetched a file whose hash is not in the lock (both are printed above): expected PyPI's "
            f"own file; undo what changed the lock (git checkout {LOCK.name}), and see where pip fetches from "
            "(pip config list)",
            file=sys.stderr,
        )
    elif result.returncode:
        print("pip: could not install (its reason is printed above): the same command tries again", file=sys.stderr)
    return result.returncode


def _run(*arguments: str | Path, **pipes: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pip", *arguments]
    return subprocess.run(command, text=True, check=False, env=_environment(), **pipes)  # type: ignore[call-overload, no-any-return]


def _environment() -> dict[str, str]:
    """The variables of this process; in a virtual environment without those by which pip would install elsewhere."""
    if sys.prefix == sys.base_prefix:
        return dict(os.environ)
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    return {name: value for name, value in os.environ.items() if name not in elsewhere} | {"PIP_USER": "0"}


def _dotted(python: tuple[int, int]) -> str:
    return "{}.{}".format(*python)


if __name__ == "__main__":
    sys.exit(main())

"""What a result was made with: processor, libraries, pins, settings and the hashes of all outputs."""

from fdan.numerics.pins import ONE_THREAD, PINS, UNPINNED, why_unpinned

import hashlib
import json
import os
import platform
import re
import subprocess
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import Any

from fdan.errors import FdanError

PROJECT = "fdan-repro"
"""The name in pyproject.toml."""

FILES = ("params.yaml", "dvc.yaml", "dvc.lock", "constraints.txt")
"""Hashed with the data: settings and pins."""

DATA = (
    *("data/manifests", "data/recordings", "data/faces", "data/mels", "data/splits", "data/features", "data/inputs"),
    *("runs", "reports"),
)
"""Where the pipeline's outputs lie. Raw clips are not hashed: ``data/recordings`` has their digests."""

MADE = ("data/demo", "data/sounds", *DATA)
"""And what the reports are not made of directly."""

_SETS = re.compile(r"sse4_[12]|avx\w*|fma|f16c|amx\w*")
_INDIRECT = ("joblib", "llvmlite", "numba", "scipy", "soxr")
"""Libraries that compute, without being required by name."""


def made_unpinned(roots: Sequence[str] = MADE) -> list[str]:
    """Return a line for each reason why results are not the pinned ones: a place, how many more, and the remedy."""
    return [
        f"{places[0]}{f' and {len(places) - 1} more' if places[1:] else ''}: {why}"
        for why, places in unpinned_places(roots).items()
    ]


def unpinned_places(roots: Sequence[str] = MADE) -> dict[str, list[str]]:
    """Return the files and folders below `roots` that say why their numbers are not the pinned ones, by the reason."""
    found: dict[str, list[str]] = {}
    for root in map(Path, roots):
        for note in sorted(root.rglob(UNPINNED)):
            found.setdefault(note.read_text(encoding="utf-8").strip(), []).append(str(note.parent))
        for file in sorted([*root.rglob("*.safetensors"), *root.glob("*.zip")]):
            if why := _comment(file) if file.suffix == ".zip" else _metadata(file).get("unpinned"):
                found.setdefault(why, []).append(str(file))
    return found


def _comment(archive: Path) -> str:
    """What an archive says of itself; nothing where it is broken."""
    with suppress(OSError, ValueError, zipfile.BadZipFile), zipfile.ZipFile(archive) as opened:
        return opened.comment.decode()
    return ""


def _metadata(file: Path) -> dict[str, Any]:
    """What this project wrote at the head of a safetensors file; nothing where it is not this project's."""
    with suppress(OSError, ValueError, KeyError, TypeError), file.open("rb") as stream:
        head = json.loads(stream.read(int.from_bytes(stream.read(8), "little")))
        return dict(json.loads(head["__metadata__"]["fdan"]))
    return {}


class ProvenanceError(FdanError):
    """A file that describes the environment cannot be read."""


def pins() -> dict[str, Any]:
    """Whether the arithmetic is pinned, and the variables that decide it."""
    return {"unpinned": why_unpinned() or None, "variables": {n: os.environ.get(n) for n in sorted(PINS | ONE_THREAD)}}


def processor() -> dict[str, Any]:
    """The processor's maker and name, its cores, and the instruction sets that arithmetic may use."""
    text = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        text = cpuinfo.read_text(encoding="utf-8", errors="replace").partition("\n\n")[0]
    fields = dict(re.findall(r"(?m)^([^\t:]+?)\s*: (.*)$", text))
    return {
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "instruction sets": sorted(flag for flag in fields.get("flags", "").split() if _SETS.fullmatch(flag)),
        "maker": fields.get("vendor_id"),
        "name": fields.get("model name", platform.processor() or None),
    }


def packages(constraints: Path = Path("constraints.txt")) -> dict[str, Any]:
    """Versions of the libraries that compute, and every installed one that is not as pinned.

    A local part of a version (``+cpu``) says how it was built, and is no difference.
    """
    try:
        required = [
            re.match(r"[\w.-]+", line) for line in distribution(PROJECT).requires or () if "extra ==" not in line
        ]
    except PackageNotFoundError:
        required = []
    names = sorted({match[0] for match in required if match} | set(_INDIRECT))
    pins = (
        re.findall(r"(?m)^([\w.-]+)==(\S+)$", constraints.read_text(encoding="utf-8")) if constraints.is_file() else []
    )
    unlike = {}
    for name, pinned in pins:
        found = _version(name)
        if found is not None and found.partition("+")[0] != pinned:
            unlike[name] = {"installed": found, "pinned": pinned}
    return {"unlike constraints.txt": unlike, "versions": {name: _version(name) for name in names}}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def arithmetic() -> dict[str, Any]:
    """What the libraries chose to compute with on this machine, as they say themselves."""
    import cv2
    import numpy as np
    import scipy.linalg  # noqa: F401 (loads its own OpenBLAS, which threadpoolctl then sees)
    import threadpoolctl
    import torch

    pools = [
        {key: pool[key] for key in ("internal_api", "architecture", "version", "num_threads") if key in pool}
        for pool in threadpoolctl.threadpool_info()
    ]
    built = re.findall(r"(?m)^\s+- (.*(?:Kernel|MKL-DNN).*)$", torch.__config__.show())
    return {
        "GPU": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "NumPy": np.show_config("dicts")["SIMD Extensions"],
        "OpenCV": cv2.getCPUFeaturesLine(),
        "thread pools": sorted(pools, key=json.dumps),
        "torch": {"built with": built, "instruction set": torch.backends.cpu.get_cpu_capability()},
    }


def commit(folder: Path = Path()) -> dict[str, Any]:
    """The commit, and the files that are not as committed; empty outside a git repository."""

    def git(*arguments: str) -> str | None:
        try:
            result = subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True, timeout=60
            )
        except (OSError, subprocess.SubprocessError):
            return None
        return result.stdout

    head = git("rev-parse", "HEAD")
    if head is None:
        return {}
    changed = (git("status", "--porcelain", "--untracked-files=no") or "").splitlines()
    return {"commit": head.strip(), "changed": sorted(line[3:] for line in changed)}


def file_hashes(root: Path = Path()) -> dict[str, str]:
    """MD5 of the settings and of every output that is there; for a single file the one that ``dvc.lock`` holds."""
    files = [root / name for name in FILES if (root / name).is_file()]
    for folder in DATA:
        files += sorted(path for path in (root / folder).rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(root).as_posix(): _md5(path) for path in files}


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def provenance(root: Path = Path()) -> dict[str, Any]:
    """Everything there is to say, as plain data.

    Args:
        root: the repository's root.

    Raises:
        ProvenanceError: `root` has no params.yaml.
    """
    settings = root / "params.yaml"
    if not settings.is_file():
        raise ProvenanceError(f"{settings}: no such file; run from the repository's root")
    return {
        "arithmetic": arithmetic(),
        "environment": pins(),
        "files": file_hashes(root),
        "packages": packages(root / "constraints.txt"),
        "params": settings.read_text(encoding="utf-8").splitlines(),
        "processor": processor(),
        "project": commit(root),
        "system": {
            "C library": " ".join(platform.libc_ver()),
            "Python": f"{platform.python_implementation()} {platform.python_version()}",
            "system": f"{platform.system()} {platform.release()}",
        },
    }

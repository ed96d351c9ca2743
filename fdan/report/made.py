"""How it was made: what differs from the paper's parameters, the data's hashes, and whether the pins held."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fdan.provenance import made_unpinned

HASHED = (
    *("data/recordings/{}.csv", "data/manifests/{}.csv", "data/splits/{}.csv"),
    *("data/features/visual/{}.safetensors", "data/features/acoustic/{}.safetensors"),
)
"""Of each corpus, single files whose MD5 dvc.lock holds too; the first lists the digest of every recording."""


@dataclass(frozen=True)
class Difference:
    """A parameter that is not as params.paper.yaml has it, as YAML writes both."""

    key: str
    here: str
    paper: str


@dataclass(frozen=True)
class Made:
    """What tells one report from another: parameters, data, arithmetic.

    Attributes:
        differences: from params.paper.yaml.
        hashes: file -> MD5.
        unpinned: a line for each reason why a result is not the pinned one.
    """

    differences: tuple[Difference, ...]
    hashes: Mapping[str, str]
    unpinned: tuple[str, ...]


def how_made(here: Mapping[str, Any], paper: Mapping[str, Any], corpora: list[str]) -> Made:
    """Everything there is to say.

    Args:
        here: sections of params.yaml.
        paper: sections of params.paper.yaml.
        corpora: whose files are hashed.
    """
    files = [Path(name.format(corpus)) for corpus in corpora for name in HASHED]
    hashes = {file.as_posix(): _md5(file) for file in files if file.is_file()}
    return Made(tuple(differences(here, paper)), hashes, tuple(made_unpinned()))


def differences(here: Mapping[str, Any], paper: Mapping[str, Any], above: str = "") -> Iterator[Difference]:
    """Where the two say something else; what the paper's file does not name is ours to choose, and no difference."""
    for name, value in paper.items():
        found = here.get(name)
        if isinstance(value, Mapping) and isinstance(found, Mapping):
            yield from differences(found, value, f"{above}{name}.")
        elif found != value:
            yield Difference(f"{above}{name}", printed(found), printed(value))


def printed(value: object) -> str:
    """A value in print."""
    if isinstance(value, list):
        return ", ".join(map(printed, value))
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {printed(item)}" for key, item in value.items())
    if value is None or isinstance(value, bool):
        return {None: "—", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()

"""How it was made: what differs from the paper's parameters, the data's hashes, and whether the pins held."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fdan.results.deviations import Deviation
from fdan.runtime.project import Project
from fdan.runtime.provenance import DATA, made_unpinned

HASHED = (
    *("data/recordings/{}.csv", "data/manifests/{}.csv", "data/splits/{}.csv"),
    *("data/features/visual/{}.safetensors", "data/features/acoustic/{}.safetensors"),
)
"""Of each corpus, single files whose MD5 dvc.lock holds too; the first lists the digest of every recording."""


@dataclass(frozen=True)
class Provenance:
    """What tells one report from another: parameters, data, arithmetic.

    Attributes:
        deviations: from params.paper.yaml.
        hashes: file -> MD5.
        unpinned: a line for each reason why a result is not the pinned one.
    """

    deviations: tuple[Deviation, ...]
    hashes: Mapping[str, str]
    unpinned: tuple[str, ...]


def how_made(project: Project, deviations: Sequence[Deviation], corpora: Sequence[str]) -> Provenance:
    """Return everything there is to say.

    Args:
        project: whose files are looked at.
        deviations: from params.paper.yaml.
        corpora: whose files are hashed.
    """
    names = [name.format(corpus) for corpus in corpora for name in HASHED]
    hashes = {name: _md5(project.root / name) for name in names if (project.root / name).is_file()}
    return Provenance(tuple(deviations), hashes, tuple(made_unpinned([str(project.root / name) for name in DATA])))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()

"""What was computed of each utterance, kept outside of DVC's outputs: an interrupted extraction goes on where it was.

An entry's name is a hash of everything its value depends on: the bytes that go in, the params, the code and the
libraries. So entries are never wrong, at most of no use any more; the whole folder may be removed at any time.
"""

from fdan.numerics.pins import arithmetic

import ast
import hashlib
import json
import os
import sys
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from io import BufferedReader
from pathlib import Path
from typing import Any

from fdan.errors import FdanError

FOLDER = Path(".cache")
"""Of all entries, in the project; git and DVC ignore it."""

_CHECKSUM = 65
"""Bytes of an entry's first line."""

_CARRIERS = ("fdan.errors", "fdan.runtime")

_ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class CacheEntry:
    """What was computed of one clip or image.

    Attributes:
        about: plain data, as JSON gives it back: lists, not tuples.
        blobs: encoded images, or bytes of numbers.
    """

    about: Any
    blobs: tuple[bytes, ...]


class Cache:
    """Entries of one kind; a folder that cannot be written or read is worth one warning, never an error."""

    def __init__(self, kind: str, params: object, code: Collection[str], libraries: Collection[str]) -> None:
        """Open the entries that were made with these params, this code and these libraries.

        Args:
            kind: names their folder.
            params: what the value depends on beside the input; its ``repr`` counts.
            code: files of the project, such as ``fdan/samples/crops.py``.
            libraries: distributions whose versions count. The pins and the device count as well.
        """
        self._folder = FOLDER / kind
        versions = f"Python {sys.version_info[:2]} {_versions(tuple(sorted(libraries)))}"
        self._basis = f"{params!r}\n{_code(tuple(sorted(code)))}\n{versions}\n{arithmetic()}"
        self._warned = False
        self._found = self._made = 0

    @property
    def counts(self) -> str:
        """For a stage's summary line, of a cache of what was trained."""
        return f"trained {self._made}, known {self._found}"

    def key(self, *inputs: str) -> str:
        """The name of the entry for these inputs, such as the digest of a clip."""
        return hashlib.sha256(repr((self._basis, inputs)).encode()).hexdigest()

    def read(self, key: str) -> CacheEntry | None:
        """An entry; None if there is none, or it is damaged."""
        try:
            with self._path(key).open("rb") as file:
                entry = _read(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._warn("read", error)
            return None
        with suppress(OSError):
            os.utime(self._path(key))  # `fdan cache --prune` keeps what is in use
        self._found += entry is not None
        return entry

    def write(self, key: str, entry: CacheEntry) -> None:
        """Keep an entry; it appears whole or not at all."""
        self._made += 1
        if self._warned:
            return
        head = json.dumps({"about": entry.about, "lengths": [len(blob) for blob in entry.blobs]}).encode() + b"\n"
        checksum = hashlib.sha256(head)
        for blob in entry.blobs:
            checksum.update(blob)
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:  # piece by piece: a training's state may be a gigabyte
                file.writelines([checksum.hexdigest().encode(), b"\n", head, *entry.blobs])
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            self._warn("written", error)

    def remove(self, key: str) -> None:
        """Forget an entry."""
        with suppress(OSError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]

    def _warn(self, what: str, error: OSError) -> None:
        if not self._warned:
            self._warned = True
            reason = error.strerror or error
            print(
                f"  {self._folder}: cannot be {what} ({reason}): nothing is kept for an interrupted run",
                file=sys.stderr,
            )


def _read(file: BufferedReader) -> CacheEntry | None:
    """The entry in a file; None if that is damaged."""
    checksum = file.readline(_CHECKSUM)
    start = file.tell()
    if checksum != hashlib.file_digest(file, "sha256").hexdigest().encode() + b"\n":
        return None
    file.seek(start)
    stated = json.loads(file.readline())
    return CacheEntry(stated["about"], tuple(file.read(length) for length in stated["lengths"]))


@cache
def code_of(module: str) -> tuple[str, ...]:
    """The files of the project that decide what a module computes: its own, and all that it imports.

    Imports are read from the syntax trees, so what else the process has loaded does not count. The room ``runtime``
    and the exceptions decide how work is run and never what it gives, so they are left out.

    Args:
        module: its name, ``__name__``.
    """
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = f"{name.replace('.', '/')}.py"
        if file in found or name.startswith(_CARRIERS) or not (_ROOT / file).is_file():
            continue
        found.add(file)
        waiting += _imports(_ROOT / file)
    return tuple(sorted(found))


@cache
def _imports(file: Path) -> tuple[str, ...]:
    """What a file imports of the project; a name that is imported from a module may itself be one."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("fdan.")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("fdan"):
            found += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


@cache
def _code(names: tuple[str, ...]) -> str:
    """A digest of what the project's rooms and files of these names compute: words about it do not count."""
    files = sorted(
        file for name in names for file in ((_ROOT / name).glob("*.py") if "." not in name else [_ROOT / name])
    )
    # A room that moved would else leave the key without a word, and its edits would compute nothing anew.
    assert all((_ROOT / name).exists() for name in names), names
    found = [(file.relative_to(_ROOT).as_posix(), _meaning(file.read_text(encoding="utf-8"))) for file in files]
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _meaning(source: str) -> str:
    """The syntax tree of a file without comments, docstrings and other texts that are no part of a statement."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@cache
def _versions(names: tuple[str, ...]) -> str:
    found = []
    for name in names:
        with suppress(PackageNotFoundError):
            found.append(f"{name}=={version(name)}")
    return " ".join(found)


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex.

    Raises:
        FdanError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise FdanError(f"{path}: cannot be read ({error.strerror})") from None

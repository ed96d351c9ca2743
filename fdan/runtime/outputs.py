"""Outputs of commands. Their place is the user's: whatever lies there and was not made by the command stays as it is.

A stage's own outputs, which DVC knows and removes before a rerun, go through `fdan.runtime.process.output`.
"""

import argparse
import hashlib
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psutil

from fdan.errors import FdanError, UnusableError

OVERWRITE = "--overwrite"

NEW_FILE = f"name a new file, or add {OVERWRITE} to replace a file"
"""What the commands with that option recommend."""

FORMER = Path("build/former")
"""Where files go that a command of the project replaces by design; git ignores the folder."""

MARK = ".fdan-work"
"""The file that says that a folder was made by a command to work in."""

_LONGEST = 255
"""Bytes that a file name can have."""

_TEMPORARY = re.compile(r"\.fdan-(\d+)-\w+\.tmp")

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a link to itself",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def add_overwrite(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option that allows to replace `what`: files alone, never folders, pipes or devices."""
    parser.add_argument(OVERWRITE, action="store_true", help=f"replace {what} if it exists")


def free_place(path: Path, overwrite: bool = False, cure: str = "name a new file") -> Path:
    """Return where a file can be written, with links followed; nothing is created or changed.

    Args:
        path: what the user named; folders above it need not exist.
        overwrite: whether a file that lies there may be replaced.
        cure: what the message recommends where a file exists and may not be replaced.

    Raises:
        UnusableError: something lies there that is not ours to replace, or nothing can be written there.
    """
    if is_stream(path):
        return path
    place = _real(path)
    try:
        found = place.lstat()
    except FileNotFoundError:
        _require_writable(path, place.parent)
        return place
    except OSError as error:
        raise UnusableError(f"{path}: cannot be written ({error.strerror}); {cure}") from None
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "no regular file")
        raise UnusableError(f"{path}: is {kind}, which no file replaces; name a new file")
    if not overwrite:
        raise UnusableError(f"{path}: exists already; {cure}")
    if not found.st_mode & 0o222:
        raise UnusableError(f"{path}: is read-only; {cure}")
    _require_writable(path, place.parent)
    return place


def free_folder(path: Path, overwrite: bool = False, cure: str = "name a new or an empty folder") -> Path:
    """Return a folder into which files can be written, with links followed; nothing is created or changed.

    Args:
        path: what the user named.
        overwrite: whether it may hold files already.
        cure: what the message recommends where it may not be used.

    Raises:
        UnusableError: it is no folder, holds files already, or cannot be written.
    """
    place = _real(path)
    try:
        ignored = {name for name in os.listdir(place) if name == "lost+found" or _TEMPORARY.fullmatch(name)}
        held = min({*os.listdir(place)} - ignored, default="")
    except FileNotFoundError:
        held = ""
    except OSError as error:
        raise UnusableError(f"{path}: cannot be used as a folder ({error.strerror}); {cure}") from None
    if held and not overwrite:
        raise UnusableError(f"{path}: holds files already, {held!r} among them; {cure}")
    _require_writable(path, place)
    return place


@contextmanager
def new_file(path: Path, overwrite: bool = False, cure: str = "name a new file") -> Iterator[Path]:
    """Yield a temporary name beside a file that the user named; it takes its place whole, on success only.

    Args:
        path: as of `free_place`, like the other arguments.
        overwrite: whether a file that lies there is replaced.
        cure: what the message recommends where a file exists and may not be replaced.

    Raises:
        UnusableError: as `free_place`.
        FdanError: it cannot be written, or another process took the place meanwhile.
    """
    place = free_place(path, overwrite, cure)
    if is_stream(place):
        yield place
        return
    temporary = None
    try:
        with temporary_folder(place.parent) as folder:
            temporary = folder / f"new{place.suffix}"
            yield temporary
            if not overwrite:
                _appear(temporary, place, path)
                return
            if place.exists():
                temporary.chmod(stat.S_IMODE(place.stat().st_mode))
            temporary.replace(place)
    except OSError as error:
        if error.filename is not None and temporary is not None and Path(str(error.filename)) != temporary:
            raise  # of another file, which it names
        raise FdanError(f"{path}: cannot be written ({error.strerror or error}); nothing was changed") from None


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Yield a new hidden folder in another, which is made if need be; what killed processes have left there goes.

    Its name is of its own length, since the user's may be as long as a name can be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.iterdir():
        if (name := _TEMPORARY.fullmatch(left.name)) and not psutil.pid_exists(int(name[1])):
            shutil.rmtree(left, ignore_errors=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".fdan-{os.getpid()}-", suffix=".tmp", dir=folder))
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _appear(temporary: Path, place: Path, path: Path) -> None:
    """Give a file its name, unless there is one of that name by now."""
    try:
        os.link(temporary, place)
    except FileExistsError:
        kept = _numbered(place.with_name(f"{place.stem[:50]}.new{place.suffix}"))  # a character has up to four bytes
        temporary.rename(kept)
        raise FdanError(f"{path}: another process has made it meanwhile; this one's is {kept}") from None
    except OSError:  # a file system without links
        if os.path.lexists(place):
            raise
        temporary.rename(place)


@contextmanager
def replaced_file(path: Path) -> Iterator[Path]:
    """As `new_file`, for what a command replaces by design, such as params.yaml; the former is kept in `FORMER`.

    Nothing is kept where the new file has the same bytes.
    """
    with new_file(path, overwrite=True) as temporary:
        yield temporary
        if path.is_file() and not same_bytes(path, temporary):
            print(f"{path}: the former one is {keep_former(path)}", file=sys.stderr)


def keep_former(path: Path) -> Path:
    """Copy a file to `FORMER`, numbered where there is one of its name with other bytes; return the copy."""
    kept = _numbered(FORMER / path.name, path)
    if not kept.exists():
        with new_file(kept) as temporary:
            temporary.write_bytes(path.read_bytes())
            shutil.copystat(path, temporary)
    return kept


def claim(folder: Path, default: Path) -> None:
    """Take a folder to work in: a new or an empty one, one that was taken before, or the command's default.

    Raises:
        UnusableError: it holds something else, is no folder, or cannot be written.
    """
    ours = _real(folder) == _real(default) or (folder / MARK).is_file()
    cure = "a command works in a folder of its own and replaces what is there; name a new or an empty folder"
    free_folder(folder, overwrite=ours, cure=cure).mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _numbered(path: Path, same_as: Path | None = None) -> Path:
    """The first of ``name``, ``name-2``, ... that is free, or holds the same bytes as another file."""
    for number in count(1):
        found = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        if not os.path.lexists(found):
            return found
        if same_as and found.is_file() and same_bytes(found, same_as):
            return found
    raise AssertionError("unreachable: names without end")


def derived_name(name: str, ending: str) -> str:
    """A file name made from another: with an ending, and where that is too long, cut with a hash of the whole."""
    whole = os.fsencode(f"{name}{ending}")
    if len(whole) <= _LONGEST:
        return f"{name}{ending}"
    mark = f"-{hashlib.sha256(whole).hexdigest()[:8]}{ending}"
    return f"{whole[: _LONGEST - len(mark)].decode(errors='ignore')}{mark}"


def same_bytes(one: Path, other: Path) -> bool:
    """Whether two files have the same contents."""
    return one.stat().st_size == other.stat().st_size and sha256_of(one) == sha256_of(other)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_stream(path: Path) -> bool:
    """Whether this is what a shell calls a file: /dev/stdout, or /dev/fd/63 of ``>(...)``. It is written as it is."""
    return path.parts[:2] == ("/", "dev") and path.parts[2:3] != ("shm",) and path.exists() and not path.is_dir()


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _require_writable(path: Path, folder: Path) -> None:
    """Raise `UnusableError` where nothing can be made in a folder, or in the nearest one above it that exists."""
    try:
        while not os.path.lexists(folder):
            folder = folder.parent
        found = folder.stat()
    except OSError as error:
        raise UnusableError(f"{path}: cannot be written ({error.strerror})") from None
    if not stat.S_ISDIR(found.st_mode):
        raise UnusableError(f"{path}: cannot be written ({folder} is no folder)")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UnusableError(f"{path}: cannot be written ({folder} cannot be written to)")

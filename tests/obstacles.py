"""What may lie where a command is told to write, and whether it still lies there afterwards."""

import os
import socket
from pathlib import Path

WORDS = b"mine\n"


def _file(place):
    place.write_bytes(WORDS)


def _read_only(place):
    place.write_bytes(WORDS)
    place.chmod(0o444)


def _folder(place):
    (place / "deeper").mkdir(parents=True)
    (place / "deeper/part-0.csv").write_bytes(WORDS)


def _link_to_a_file(place):
    _file(place.with_name("elsewhere"))
    place.symlink_to("elsewhere")


def _link_to_a_folder(place):
    _folder(place.with_name("elsewhere"))
    place.symlink_to("elsewhere")


def _link_to_itself(place):
    place.symlink_to(place.name)


def _pipe(place):
    os.mkfifo(place)


def _socket(place):
    here = os.getcwd()
    os.chdir(place.parent)  # a socket's address has 108 bytes at most
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(place.name)
    finally:
        os.chdir(here)


OBSTACLES = {
    "file": _file,
    "read-only file": _read_only,
    "folder": _folder,
    "link to a file": _link_to_a_file,
    "link to a folder": _link_to_a_folder,
    "link to itself": _link_to_itself,
    "pipe": _pipe,
    "socket": _socket,
}
"""Name -> a function that puts it at a place."""

FILES = ("file", "link to a file")
"""Those that may be replaced if the user says so."""


def look(folder: Path) -> dict[str, tuple]:
    """Everything below a folder: kind, inode, mode, where a link points, and a file's bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        what = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(folder))] = (about.st_mode, about.st_ino, what)
    return found


def one_line(error: str, command: str, place: Path | str) -> bool:
    """Whether what a command said is a single line that names the place."""
    *before, last = error.splitlines()
    return (
        last.startswith(f"fdan {command}: error: ") and str(place) in last and not any("Traceback" in b for b in before)
    )

"""What lies in a folder and is not to be read there, or cannot be: links, devices, closed files; and what to do."""

import os
import stat
from pathlib import Path

from fdan.corpora.junk import is_junk
from fdan.data.manifest import leaves

ANNEX = "a git-annex link whose file is not here; fetch it with git annex get, or datalad get"

ELSEWHERE = "a link that leaves the corpus folder; copy the files themselves there, for example with cp -rL"

NOWHERE = "a link to no file; put the file itself there, or remove the link"

NOT_UTF8 = "a name that is not UTF-8; rename it"

SPECIAL = "not a regular file"


def problem_of(root: Path, path: Path) -> str:
    """Why nothing is read from a file or a folder below `root`; empty where it may be."""
    if not _is_utf8(path.name):
        return NOT_UTF8
    try:
        if path.is_symlink():
            return _problem_of_link(root, path)
        return "" if path.is_dir() or stat.S_ISREG(path.stat().st_mode) else SPECIAL
    except (OSError, RuntimeError) as error:  # removed meanwhile, a circle of links
        return _cannot(error)


def _problem_of_link(root: Path, path: Path) -> str:
    if _is_annexed(path) and not path.exists():
        return ANNEX
    if leaves(root, path):
        return ELSEWHERE
    if path.is_dir():
        return "a link to a folder of the corpus, whose files are read there"
    if path.exists():
        return "" if path.is_file() else SPECIAL
    return NOWHERE


def what_ends_dvc(folder: Path, *, ignoring: bool) -> dict[str, list[str]]:
    """What DVC ends at with an errno alone, or waits at for ever, when it reads all files of a folder.

    Args:
        folder: that a stage depends on.
        ignoring: whether .dvcignore holds there, so that DVC passes by what file managers leave.

    Returns:
        Reason -> paths below the folder, sorted.
    """
    found: dict[str, list[str]] = {}
    for parent, folders, files in os.walk(folder):  # which lists linked folders and does not enter them, as DVC does
        if ignoring:
            folders[:] = [name for name in folders if not is_junk(name)]
            files = [name for name in files if not is_junk(name)]
        for name in files:
            path = Path(parent, name)
            if why := _why_not_hashed(path):
                found.setdefault(why, []).append(path.relative_to(folder).as_posix())
    return {why: sorted(paths) for why, paths in sorted(found.items())}


def _why_not_hashed(path: Path) -> str:
    if not _is_utf8(path.name):
        return NOT_UTF8
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return SPECIAL
        return "" if os.access(path, os.R_OK) else "closed to you; make it readable, or move it elsewhere"
    except (OSError, RuntimeError) as error:
        if path.is_symlink():
            return ANNEX if _is_annexed(path) else NOWHERE
        return _cannot(error)


def _is_annexed(path: Path) -> bool:
    return ".git/annex/objects" in os.readlink(path)


def _is_utf8(name: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in name)


def _cannot(error: Exception) -> str:
    return f"cannot be read ({getattr(error, 'strerror', None) or 'a circle of links'})"

"""What lies below a corpus folder, and nothing that does not."""

import os
import stat
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from fdan.data.emotions import CorpusError, shown
from fdan.data.manifest import leaves


def walk(folder: Path, notes: list[str], corpus: str) -> list[PurePosixPath]:
    """All regular files below a corpus folder, sorted, as paths relative to it.

    A link counts as the file it leads to, if that lies below the folder as well. Links that lead out of
    it or nowhere, linked folders, devices, and names that are not UTF-8 are left out and noted.

    Args:
        folder: the corpus folder, which may be a link itself.
        notes: takes one line for everything that is left out.
        corpus: the corpus' name, for the error message.

    Raises:
        CorpusError: there is no such folder, or one below it cannot be listed.
    """
    if not folder.is_dir():
        what = "a file" if folder.exists() else "no such folder"
        raise CorpusError(f"{folder}: {what}; raw.{corpus} in params.yaml must be the corpus' own folder")
    root = folder.resolve()
    found = []
    for parent, folders, files in os.walk(root, onerror=_refuse):
        for name in sorted(folders) + sorted(files):
            path = Path(parent, name)
            relative = path.relative_to(root).as_posix()
            if not _is_utf8(name):
                notes.append(f"{shown(relative)}: a name that is not UTF-8, left out")
                if name in folders:
                    folders.remove(name)
            elif path.is_symlink() and leaves(root, path):
                notes.append(f"{shown(relative)}: a link that leaves the corpus folder, left out")
            elif path.is_symlink() and not path.is_file():
                notes.append(f"{shown(relative)}: a link to no file, left out")
            elif name not in folders:
                if stat.S_ISREG(path.stat().st_mode):
                    found.append(PurePosixPath(relative))
                else:
                    notes.append(f"{shown(relative)}: not a regular file, left out")
    return sorted(found)


def _refuse(error: OSError) -> None:
    raise CorpusError(f"{error.filename}: cannot be listed ({error.strerror})")


def _is_utf8(name: str) -> bool:
    return not any("\udc80" <= character <= "\udcff" for character in name)


def count_strangers(paths: Iterable[PurePosixPath], what: str) -> list[str]:
    """One note per suffix on files that belong to no utterance; `what` says what they are not."""
    kinds = Counter(path.suffix.lower() or "no suffix" for path in paths)
    return [f"{n} files ({shown(kind)}) {what}, left out" for kind, n in sorted(kinds.items())]


def preferred(copies: Mapping[str, PurePosixPath], kinds: Sequence[str]) -> str:
    """Of several copies of a recording the path of the first of these kinds; empty if there is none."""
    return next((copies[kind].as_posix() for kind in kinds if kind in copies), "")


def count_unused(found: Mapping[str, Mapping[str, PurePosixPath]], used: Iterable[str]) -> list[str]:
    """A note on the copies of recordings that no utterance uses."""
    unused = len({path.as_posix() for copies in found.values() for path in copies.values()} - set(used))
    return [f"{unused} further copies of recordings, not used"] if unused else []

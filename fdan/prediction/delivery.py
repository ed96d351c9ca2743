"""Files that are delivered into a folder of the user's, again and again, without a loss of anything else in it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from fdan.errors import FdanError, UnusableError
from fdan.runtime.outputs import free_folder, sha256_of, temporary_folder

MANIFEST = "fdan-export.json"

TEXTS = (".md", ".py")
"""Suffixes of files that people edit: an edited one stays, and the new one lies beside it."""

_CURE = "move it away, or name a new folder"

_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_LIST = TypeAdapter(dict[_Name, list[_Digest]])


class Delivery:
    """A folder that takes new files: a new one, an empty one, or one of an earlier delivery.

    Hidden files, such as ``.git``, and what a new file system holds do not count.

    Attributes:
        notes: what the user should know after a delivery: which files were kept.

    Args:
        folder: the user's.

    Raises:
        UnusableError: it holds other things, or a file that people do not edit is not what was delivered.
    """

    def __init__(self, folder: Path) -> None:
        made = _read(folder)
        if made is None and (held := _held(folder)):
            why = f"without {MANIFEST}, which exports of earlier versions lack too"
            raise UnusableError(
                f"{folder}: exists and is no exported model, {why}; it holds {held!r}; name a new folder"
            )
        self.notes: list[str] = []
        self._named, self._folder = folder, free_folder(folder, overwrite=True)
        self._made = made or {}
        for name in self._made:
            if not name.endswith(TEXTS) and self._is_edited(name):
                raise UnusableError(f"{folder / name}: changed since it was exported; {_CURE}")

    @contextmanager
    def files(self) -> Iterator[Path]:
        """Yield a temporary folder; the files that are written into it take their places in the end, or none does.

        Raises:
            UnusableError: a file would have to replace one of the user's.
            FdanError: the folder cannot be written, or the disk is full.
        """
        try:
            with temporary_folder(self._folder) as temporary:
                yield temporary
                self._deliver(temporary)
        except OSError as error:
            if error.filename is not None and self._folder not in Path(str(error.filename)).parents:
                raise  # of another file, which it names
            raise FdanError(f"{self._named}: cannot be written ({error.strerror or error}); run it again") from None

    def _deliver(self, temporary: Path) -> None:
        """Put each file into its place; at any moment the list holds what may lie there."""
        places = {new: self._place(new.name) for new in sorted(temporary.iterdir())}
        digests = {place.name: [sha256_of(new)] for new, place in places.items()}
        names = self._made.keys() | digests.keys()
        _write(self._folder, temporary, {n: [*self._made.get(n, ()), *digests.get(n, ())] for n in names})
        for name in self._made.keys() - digests.keys():  # of the former model, such as an ONNX file
            if not self._is_edited(name):
                (self._folder / name).unlink(missing_ok=True)
        for new, place in places.items():
            new.replace(place)
        _write(self._folder, temporary, digests)

    def _place(self, name: str) -> Path:
        """Where a file goes: its own name, or one beside a file that is there and not ours."""
        path = self._folder / name
        if not self._is_edited(name):
            return path
        if not name.endswith(TEXTS):
            raise UnusableError(f"{self._named / name}: exists and was not exported; {_CURE}")
        for number in count(1):
            beside = f"{path.stem}.new{f'-{number}' if number > 1 else ''}{path.suffix}"
            if not self._is_edited(beside):
                self.notes.append(f"{self._named / name}: edited, so it stays; the new one is {beside}")
                return self._folder / beside
        raise AssertionError("unreachable: names without end")

    def _is_edited(self, name: str) -> bool:
        """Whether something lies there that no delivery made."""
        path = self._folder / name
        if not os.path.lexists(path):
            return False
        return path.is_symlink() or not path.is_file() or sha256_of(path) not in self._made.get(name, ())


def _write(folder: Path, temporary: Path, files: Mapping[str, list[str]]) -> None:
    new = temporary / MANIFEST
    about = "the files that `fdan export` made, with their SHA-256"
    new.write_text(
        f"{json.dumps({'about': about, 'files': dict(sorted(files.items()))}, indent=1)}\n", encoding="utf-8"
    )
    new.replace(folder / MANIFEST)


def _read(folder: Path) -> dict[str, list[str]] | None:
    """The list in a folder; None if there is none.

    Raises:
        UnusableError: it is broken, so nothing says which files are the user's.
    """
    path = folder / MANIFEST
    try:
        return _LIST.validate_python(json.loads(path.read_text(encoding="utf-8"))["files"])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
    except (OSError, ValueError, TypeError, KeyError) as error:
        reason = str(error).splitlines()[0]
    raise UnusableError(f"{path}: not the list that `fdan export` wrote ({reason}); name a new folder")


def _held(folder: Path) -> str:
    """The first name in a folder that is neither hidden nor of a new file system; empty if there is none."""
    with suppress(OSError):  # no such folder, or one that `free_folder` refuses
        return min((n for n in os.listdir(folder) if not n.startswith(".") and n != "lost+found"), default="")
    return ""

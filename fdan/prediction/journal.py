"""Answers so far of a long batch: a file beside the outfile, with which a second run goes on.

The file is JSON Lines. Its first line says which model and which segments the answers are of; every other line holds
the rows of one recording, with the path, span, size and time that it had. A line is written as soon as its recording
is answered, so a run that is killed loses what it was working on and nothing else.
"""

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from fdan.data.emotions import Emotion
from fdan.errors import FdanError, UnusableError
from fdan.prediction.answers import Answer, answered
from fdan.prediction.inputs import Input
from fdan.runtime.outputs import OVERWRITE, derived_name, free_place

RESUME = "--resume"

FORMAT = "fdan predict, answers so far"
"""The first key of the first line: only a file that begins with it is ever replaced."""

VERSION = 1


class Journal:
    """The answers so far of one outfile.

    Attributes:
        path: of the file.
        done: how many recordings it answers.

    Args:
        outfile: as the user named it; links are followed.
        about: what the answers depend on beside the recordings: plain values by name.
        resume: whether answers that are there are used.
        overwrite: whether they may be replaced, where they are not used.

    Raises:
        UnusableError: answers are there which may be neither used nor replaced, or something else is.
        FdanError: another process writes there, or it cannot be written.
    """

    def __init__(self, outfile: Path, about: dict[str, Any], resume: bool, overwrite: bool) -> None:
        place = Path(os.path.realpath(outfile))
        self.path = place.with_name(derived_name(place.name, ".partial.jsonl"))
        self.done = 0
        self._places: dict[str, int] = {}
        self._outfile, head = outfile, {FORMAT: VERSION} | about
        if os.path.lexists(self.path):
            self._require_usable(head, resume, overwrite)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[bytes] = self.path.open("a+b")
        _lock(self._file, self.path)
        if resume:
            self._read()
        else:
            self._file.truncate(0)
        if not self._size():
            try:
                self._append(head)
            except FdanError:
                self.path.unlink(missing_ok=True)
                raise

    def knows(self, key: str) -> bool:
        """Whether a recording is answered; of a former run's answers, one that failed is not, and is tried again."""
        return key in self._places

    def answers(self, key: str, input_: Input, classes: Sequence[Emotion], least: float) -> list[Answer]:
        """The rows of a recording that is answered."""
        self._file.seek(self._places[key])
        rows = json.loads(self._file.readline())["rows"]
        return [
            answered(
                input_,
                [row["scores"][emotion] for emotion in classes] if row["scores"] else None,
                classes,
                row["warnings"],
                (row["start"], row["end"]) if row["scores"] else None,
                least,
            )
            for row in rows
        ]

    def add(self, key: str, input_: Input, answers: Sequence[Answer]) -> None:
        """Write the rows of one recording at once."""
        rows = [
            {
                "start": answer.span[0] if answer.span else None,
                "end": answer.span[1] if answer.span else None,
                "scores": dict(answer.scores),
                "warnings": list(answer.warnings),
            }
            for answer in answers
        ]
        place = self._size()
        self._append({"file": input_.file, "key": key, "rows": rows})
        self._places[key] = place
        self.done += 1

    def close(self, finished: bool) -> str:
        """Close the file, and remove it if all is done or nothing is in it; else say in one line how to go on."""
        with suppress(OSError):
            self._file.close()
        if finished or not self.done:
            self.path.unlink(missing_ok=True)
            return ""
        return f"{self.done} recordings are answered in {self.path}; the same command with {RESUME} goes on from there"

    def _require_usable(self, head: dict[str, Any], resume: bool, overwrite: bool) -> None:
        """Raise `UnusableError` where what lies there can be neither continued nor replaced."""
        if self.path.is_file() and not self.path.stat().st_size:
            return  # killed before its first line
        found = _head(self.path)
        if found is None:
            raise UnusableError(f"{self.path}: is needed for the answers so far, and is something else; move it away")
        free_place(self.path, overwrite=True)
        if not resume and not overwrite:
            raise UnusableError(
                f"{self.path}: answers of a run that did not end; add {RESUME} to go on from there, or {OVERWRITE} to "
                "begin anew"
            )
        if resume and found != head:
            name = next(key for key in [*head, *found] if head.get(key) != found.get(key))
            raise UnusableError(
                f"{self.path}: of another run: {name} is {found.get(name)!r}, expected {head.get(name)!r}; "
                f"ask as before, or add {OVERWRITE} instead of {RESUME} to begin anew"
            )

    def _read(self) -> None:
        """Find the lines of recordings that did not fail; what follows the last whole line is cut off."""
        self._file.seek(0)
        end = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            if end:
                with suppress(ValueError, TypeError, KeyError):  # a line that was damaged is answered again
                    said = json.loads(line)
                    if all(row["scores"] for row in said["rows"]):
                        self._places[said["key"]] = end
            end += len(line)
        self._file.truncate(end)
        self.done = len(self._places)

    def _append(self, said: dict[str, Any]) -> None:
        line = f"{json.dumps(said)}\n".encode()
        try:
            self._file.seek(0, os.SEEK_END)
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            with suppress(OSError):
                self._file.close()  # what it could not write it would try again
            raise FdanError(f"{self._outfile}: cannot be written ({error.strerror}); nothing was changed") from None

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size


def key_of(input_: Input) -> str:
    """A recording as it is now, as a hash: where it lies, which part is meant, its size and time."""
    try:
        found = input_.path.stat()
        state = (found.st_size, found.st_mtime_ns)
    except (OSError, ValueError):
        state = (-1, -1)
    said = repr((os.path.abspath(input_.path), input_.span, input_.problem, state))
    return hashlib.sha256(said.encode("utf-8", errors="surrogateescape")).hexdigest()[:32]


def _head(path: Path) -> dict[str, Any] | None:
    """The first line of a file of answers; None if it is no such file."""
    try:
        if not path.is_file() or path.is_symlink():
            return None
        with path.open("rb") as file:
            said = json.loads(file.readline(10_000))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and FORMAT in said else None


def _lock(file: IO[bytes], path: Path) -> None:
    """Keep other processes from writing there; a file system without locks keeps nobody.

    Raises:
        FdanError: another process writes there.
    """
    import fcntl  # not on Windows

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise FdanError(f"{path}: another process writes there; wait for it, or name another --outfile") from None
    except OSError:
        return

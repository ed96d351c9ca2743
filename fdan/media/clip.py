"""A clip as a file, before anything is read of it: where it may lie, how large it may be, which bytes it holds."""

from pathlib import Path

from fdan.data.manifest import leaves, path_problem
from fdan.errors import FdanError
from fdan.media.problem import Problem, ProblemKind
from fdan.runtime.cache import Cache, digest

MAX_BYTES = 2**30
"""A larger file is no utterance: five minutes of 720p, the longest clip of MELD, are a twentieth of it."""


class MediaError(FdanError):
    """A clip, image or detector cannot be used; the message names the file and what is wrong."""


class ClipError(MediaError):
    """A clip, a sound or a photograph cannot be used.

    Attributes:
        path: of the file; the message begins with it.
        problem: `ProblemKind.MISSING` or `ProblemKind.BROKEN`, and why.
    """

    def __init__(self, path: Path, reason: str, kind: ProblemKind = ProblemKind.BROKEN) -> None:
        super().__init__(path, reason, kind)  # what it is pickled by
        self.path, self.problem = path, Problem(kind, reason)

    def __str__(self) -> str:
        return f"{self.path}: {self.problem.detail}"


class TooLongError(ClipError):
    """A sound lasts longer than an utterance can; it may still be read window by window."""


def locate(folder: Path, name: str) -> Path:
    """The clip that a manifest names, if it lies within the corpus folder.

    Nothing outside that folder is ever opened: neither an absolute path, nor one with ``..``, nor a
    symbolic link in the folder that leads out of it. The corpus folder may itself be a link.

    Args:
        folder: of the corpus.
        name: of the clip below it, with forward slashes.

    Raises:
        ClipError: the name leads out of the folder, or `check_file` refuses what lies there.
    """
    path = folder / name
    if problem := path_problem(name):
        raise ClipError(path, problem)
    try:
        out = leaves(folder, path)
    except (OSError, RuntimeError) as error:  # a folder closed to us, a circle of links
        raise ClipError(path, f"cannot be read ({getattr(error, 'strerror', None) or error})") from None
    if out:
        raise ClipError(path, "a link that leads out of the corpus folder; put the file itself there")
    check_file(path)
    return path


def check_file(path: Path, any_size: bool = False) -> None:
    """Refuse what is not to be opened as a clip.

    Raises:
        ClipError: there is no such file, it is no plain file (a folder, a device, a pipe), it is
            empty, or larger than `MAX_BYTES` where it may not have any size.
    """
    try:
        if not path.is_file():
            if path.exists():
                raise ClipError(path, "not a file")
            raise ClipError(path, "no such file", ProblemKind.MISSING)
        size = path.stat().st_size
    except OSError as error:  # a name too long, a folder closed to us
        raise ClipError(path, f"cannot be read ({error.strerror})") from None
    if size == 0:
        raise ClipError(path, "the file is empty")
    if size > MAX_BYTES and not any_size:
        raise ClipError(path, f"{size} bytes; at most {MAX_BYTES} are read")


def clip_key(name: str, folder: Path, cache: Cache) -> str | None:
    """The entry's name for a clip below a corpus folder; None for one that cannot be read."""
    try:
        path = locate(folder, name)
        return cache.key(digest(path), path.suffix.lower())
    except FdanError:
        return None

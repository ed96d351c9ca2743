"""What lies below a corpus folder, nothing that does not, and what becomes of each file."""

import os
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from fdan.corpora import junk
from fdan.corpora.unreadable import problem_of
from fdan.data.emotions import CorpusError, shown
from fdan.data.manifest import SYNTHETIC_MARKER, LeftOut, Listing, Utterance, leaves
from fdan.runtime.input_guard import note_input

SHOWN = 3
"""Files that are left out for one reason have a line each up to this number, else one line."""

SECOND = "a second file of its recording, of which the first is used"

FURTHER = "a further copy of a recording"


class Folder:
    """The files below a corpus folder. What a reader neither uses nor leaves out itself is named in the end."""

    def __init__(self, folder: Path, corpus: str) -> None:
        """Find all regular files below a folder; `paths` are sorted and relative to it.

        A link counts as the file it leads to, if that lies below the folder as well. Left out are links that lead out
        of it or nowhere, linked folders, devices, names that are not UTF-8, and what file managers leave behind.
        The folder itself may have any name.

        Args:
            folder: the corpus folder, which may be a link itself.
            corpus: the corpus' name under ``raw``, for the error message.

        Raises:
            CorpusError: there is no such folder, or one below it cannot be listed.
        """
        if what := no_folder(folder):
            raise CorpusError(f"{folder}: {what}; raw.{corpus} in params.yaml must be the corpus' own folder")
        self._folder, self._root = folder, folder.resolve()
        self._left: dict[str, str] = {}
        self.paths = sorted(self._walk())
        for path in self.paths:
            if path.name.lower().endswith(junk.ARCHIVES):
                self.leave_out(path, junk.ARCHIVE)
        self._never = {_plain(PurePosixPath(path)): why for path, why in self._left.items()}
        self._by_name = {_plain(path): path for path in self.paths} | {path.as_posix(): path for path in self.paths}
        self._by_word: dict[str, list[PurePosixPath]] = {}
        for path in self.paths:
            self._by_word.setdefault(_plain(path).lower(), []).append(path)
        self._tables = {SYNTHETIC_MARKER}

    def _walk(self) -> Iterator[PurePosixPath]:
        for parent, folders, files in os.walk(self._root, onerror=_refuse):
            for name in sorted(folders) + sorted(files):
                path = Path(parent, name)
                if why := self._problem(path):
                    self._left[path.relative_to(self._root).as_posix()] = why
                    if name in folders:
                        folders.remove(name)
                elif name not in folders:
                    yield PurePosixPath(path.relative_to(self._root).as_posix())

    def _problem(self, path: Path) -> str:
        if junk.is_junk(path.name):
            return junk.WHY
        return problem_of(self._root, path)

    def find(self, name: str) -> PurePosixPath | None:
        """The file that a table names, though one of the two writes accents as characters of their own (macOS).

        Or in another case, as Windows and macOS let it, where one file alone has such a name.
        """
        path = PurePosixPath(name)
        alike = self._by_word.get(_plain(path).lower(), [])
        return (
            self._by_name.get(path.as_posix())
            or self._by_name.get(_plain(path))
            or (alike[0] if len(alike) == 1 else None)
        )

    def why_not(self, name: str) -> str:
        """Why what a table names is left out: for what it is, or for a folder that it lies in; else empty."""
        path = PurePosixPath(name)
        return next((why for p in (path, *path.parents) if (why := self._never.get(_plain(p)))), "")

    def holds(self, name: str) -> bool:
        """Whether what a table names is a file of the folder, be its name or a folder's above it what it may."""
        path = self._folder / name
        try:
            return self.find(name) is not None or (path.is_file() and not leaves(self._root, path))
        except (OSError, RuntimeError):  # a name longer than names may be, a circle of links
            return False

    def path_of(self, path: PurePosixPath) -> Path:
        """Where a file of the corpus lies."""
        return self._folder / path

    def table(self, path: PurePosixPath) -> Path:
        """Where a table of the corpus lies, which counts as used; a stage fails if it changes before its end."""
        self._tables.add(path.as_posix())
        note_input(self._folder / path)
        return self._folder / path

    def leave_out(self, path: PurePosixPath, why: str) -> None:
        """Say why a file is not used; equal reasons become one line."""
        self._left.setdefault(path.as_posix(), why)

    def left_out(self, path: PurePosixPath) -> bool:
        """Whether a file is there and not used."""
        return path.as_posix() in self._left

    def refuse(self, message: str) -> CorpusError:
        """The error for a folder in which nothing can be used, with what was left out of it."""
        return CorpusError("; ".join([f"{self._folder}: {message}", *self._notes(1)]))

    def listing(
        self,
        utterances: Iterable[Utterance],
        notes: Sequence[str] = (),
        sentences: Mapping[str, str] | None = None,
        findings: Sequence[str] = (),
        rest: str = "of no utterance",
    ) -> Listing:
        """What a reader found; see `Listing`. `rest` is why the files that nothing was said of are not used."""
        found = sorted(utterances, key=lambda u: u.id)
        used = self._tables | {path for u in found for path in (u.audio, u.video)}
        for path in self.paths:
            if path.as_posix() not in used:
                self.leave_out(path, rest)
        self._left = {path: why for path, why in self._left.items() if path not in used}
        left = tuple(LeftOut(path, why) for path, why in sorted(self._left.items()))
        said = (*notes, *self._notes(SHOWN))
        return Listing(tuple(found), said, sentences or {}, (*findings, *alike_speakers(found)), left)

    def _notes(self, at_most: int) -> list[str]:
        by_reason: dict[str, list[str]] = {}
        for path, why in self._left.items():
            by_reason.setdefault(why, []).append(path)
        return [
            line for why, paths in by_reason.items() for line in grouped(paths, "files", f"left out, {why}", at_most)
        ]


def no_folder(path: Path) -> str:
    """Why a path is no folder that can be looked into; empty if it is one."""
    try:
        if path.is_dir():
            os.listdir(path)
            return ""
        return "a file" if path.exists() else "no such folder"
    except OSError as error:  # closed to us, or a folder above it is
        return f"cannot be read ({error.strerror})"


def grouped(names: Sequence[str], kind: str, what: str, at_most: int = SHOWN) -> list[str]:
    """What is to be said of some files or utterances: a line each, or of many one line with their number."""
    if len(names) <= at_most:
        return [f"{shown(name)}: {what}" for name in names]
    return [f"{len(names)} {kind}: {what}; the first is {shown(names[0])}"]


def absent(utterances: Sequence[Utterance]) -> list[str]:
    """Which utterances lack their sound or their clip; that none has one is a single fact of the corpus."""
    neither = [u.id for u in utterances if not u.audio and not u.video]
    notes = grouped(neither, "utterances", "neither sound nor clip")
    for what, has in (("sound", "pictures"), ("clip", "voices")):
        there = {u.id for u in utterances if (u.audio if what == "sound" else u.video)}
        names = [u.id for u in utterances if u.id not in there and u.id not in neither]
        if names and not there:
            notes.append(f"no {what}s: the corpus has {has} alone")
        else:
            notes += grouped(names, "utterances", f"no {what}")
    return notes


def alike_speakers(utterances: Iterable[Utterance]) -> list[str]:
    """Names of speakers that differ in case, spaces or the writing of accents alone: one person, most likely.

    A protocol that keeps speakers apart would train on one of them and test on the other.
    """
    names: dict[str, set[str]] = {}
    for speaker in {u.speaker for u in utterances if u.speaker}:
        key = " ".join(unicodedata.normalize("NFKC", speaker).casefold().replace("_", " ").split())
        names.setdefault(key, set()).add(speaker)
    several = sorted(sorted(same) for same in names.values() if len(same) > 1)
    told = [" and ".join(repr(shown(name)) for name in same) for same in several]
    what = (
        "are different people here; if they are one, the protocol speaker would test on a voice that it trains on: "
        "give them one name"
    )
    if len(told) <= SHOWN:
        return [f"speakers {names} {what}" for names in told]
    return [f"{len(told)} speakers go by two names or more, which {what}; the first are {told[0]}"]


def preferred(copies: Mapping[str, PurePosixPath], kinds: Sequence[str]) -> str:
    """Of several copies of a recording the path of the first of these kinds; empty if there is none."""
    return next((copies[kind].as_posix() for kind in kinds if kind in copies), "")


def _plain(path: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", path.as_posix())


def _refuse(error: OSError) -> None:
    raise CorpusError(f"{error.filename}: cannot be listed ({error.strerror}); make it readable, or move it elsewhere")

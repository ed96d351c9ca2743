"""Utterances, and the manifest: one csv row per utterance of a corpus."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from annotated_types import Ge

from fdan.data.emotions import CorpusError, Emotion, shown
from fdan.data.records import read_records, write_records


@dataclass(frozen=True)
class Utterance:
    """One spoken utterance of a corpus, or one photograph of a face.

    Attributes:
        id: unique within the corpus, for example ``DC_a01`` or ``train_dia0_utt3``; it names files.
        speaker: who speaks; empty where the corpus does not say.
        emotion: the label.
        audio: the sound's path below the corpus folder, with forward slashes; empty if missing.
        video: the clip's or the photograph's path, likewise.
        part: the corpus' own split (``train``, ``dev``, ``test``); empty if it has none.
        text: what is said, on one line (`one_line`); empty where the corpus does not say.
        dialogue: the dialogue it belongs to; empty if it stands alone.
        place: its place in the dialogue; a later utterance has a higher one.

    Raises:
        CorpusError: an id that cannot name a file, a path that leaves the corpus folder, a text of several
            lines or without end.
    """

    id: str
    speaker: str
    emotion: Emotion
    audio: str
    video: str
    part: str = ""
    text: str = ""
    dialogue: str = ""
    place: int = 0

    def __post_init__(self) -> None:
        if problem := id_problem(self.id):
            raise CorpusError(f"utterance {self.id!r}: {problem}")
        for path in (self.audio, self.video):
            if path and (problem := path_problem(path)):
                raise CorpusError(f"utterance {self.id}: path {path!r}: {problem}")
        if self.text != one_line(self.text):
            raise CorpusError(f"utterance {self.id}: text {shown(self.text)!r}: expected one line, single spaces")
        if len(self.text) > MAX_TEXT:
            raise CorpusError(
                f"utterance {self.id}: a text of {len(self.text)} characters; at most {MAX_TEXT} are read"
            )


MAX_TEXT = 10_000
"""Characters of an utterance's text; MELD's longest has 327."""


def one_line(text: str) -> str:
    """A text on one line: whatever separates its words is one space, characters that cannot be seen are gone."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


MAX_ID = 100
"""Bytes of an utterance id; with a suffix it must be a file name everywhere (255 bytes)."""

_TOO_LONG = f"longer than {MAX_ID} bytes"

_JOINERS = "\u200c\u200d"
"""Persian, Hindi and others write them inside words: letters that join there, or do not."""


def id_problem(id_: str) -> str:
    """Why a text cannot be an utterance id, so part of a file name; empty if it can."""
    # Vowel signs of Devanagari or Thai are marks, not letters; a letter with its accent apart (NFD) has one too.
    kinds = ["M" if c in _JOINERS else c if c in "_.+-" else unicodedata.category(c)[0] for c in id_]
    if not kinds or kinds[0] not in {"L", "N", "_"} or not {*kinds} <= {*"LMN_.+-"}:
        return "expected letters, digits, and _ . + - after the first one"
    if len(id_.encode()) > MAX_ID:
        return _TOO_LONG
    return ""


def fitting_id(text: str) -> str:
    """Somebody else's utterance id, cut where ours must end if it is too long alone; a hash keeps it apart."""
    return hashed_name(text, text) if id_problem(text) == _TOO_LONG else text


def safe_name(text: str) -> str:
    """A text as a part of a file name, but for its length: what `id_problem` refuses becomes ``_``."""
    safe = "".join(c if c in "+-." or not id_problem(f"_{c}") else "_" for c in text).lstrip("+-.")
    return safe if safe and not id_problem(safe[0]) else f"_{safe}"


def hashed_name(name: str, text: str) -> str:
    """A safe name, cut where it is too long, with a hash of the text that it was made from."""
    short = name.encode()[: MAX_ID - 9].decode(errors="ignore")
    return f"{short}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def path_problem(path: str) -> str:
    """Why a path is none below a corpus folder, by its text alone; empty if it is one.

    Links are another matter: `leaves`.
    """
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "is absolute; expected a path below the corpus folder"
    if "\\" in path or "\0" in path:
        return "expected forward slashes between folders"
    if ".." in PurePosixPath(path).parts:
        return "leaves the corpus folder"
    return ""


def leaves(folder: Path, path: Path) -> bool:
    """Whether a path leads out of a folder, through a link or ``..``; raises `OSError` or `RuntimeError` (a circle)."""
    return not path.resolve().is_relative_to(folder.resolve())


@dataclass(frozen=True)
class LeftOut:
    """A file below a corpus folder that no utterance uses, and why; or a folder that is not looked into."""

    path: str
    why: str


@dataclass(frozen=True)
class Listing:
    """What a reader finds below a corpus folder.

    Attributes:
        utterances: sorted by id.
        notes: what is missing, left out or stated twice, one line each; a line and a number where there are many.
        sentences: what is said, by utterance id, where the corpus tells: equal values are equal
            sentences. Utterances that are not in here have no known sentence.
        findings: what would spoil results and has to be looked at before they are believed, one line each.
        left_out: every file that is neither an utterance's nor a table that was read, sorted.
    """

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """All utterances of one corpus, sorted by id; synthetic corpora say so."""

    utterances: tuple[Utterance, ...]
    synthetic: bool

    def __post_init__(self) -> None:
        ids = [u.id for u in self.utterances]
        if ids != sorted(set(ids)):
            twice = sorted({i for i in ids if ids.count(i) > 1}) if len(ids) < 50_000 else []
            raise CorpusError(f"utterance ids must be sorted and unique; stated twice: {twice or 'none'}")


SYNTHETIC_MARKER = "SYNTHETIC.txt"
"""A corpus folder that holds this file is synthetic; manifests carry the fact on."""


Origin = Literal["synthetic", "recorded"]
"""Of a corpus, as tables state it in every row."""


@dataclass(frozen=True)
class _Row:
    utterance: str
    speaker: str
    emotion: Emotion
    audio: str
    video: str
    part: str
    text: str
    dialogue: str
    place: Annotated[int, Ge(0)]
    origin: Origin


def is_synthetic(corpus_folder: Path) -> bool:
    """Whether a corpus folder says of itself that it is synthetic."""
    return (corpus_folder / SYNTHETIC_MARKER).is_file()


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest as csv (UTF-8, Unix line ends)."""
    origin: Origin = "synthetic" if manifest.synthetic else "recorded"
    write_records(path, _Row, (_Row(*(*astuple(u), origin)) for u in manifest.utterances))


def read_manifest(path: Path) -> Manifest:
    """Read what `write_manifest` wrote.

    Raises:
        CorpusError: the file is missing, has other columns, an unknown emotion or mixed origins.
    """
    rows = read_records(path, _Row)
    utterances = tuple(Utterance(*astuple(row)[:-1]) for row in rows)
    return Manifest(utterances, one_origin(path, [row.origin for row in rows]) == "synthetic")


def one_origin(path: Path, origins: Sequence[Origin]) -> Origin:
    """What all rows of a table say of their corpus' origin; raises `CorpusError` where they differ."""
    if len(set(origins)) > 1:
        raise CorpusError(f"{path}: origin: found {', '.join(sorted(set(origins)))}; expected the same in every row")
    return origins[0] if origins else "recorded"

"""Emotions, modalities, utterances, and the manifest: one csv row per utterance of a corpus."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath


class CorpusError(ValueError):
    """A corpus, or a table made from one, is not what it should be."""


class Emotion(StrEnum):
    """The paper's seven emotions (Sec. 3.1), in the order of Fig. 4; the order is the class order."""

    ANGER = "anger"
    DISGUST = "disgust"
    FEAR = "fear"
    HAPPINESS = "happiness"
    NEUTRAL = "neutral"
    SADNESS = "sadness"
    SURPRISE = "surprise"

    @property
    def short(self) -> str:
        """The two letters of Figs. 4 and 5: AN DI FE HA NE SA SU."""
        return self.value[:2].upper()


class Modality(StrEnum):
    """Where a sample comes from: a face crop (source domain) or a Mel image (target domain)."""

    VISUAL = "visual"
    ACOUSTIC = "acoustic"


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

    Raises:
        CorpusError: an id that cannot name a file, or a path that leaves the corpus folder.
    """

    id: str
    speaker: str
    emotion: Emotion
    audio: str
    video: str
    part: str = ""

    def __post_init__(self) -> None:
        if problem := id_problem(self.id):
            raise CorpusError(f"utterance {self.id!r}: {problem}")
        for path in (self.audio, self.video):
            if path and (problem := path_problem(path)):
                raise CorpusError(f"utterance {self.id}: path {path!r}: {problem}")


MAX_ID = 100
"""Bytes of an utterance id; with a suffix it must be a file name everywhere (255 bytes)."""

_ID = re.compile(r"\w[\w.+-]*")


def id_problem(id_: str) -> str:
    """Why a text cannot be an utterance id, so part of a file name; empty if it can."""
    if not _ID.fullmatch(id_):
        return "expected letters, digits, and _ . + - after the first one"
    if len(id_.encode()) > MAX_ID:
        return f"longer than {MAX_ID} bytes"
    return ""


def path_problem(path: str) -> str:
    """Why a path is none below a corpus folder, by its text alone; empty if it is one."""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path):
        return "is absolute; expected a path below the corpus folder"
    if "\\" in path or "\0" in path:
        return "expected forward slashes between folders"
    if ".." in PurePosixPath(path).parts:
        return "leaves the corpus folder"
    return ""


@dataclass(frozen=True)
class Listing:
    """What a reader finds below a corpus folder.

    Attributes:
        utterances: sorted by id.
        notes: what is missing, left out or stated twice, one line each.
        sentences: what is said, by utterance id, where the corpus tells: equal values are equal
            sentences. Utterances that are not in here have no known sentence.
    """

    utterances: tuple[Utterance, ...]
    notes: tuple[str, ...] = ()
    sentences: Mapping[str, str] = field(default_factory=dict)


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

_FIELDS = ("utterance", "speaker", "emotion", "audio", "video", "part", "origin")


def is_synthetic(corpus_folder: Path) -> bool:
    """Whether a corpus folder says of itself that it is synthetic."""
    return (corpus_folder / SYNTHETIC_MARKER).is_file()


def write_manifest(manifest: Manifest, path: Path) -> None:
    """Write a manifest as csv (UTF-8, Unix line ends)."""
    origin = "synthetic" if manifest.synthetic else "recorded"
    write_rows(
        path,
        _FIELDS,
        ((u.id, u.speaker, u.emotion, u.audio, u.video, u.part, origin) for u in manifest.utterances),
    )


def read_manifest(path: Path) -> Manifest:
    """Read what `write_manifest` wrote.

    Raises:
        CorpusError: the file is missing, has other columns, an unknown emotion or mixed origins.
    """
    rows = read_rows(path, _FIELDS)
    origins = {row["origin"] for row in rows}
    if not origins <= {"synthetic", "recorded"} or len(origins) > 1:
        raise CorpusError(f"{path}: origin: found {sorted(origins)}, expected one of synthetic, recorded in every row")
    utterances = tuple(
        Utterance(
            row["utterance"],
            row["speaker"],
            parse_emotion(row["emotion"], f"{path}: {row['utterance']}"),
            row["audio"],
            row["video"],
            row["part"],
        )
        for row in rows
    )
    return Manifest(utterances, origins == {"synthetic"})


def shown(text: str) -> str:
    """A name or cell as one short line of plain text: control characters and stray bytes escaped."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:200])
    return plain if len(text) <= 200 else f"{plain}..."


def parse_emotion(label: str, where: str) -> Emotion:
    """The emotion of a label; `where` opens the error message.

    Raises:
        CorpusError: the label is none of the seven.
    """
    try:
        return Emotion(label)
    except ValueError:
        known = ", ".join(Emotion)
        raise CorpusError(f"{where}: emotion '{shown(label)}' is unknown; expected one of {known}") from None


def write_rows(path: Path, fields: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a csv table whose bytes depend on its values alone."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows)


MAX_TABLE = 2**28
"""Bytes of a csv file; MELD's largest has 1.1 million."""


@dataclass(frozen=True)
class Row:
    """One row of a csv file: the line it ends in, and its cells by column."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def read_table(path: Path) -> tuple[tuple[str, ...], list[Row]]:
    """Read a csv file with a header: its columns and its rows.

    Raises:
        CorpusError: there is no such file, it is not UTF-8, not csv, too large, states a column
            twice, or a row has more or fewer cells than the header.
    """
    if not path.is_file():
        raise CorpusError(f"{path}: {'not a file' if path.exists() else 'no such file'}")
    if path.stat().st_size > MAX_TABLE:
        raise CorpusError(f"{path}: {path.stat().st_size} bytes; expected a csv file of at most {MAX_TABLE}")
    rows: list[Row] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            columns = tuple(next(reader, ()))
            for cells in reader:
                if not cells:
                    continue  # an empty line
                if len(cells) != len(columns):
                    raise CorpusError(
                        f"{path}: line {reader.line_num} has {len(cells)} cells; expected {len(columns)} "
                        f"({shown(', '.join(columns))})"
                    )
                rows.append(Row(reader.line_num, dict(zip(columns, cells, strict=True))))
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    except csv.Error as error:
        raise CorpusError(f"{path}: line {reader.line_num}: not csv ({error})") from None
    if len(set(columns)) < len(columns):
        raise CorpusError(f"{path}: columns are {shown(', '.join(columns))}; expected each once")
    return columns, rows


def read_rows(path: Path, fields: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a csv table of the pipeline that must have exactly these columns.

    Raises:
        CorpusError: the file is missing, is not UTF-8, or has other columns or ragged rows.
    """
    if not path.exists():
        raise CorpusError(f"{path}: no such file; it is made by an earlier stage (dvc repro)")
    found, rows = read_table(path)
    if found != fields:
        raise CorpusError(f"{path}: columns are {shown(', '.join(found))}; expected {', '.join(fields)}")
    return [row.cells for row in rows]

"""Emotions, modalities, utterances, and the manifest: one csv row per utterance of a corpus."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


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
    """One spoken utterance of a corpus.

    Attributes:
        id: unique within the corpus, for example ``DC_a01`` or ``train_dia0_utt3``.
        speaker: who speaks; empty where the corpus does not say.
        emotion: the label.
        audio: the sound's path below the corpus folder, with forward slashes; empty if missing.
        video: the clip's path, likewise.
        part: the corpus' own split (``train``, ``dev``, ``test``); empty if it has none.
    """

    id: str
    speaker: str
    emotion: Emotion
    audio: str
    video: str
    part: str = ""


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


def parse_emotion(label: str, where: str) -> Emotion:
    """The emotion of a label; `where` opens the error message.

    Raises:
        CorpusError: the label is none of the seven.
    """
    try:
        return Emotion(label)
    except ValueError:
        known = ", ".join(Emotion)
        raise CorpusError(f"{where}: emotion {label!r} is unknown; expected one of {known}") from None


def write_rows(path: Path, fields: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """Write a csv table whose bytes depend on its values alone."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows)


def read_rows(path: Path, fields: tuple[str, ...]) -> list[dict[str, str]]:
    """Read a csv table that must have exactly these columns.

    Raises:
        CorpusError: the file is missing, is not UTF-8, or has other columns or ragged rows.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            found = tuple(reader.fieldnames or ())
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; it is made by an earlier stage (dvc repro)") from None
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    if found != fields:
        raise CorpusError(f"{path}: columns are {', '.join(found)}; expected {', '.join(fields)}")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise CorpusError(f"{path}: line {number} has not {len(fields)} cells")
    return rows

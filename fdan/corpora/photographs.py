"""Labelled photographs of faces: a visual source without sound."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import count_strangers, walk
from fdan.data.emotions import CorpusError, Emotion, parse_emotion, shown
from fdan.data.manifest import MAX_ID, Listing, Utterance, path_problem
from fdan.data.records import read_table

FILE = "labels.csv"

COLUMNS = ("image", "emotion")

SUFFIXES = (
    *(".jpg", ".jpeg", ".png", ".avif", ".bmp", ".gif", ".jfif", ".tif", ".tiff", ".webp"),
    *(".heic", ".heif"),  # not read: each is refused later, which says what to do
)


def read_images(folder: Path) -> Listing:
    """Find labelled photographs below a folder.

    Either ``labels.csv`` names each image (relative to the folder, or to ``images/`` in it) and its
    emotion, or every photograph lies in a folder with an emotion's name, at any depth. An image that
    is labelled and not there is noted, and fails when it is to be read; one without a label is left out,
    counted.

    Raises:
        CorpusError: no such folder or no labelled image, or ``labels.csv`` is not as described: other
            columns, ragged, not UTF-8, an unknown emotion, an image stated twice.
    """
    notes: list[str] = []
    paths = walk(folder, notes, "images")
    pictures = [path for path in paths if path.suffix.lower() in SUFFIXES]
    if PurePosixPath(FILE) in paths:
        labels = _labels(folder / FILE, set(pictures), notes)
    else:
        labels = {path: emotion for path in pictures if (emotion := _folder_emotion(path))}
    if not labels:
        raise CorpusError(
            f"{folder}: no labelled photograph here; expected {FILE} ({', '.join(COLUMNS)}), or folders named "
            f"{', '.join(Emotion)} with {', '.join(SUFFIXES)} files"
        )
    notes += count_strangers((path for path in pictures if path not in labels), "without a label")
    utterances = [
        Utterance(id_, "", emotion, "", path.as_posix())
        for (path, emotion), id_ in zip(labels.items(), _ids(labels), strict=True)
    ]
    return Listing(tuple(sorted(utterances, key=lambda u: u.id)), tuple(notes))


def _labels(file: Path, there: set[PurePosixPath], notes: list[str]) -> dict[PurePosixPath, Emotion]:
    columns, rows = read_table(file)
    if columns != COLUMNS:
        raise CorpusError(f"{file}: columns are {shown(', '.join(columns))}; expected {', '.join(COLUMNS)}")
    labels: dict[PurePosixPath, Emotion] = {}
    for row in rows:
        where = f"{file}: line {row.line}"
        name = PurePosixPath(row["image"])
        # Only what `walk` found below the folder is ever opened, so no path can lead out of it.
        path = next((p for p in (name, "images" / name) if p in there), name)
        if path.suffix.lower() not in SUFFIXES:
            raise CorpusError(f"{where}: image '{shown(row['image'])}': expected a {', '.join(SUFFIXES)} file")
        if problem := path_problem(row["image"]):
            raise CorpusError(f"{where}: image '{shown(row['image'])}': {problem}")
        if path in labels:
            raise CorpusError(f"{where}: image '{shown(row['image'])}' is stated twice; expected each once")
        labels[path] = parse_emotion(row["emotion"].strip().lower(), where)
        if path not in there:
            notes.append(f"{shown(str(path))}: labelled, but not there")
    return labels


def _folder_emotion(path: PurePosixPath) -> Emotion | None:
    names = {emotion.value: emotion for emotion in Emotion}
    return next((names[part.lower()] for part in reversed(path.parts[:-1]) if part.lower() in names), None)


def _ids(labels: Mapping[PurePosixPath, Emotion]) -> list[str]:
    """An id per image: its path where that is a safe name and no other's, else with a hash of the path."""
    plain = [re.sub(r"[^\w.+-]", "_", str(path.with_suffix(""))).lstrip(".+-") or "_" for path in labels]
    taken: dict[str, int] = {}
    for name in plain:
        taken[name] = taken.get(name, 0) + 1
    ids = []
    for name, path in zip(plain, labels, strict=True):
        if taken[name] > 1 or len(name.encode()) > MAX_ID:
            short = name.encode()[: MAX_ID - 9].decode(errors="ignore")
            name = f"{short}-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
        ids.append(name)
    return ids

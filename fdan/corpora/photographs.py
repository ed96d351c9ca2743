"""Labelled photographs of faces: a visual source without sound."""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SHOWN, Folder, grouped
from fdan.corpora.labels import NO_LABEL, TWO_LABELS, disputed, label_of, labelled, repeated, unknown, unknown_labels
from fdan.corpora.table import FILE as UTTERANCES
from fdan.corpora.table import unread
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
from fdan.data.manifest import MAX_ID, Listing, Utterance, hashed_name, path_problem, safe_name
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
    is labelled and not there is noted, and fails when it is to be read. Left out, and counted, are images
    without a label, those of another emotion, and those with two emotions.

    Raises:
        CorpusError: no such folder or no labelled image, or ``labels.csv`` is no csv table, lacks a column, or
            names what is no image below the folder.
    """
    files = Folder(folder, "images")
    pictures = [path for path in files.paths if path.suffix.lower() in SUFFIXES]
    notes: list[str] = []
    findings: list[str] = []
    if PurePosixPath(FILE) in files.paths:
        labels = _labels(files, notes, findings)
    else:
        labels = _folders(files, pictures, findings)
    if not labels:
        raise files.refuse(
            f"no labelled photograph here; expected {FILE} ({', '.join(COLUMNS)}), or folders named "
            f"{', '.join(Emotion)} with {', '.join(SUFFIXES)} files"
            + "".join(f"; {finding}" for finding in findings[:SHOWN])
            + "".join(f"; {shown(str(path))} is not read: {why}" for path, why in _tables(files))
        )
    for path in pictures:
        if path not in labels:
            files.leave_out(path, "without a label")
    utterances = [
        Utterance(id_, "", emotion, "", path.as_posix())
        for (path, emotion), id_ in zip(labels.items(), _ids(labels), strict=True)
    ]
    return files.listing(utterances, notes, findings=findings, rest=f"no {', '.join(SUFFIXES)} file")


def _tables(files: Folder) -> list[tuple[PurePosixPath, str]]:
    """Tables that are no table of ours for their place or their writing alone."""
    ours = {name: f"expected {name} in the corpus' folder itself" for name in (UTTERANCES, FILE)}
    return [(path, ours[path.name.lower()]) for path in files.paths if path.name.lower() in ours][:SHOWN]


def _labels(files: Folder, notes: list[str], findings: list[str]) -> dict[PurePosixPath, Emotion]:
    file = files.table(PurePosixPath(FILE))
    table = read_table(file, COLUMNS)
    notes += unread(table, COLUMNS)
    stated: dict[PurePosixPath, list[str]] = {}
    for row in table.rows:
        where = f"{file}: line {row.line}"
        name = PurePosixPath(row["image"])
        # Only what lies below the folder is ever opened, so no path can lead out of it.
        path = files.find(str(name)) or files.find(f"images/{name}") or name
        if path.suffix.lower() not in SUFFIXES:
            raise CorpusError(f"{where}: image '{shown(row['image'])}': expected a {', '.join(SUFFIXES)} file")
        if problem := path_problem(row["image"]):
            raise CorpusError(f"{where}: image '{shown(row['image'])}': {problem}")
        stated.setdefault(path, []).append(label_of(row["emotion"]))
    notes += repeated(sum(len(labels) - len(set(labels)) for labels in stated.values()))
    others: Counter[str] = Counter()
    found = {}
    for path, labels in stated.items():
        if len(set(labels)) > 1:
            files.leave_out(path, TWO_LABELS)
        elif emotion := emotion_of(labels[0]):
            if not files.left_out(path):  # a link that leads out, for one
                found[path] = emotion
        else:
            others[labels[0]] += 1
            files.leave_out(path, NO_LABEL)
    twofold = {str(path): labelled(labels) for path, labels in stated.items() if len(set(labels)) > 1}
    findings += [*disputed(twofold, "photographs"), *unknown_labels(others)]
    absent = [str(path) for path in found if not files.holds(str(path))]
    notes += grouped(absent, "photographs", "labelled, but not there")
    return found


def _folders(files: Folder, pictures: Sequence[PurePosixPath], findings: list[str]) -> dict[PurePosixPath, Emotion]:
    """The emotion of every picture is the innermost folder's that is named after one."""
    found = {}
    others: Counter[str] = Counter()
    for path in pictures:
        emotion = next(filter(None, map(emotion_of, reversed(path.parts[:-1]))), None)
        if emotion:
            found[path] = emotion
        else:
            others[path.parent.name] += 1
            files.leave_out(path, "in no folder with an emotion's name")
    findings += unknown(others, _place, "photographs in {} other folders")
    return found


def _place(folder: str) -> str:
    return f"photographs in folder '{shown(folder)}'" if folder else "photographs in no folder of the corpus"


def _ids(labels: Mapping[PurePosixPath, Emotion]) -> list[str]:
    """An id per image: its path where that is a safe name and no other's, else with a hash of the path."""
    plain = [safe_name(unicodedata.normalize("NFC", str(path.with_suffix("")))) for path in labels]
    taken: dict[str, int] = {}
    for name in plain:
        taken[name] = taken.get(name, 0) + 1
    ids = []
    for name, path in zip(plain, labels, strict=True):
        if taken[name] > 1 or len(name.encode()) > MAX_ID:
            name = hashed_name(name, str(path))
        ids.append(name)
    return ids

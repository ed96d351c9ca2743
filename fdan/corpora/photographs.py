"""Labelled photographs of faces: a visual source without sound."""

from collections import Counter
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SHOWN, Folder, grouped
from fdan.corpora.labels import NO_LABEL, TWO_LABELS, disputed, label_of, labelled, repeated, unknown_labels
from fdan.corpora.named_folders import ids_of, labelled_by_folder
from fdan.corpora.table import FILE as UTTERANCES
from fdan.corpora.table import misplaced_tables, unread
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
from fdan.data.manifest import Listing, Utterance, path_problem
from fdan.data.records import read_table
from fdan.data.suffixes import PHOTOGRAPHS

FILE = "labels.csv"

COLUMNS = ("image", "emotion")


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
    pictures = [path for path in files.paths if path.suffix.lower() in PHOTOGRAPHS]
    notes: list[str] = []
    findings: list[str] = []
    if PurePosixPath(FILE) in files.paths:
        labels = _labels(files, notes, findings)
    else:
        labels = labelled_by_folder(files, pictures, "photographs", findings)
    if not labels:
        raise files.refuse(
            f"no labelled photograph here; expected {FILE} ({', '.join(COLUMNS)}), or folders named "
            f"{', '.join(Emotion)} with {', '.join(PHOTOGRAPHS)} files"
            + "".join(f"; {finding}" for finding in findings[:SHOWN])
            + "".join(f"; {line}" for line in misplaced_tables(files, (UTTERANCES, FILE)))
        )
    for path in pictures:
        if path not in labels:
            files.leave_out(path, "without a label")
    utterances = [
        Utterance(id_, "", emotion, "", path.as_posix())
        for (path, emotion), id_ in zip(labels.items(), ids_of(labels), strict=True)
    ]
    return files.listing(utterances, notes, findings=findings, rest=f"no {', '.join(PHOTOGRAPHS)} file")


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
        if path.suffix.lower() not in PHOTOGRAPHS:
            raise CorpusError(f"{where}: image '{shown(row['image'])}': expected a {', '.join(PHOTOGRAPHS)} file")
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

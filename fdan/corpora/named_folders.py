"""Folders that are named after emotions: the label of every file in them, and a safe name for each file."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from fdan.corpora.folder import Folder
from fdan.corpora.labels import unknown
from fdan.data.emotions import Emotion, emotion_of, shown
from fdan.data.manifest import MAX_ID, hashed_name, safe_name

_NEGATIONS = ("anti", "no", "non", "not", "un")

_SHORTEST = 3
"""Letters of an emotion's word behind another one: two letters have too many other meanings (``take_an``)."""


def emotion_of_folder(name: str) -> Emotion | None:
    """The emotion that a folder's name means: an emotion's word alone, or behind one other word (TESS: ``OAF_angry``).

    A name with two emotions, or with one that is negated, means none.
    """
    if emotion := emotion_of(name):
        return emotion
    first, _, rest = re.sub(r"[\W_]+", " ", name).strip().partition(" ")
    if first.casefold() in _NEGATIONS or emotion_of(first) or len(rest) < _SHORTEST:
        return None
    return emotion_of(rest)


def labelled_by_folder(
    files: Folder, paths: Sequence[PurePosixPath], kind: str, findings: list[str]
) -> dict[PurePosixPath, Emotion]:
    """The emotion of each file: that of the innermost folder which is named after one.

    Args:
        files: the corpus folder; files in no such folder are left out of it.
        paths: of the files.
        kind: what they are, such as ``photographs``.
        findings: gains a line on the other folders.
    """
    found = {}
    others: Counter[str] = Counter()
    for path in paths:
        emotion = next(filter(None, map(emotion_of_folder, reversed(path.parts[:-1]))), None)
        if emotion:
            found[path] = emotion
        else:
            others[path.parent.name] += 1
            files.leave_out(path, "in no folder with an emotion's name")

    def place(folder: str) -> str:
        return f"{kind} in folder '{shown(folder)}'" if folder else f"{kind} in no folder of the corpus"

    findings += unknown(others, place, f"{kind} in {{}} other folders")
    return found


def ids_of(paths: Iterable[PurePosixPath]) -> list[str]:
    """An id for each path: the path where that is a safe name and no other's, else with a hash of the path."""
    paths = list(paths)
    plain = [safe_name(unicodedata.normalize("NFC", str(path.with_suffix("")))) for path in paths]
    taken = Counter(plain)
    return [
        hashed_name(name, str(path)) if taken[name] > 1 or len(name.encode()) > MAX_ID else name
        for name, path in zip(plain, paths, strict=True)
    ]

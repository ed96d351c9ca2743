"""What the rows of a table state of recordings, as utterances: duplicates, contradictions, and ids that name files."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import PurePosixPath

from fdan.corpora.folder import SHOWN, Folder, grouped
from fdan.corpora.labels import (
    NO_LABEL,
    TWO_LABELS,
    disputed,
    enumerated,
    labelled,
    repeated,
    unknown_labels,
)
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
from fdan.data.manifest import MAX_ID, Listing, Utterance, hashed_name, id_problem, safe_name

FILES = ("audio", "video")
"""The fields that hold a file's path, or nothing."""


@dataclass(frozen=True)
class Stated:
    """What a row says of its utterance: words of one meaning, spaces and writings of a path are the same."""

    speaker: str
    emotion: str
    audio: str
    video: str
    text: str

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its files, each once."""
        return tuple(path for path in dict.fromkeys((self.audio, self.video)) if path)


def listing_of(
    files: Folder,
    where: str,
    named: Iterable[tuple[str, Stated]],
    notes: Sequence[str] = (),
    findings: Sequence[str] = (),
    rest: str = "of no utterance",
) -> Listing:
    """The utterances of a table's rows.

    A row that is there twice counts once. Rows of another emotion are left out, counted. Two rows that state one
    utterance in two ways are left out, and so is a file that stands under two emotions: each is a finding.

    Args:
        files: the corpus folder.
        where: the table, which opens the error message.
        named: an id, as the table writes it, and what is stated of it, for each row.
        notes: further ones of the listing.
        findings: likewise.
        rest: why files that no row names are not used.

    Raises:
        CorpusError: no row has one of the seven emotions.
    """
    rows_of: dict[str, list[Stated]] = {}
    for id_, one in named:
        rows_of.setdefault(unicodedata.normalize("NFC", id_), []).append(one)
    ids = safe_ids(rows_of)
    stated = {ids[id_]: rows for id_, rows in rows_of.items()}
    once = {id_: rows[0] for id_, rows in stated.items() if len(set(rows)) == 1}
    twofold = _twofold(stated, once)
    utterances, others = [], Counter[str]()
    for id_, one in once.items():
        kept = replace(one, **{column: "" for column in FILES if getattr(one, column) in twofold})
        if not (emotion := emotion_of(one.emotion)):
            others[one.emotion] += 1
        elif kept.files:
            utterances.append(Utterance(id_, one.speaker, emotion, kept.audio, kept.video, text=one.text))
    for id_, rows in stated.items():
        for file in (file for one in rows for file in one.files if files.find(file)):
            files.leave_out(PurePosixPath(file), TWO_LABELS if file in twofold or id_ not in once else NO_LABEL)
    found = [
        *findings,
        *disputed({id_: _difference(rows) for id_, rows in stated.items() if id_ not in once}, "utterances"),
        *disputed(twofold, "files"),
        *unknown_labels(others),
    ]
    if not utterances:
        raise CorpusError(f"{where}: {'; '.join(found)}; expected one of {', '.join(Emotion)}")
    said = [
        *notes,
        *grouped(
            [id_ for id_ in ids if _is_long(id_)], "ids", f"longer than {MAX_ID} bytes: cut, with a hash at the end"
        ),
        *grouped(
            [id_ for id_ in ids if _is_odd(id_)], "ids", "characters other than letters, digits and _ . + - became _"
        ),
        *_absent(files, utterances),
        *repeated(sum(len(rows) - len(set(rows)) for rows in stated.values())),
    ]
    return files.listing(utterances, said, findings=found, rest=rest)


def safe_ids(ids: Collection[str]) -> dict[str, str]:
    """A safe id for each of the ids of other people: itself where it is safe, and never another one's.

    Where two are alike once they are safe, those that had to be changed end in a hash.
    """
    safe = {id_: safe_name(id_) for id_ in ids}
    taken = Counter(safe.values())
    return {
        id_: hashed_name(name, id_) if _is_long(name) or (name != id_ and taken[name] > 1) else name
        for id_, name in safe.items()
    }


def _is_long(id_: str) -> bool:
    return len(id_.encode()) > MAX_ID


def _is_odd(id_: str) -> bool:
    return bool(id_problem(id_)) and safe_name(id_) != id_


def _twofold(stated: Mapping[str, Sequence[Stated]], once: Collection[str]) -> dict[str, str]:
    """Files that stand under two ids with two emotions, and what is stated of each."""
    labels: dict[str, dict[str, str]] = {}
    for id_, rows in stated.items():
        for one in rows:
            for file in one.files:
                labels.setdefault(file, {}).setdefault(one.emotion, id_)
    return {
        file: f"{labelled(said)}, under {enumerated([said[label] for label in sorted(said)])}"
        for file, said in labels.items()
        if len(said) > 1 and any(id_ in once for id_ in said.values())
    }


def _difference(rows: Sequence[Stated]) -> str:
    """In what the rows of one utterance differ."""
    if len(labels := {one.emotion for one in rows}) > 1:
        return labelled(labels)
    columns = (field.name for field in fields(Stated) if len({getattr(one, field.name) for one in rows}) > 1)
    return f"stated twice, with another {enumerated(list(columns))}"


def _absent(files: Folder, utterances: Sequence[Utterance]) -> list[str]:
    """Files that are stated and not there, by the reason that the folder knows."""
    by_reason: dict[str, list[str]] = {}
    for u in utterances:
        for path in dict.fromkeys((u.audio, u.video)):
            if path and not files.holds(path):
                why = files.why_not(path)
                by_reason.setdefault(f": {why}" if why else "", []).append(f"{shown(u.id)}: no {shown(path)}")
    notes = []
    for why, lines in by_reason.items():
        few = [f"{line}{why}" for line in lines]
        many = [f"{len(lines)} files are stated and not there{why}; the first is {lines[0]}"]
        notes += few if len(lines) <= SHOWN else many
    return notes

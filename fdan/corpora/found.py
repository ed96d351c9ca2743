"""A corpus of yours without ``utterances.csv``: another table of its recordings, or folders named after emotions."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from fdan.corpora.folder import SHOWN, Folder
from fdan.corpora.labels import enumerated, label_of
from fdan.corpora.named_folders import ids_of, labelled_by_folder
from fdan.corpora.photographs import FILE as LABELS
from fdan.corpora.photographs import read_images
from fdan.corpora.stated import Stated, listing_of
from fdan.corpora.table import COLUMNS, FILE, misplaced_tables, path_of, segments, text_of, unread
from fdan.data.emotions import CorpusError, Emotion, emotion_of, shown
from fdan.data.manifest import Listing, Utterance, one_line
from fdan.data.records import Row, Table, read_table, read_text
from fdan.data.suffixes import CLIPS, PHOTOGRAPHS, RECORDINGS

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson")
"""Suffixes of the tables that are looked into."""

ROLES: Mapping[str, Sequence[str]] = {
    "path": (
        "file",
        "path",
        "file_name",
        "filename",
        "file_path",
        "filepath",
        "wav",
        "wav_path",
        "audio",
        "audio_path",
    ),
    "emotion": ("emotion", "emo", "label", "emotion_label"),
    "speaker": ("speaker", "spk", "speaker_id", "spk_id", "actor"),
    "text": ("text", "sentence", "transcript", "transcription"),
}
"""What a column holds -> the names that it may go by, in any case; the first two are needed."""

REST = "neither a recording nor a photograph"


def read_found(folder: Path) -> Listing:
    """Find labelled recordings below a folder that has no ``utterances.csv``.

    Tables (`TABLES`) with a column for the path and one for the emotion are read, whatever the two are called
    (`ROLES`); paths are relative to the table's folder or to the corpus' own. Where there is no such table, a file's
    emotion is that of the innermost folder named after one, as of photographs. A folder without any recording is read
    as photographs.

    Raises:
        CorpusError: as `read_images`; nothing here is labelled, and then the message shows what ``utterances.csv``
            looks like.
    """
    files = Folder(folder, "yours")
    recordings = [path for path in files.paths if path.suffix.lower() in RECORDINGS]
    if not recordings and any(path.suffix.lower() in PHOTOGRAPHS for path in files.paths):
        return read_images(folder)
    tables = list(_tables(files))
    if labelled := [
        (path, table, roles) for path, table in tables if {"path", "emotion"} <= (roles := _roles(table)).keys()
    ]:
        return _from_tables(files, folder, labelled)
    findings: list[str] = []
    media = [path for path in files.paths if path.suffix.lower() in (*RECORDINGS, *PHOTOGRAPHS)]
    labels = labelled_by_folder(files, media, "files", findings)
    if not labels:
        raise files.refuse(
            "; ".join([_expected(recordings), *findings, *misplaced_tables(files, (FILE, LABELS)), *_columns(tables)])
        )
    utterances = [
        Utterance(id_, "", emotion, *_media(path.as_posix()))
        for (path, emotion), id_ in zip(labels.items(), ids_of(labels), strict=True)
    ]
    return files.listing(utterances, findings=findings, rest=REST)


def _expected(recordings: Sequence[PurePosixPath]) -> str:
    """What the user can do, with a line of ``utterances.csv`` that fits a recording of theirs."""
    first = recordings[0] if recordings else PurePosixPath("wav/talk_01.wav")
    audio, video = _media(str(first))
    return (
        f"no labelled recording here; expected a file {FILE} that begins with the line {','.join(COLUMNS)} and has a "
        f"line for each recording, such as {shown(f'{first.stem},Ann,fear,{audio},{video}')}; or a table with columns "
        f"named path and emotion; or folders named {', '.join(Emotion)}; or {LABELS} with photographs"
    )


def _columns(tables: Sequence[tuple[PurePosixPath, Table]]) -> list[str]:
    """What the tables have that cannot be read as they are."""
    return [
        f"{shown(str(path))} has the columns {enumerated(table.columns)}: rename one to path and one to emotion"
        for path, table in tables[:SHOWN]
    ]


def _tables(files: Folder) -> Iterator[tuple[PurePosixPath, Table]]:
    """The tables of other people; one that cannot be read is left out, with the reason."""
    for path in files.paths:
        if path.suffix.lower() in TABLES and path.name.lower() not in (FILE, LABELS):
            try:
                yield path, _read(files.path_of(path))
            except CorpusError as error:
                files.leave_out(path, str(error).removeprefix(f"{files.path_of(path)}: "))


def _read(path: Path) -> Table:
    if path.suffix.lower() not in (".jsonl", ".ndjson"):
        return read_table(path, ())
    rows: list[Row] = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            try:
                cells = json.loads(line)
            except ValueError as error:
                raise CorpusError(f"{path}: line {number}: not JSON ({error})") from None
            if not isinstance(cells, dict):
                raise CorpusError(f'{path}: line {number}: expected an object, as in {{"path": ..., "emotion": ...}}')
            rows.append(Row(number, {k: str(v) for k, v in cells.items() if isinstance(v, str | int | float)}))
    columns = tuple(dict.fromkeys(column for row in rows for column in row.cells))
    return Table(
        columns, tuple(Row(row.line, {column: row.cells.get(column, "") for column in columns}) for row in rows)
    )


def _roles(table: Table) -> dict[str, str]:
    """Of each role the column that has it; of several emotion columns the first that holds one."""
    columns = {column.casefold(): column for column in reversed(table.columns)}
    found = {role: [columns[name] for name in names if name in columns] for role, names in ROLES.items()}
    found["path"].sort(key=lambda column: not any(_is_media(row[column]) for row in table.rows))
    found["emotion"].sort(key=lambda column: not any(emotion_of(row[column]) for row in table.rows))
    return {role: named[0] for role, named in found.items() if named}


def _is_media(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in (*RECORDINGS, *PHOTOGRAPHS)


def _media(path: str) -> tuple[str, str]:
    """A file as audio and as video: a clip is both, a photograph has no sound."""
    suffix = PurePosixPath(path).suffix.lower()
    return "" if suffix in PHOTOGRAPHS else path, path if suffix in (*CLIPS, *PHOTOGRAPHS) else ""


def _from_tables(
    files: Folder, folder: Path, tables: Sequence[tuple[PurePosixPath, Table, Mapping[str, str]]]
) -> Listing:
    stated: dict[str, list[Stated]] = {}
    notes: list[str] = []
    findings: list[str] = []
    for path, table, roles in tables:
        file = files.table(path)
        notes += [f"{shown(str(path))}: {line}" for line in unread(table, roles.values())]
        findings += [f"{shown(str(path))}: {line}" for line in segments(table)]
        for row in table.rows:
            where = f"{file}: line {row.line}: {roles['path']}"
            beside = (path.parent / row[roles["path"]]).as_posix()
            name = path_of(files, folder, beside if files.find(beside) else row[roles["path"]], where)
            if not name:
                raise CorpusError(f"{where}: empty; expected the path of a recording")
            speaker, text = (row.cells.get(roles.get(role, ""), "") for role in ("speaker", "text"))
            one = Stated(one_line(speaker), label_of(row[roles["emotion"]]), *_media(name), text_of(text, where))
            stated.setdefault(name, []).append(one)
    where = str(files.table(tables[0][0]))
    if not any(files.holds(name) for name in stated):
        first = next(iter(stated), "")
        raise CorpusError(
            f"{where}: none of its {len(stated)} files is below {folder}; the first is {shown(first)}; expected paths "
            "from the folder of the corpus"
        )
    ids = ids_of(map(PurePosixPath, stated))
    named = [(id_, one) for id_, rows in zip(ids, stated.values(), strict=True) for one in rows]
    return listing_of(
        files, where, named, notes, findings, rest=f"in none of {enumerated([str(p) for p, *_ in tables])}"
    )

"""The tables that stand beside the face crops and the Mel images: what became of every utterance."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.records import read_rows, write_rows


@dataclass(frozen=True)
class FaceRow:
    """One sampled frame of an utterance, or an utterance without any.

    Attributes:
        utterance: its id.
        emotion: its label.
        crop: name of the face crop in ``crops.zip``; empty if the clip gave no frame.
        frame: number of the decoded frame, from 0.
        decoded: how many frames of the clip decode.
        x: left edge of the face in pixels of the frame; y, width, height likewise.
        y: top edge.
        width: of the face.
        height: of the face.
        detector: that looked for it.
        faces: how many it saw.
        found: 1 if it saw any; 0 means a centre crop.
        problem: what is wrong with the clip; empty if nothing.
    """

    utterance: str
    emotion: Emotion
    crop: str
    frame: int
    decoded: int
    x: int
    y: int
    width: int
    height: int
    detector: str
    faces: int
    found: int
    problem: str


@dataclass(frozen=True)
class MelRow:
    """The Mel image of an utterance, or why there is none.

    Attributes:
        utterance: its id.
        emotion: its label.
        image: name of the image in ``mels.zip``; empty if the sound cannot be used.
        seconds: length of the sound.
        problem: what is wrong with the sound; empty if nothing.
    """

    utterance: str
    emotion: Emotion
    image: str
    seconds: float
    problem: str


Row = TypeVar("Row", FaceRow, MelRow)


def write_index(rows: Sequence[FaceRow] | Sequence[MelRow], type_: type[FaceRow | MelRow], path: Path) -> None:
    """Write an index as csv."""
    write_rows(path, tuple(f.name for f in fields(type_)), (astuple(row) for row in rows))


def read_index(type_: type[Row], path: Path) -> list[Row]:
    """Read the index of the face crops or of the Mel images.

    Raises:
        CorpusError: the file is missing, has other columns, or a cell is not of its type.
    """
    rows = read_rows(path, tuple(f.name for f in fields(type_)))
    try:
        return TypeAdapter(list[type_]).validate_python(rows)  # type: ignore[valid-type]
    except ValidationError as error:
        first = error.errors()[0]
        line, column = int(first["loc"][0]) + 2, first["loc"][-1]
        raise CorpusError(f"{path}: line {line}: {column} is {first['input']!r}: {first['msg']}") from None

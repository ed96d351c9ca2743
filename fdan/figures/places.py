"""The places of Fig. 5 as a table: which sample stands where, for whoever draws the map again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fdan.data.emotions import Emotion, Modality
from fdan.data.records import read_records, write_records


@dataclass(frozen=True)
class Sample:
    """What a point of the map is.

    Attributes:
        corpus: that it is of.
        utterance: its id.
        number: from 0, among the samples that its utterance has: which face crop.
    """

    corpus: str
    utterance: str
    number: int


@dataclass(frozen=True)
class Place:
    """A row of the table: a sample, its label, and where it stands on the map, without unit."""

    corpus: str
    utterance: str
    number: int
    modality: Modality
    part: Literal["train", "test"]
    emotion: Emotion
    x: float
    y: float


def numbered(corpus: str, utterances: Sequence[str]) -> list[Sample]:
    """The samples of one modality; those of an utterance are counted in the order they have here."""
    seen: dict[str, int] = {}
    samples = []
    for utterance in utterances:
        number = seen[utterance] = seen.get(utterance, -1) + 1
        samples.append(Sample(corpus, utterance, number))
    return samples


def write_places(places: Sequence[Place], path: Path) -> None:
    """Write the table as csv, places to three decimals: no eye and no screen tells more."""
    write_records(path, Place, places, floats=".3f")


def read_places(path: Path) -> list[Place]:
    """Read what `write_places` wrote; raises `CorpusError` where it is not that."""
    return read_records(path, Place)

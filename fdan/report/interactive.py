"""What answers to mouse and keyboard: a corpus' confusion matrix and its t-SNE map, and what lies behind each point."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from fdan.corpora.registry import title_of
from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.figures.places import Place, read_places
from fdan.metrics.predictions import Predictions, read_predictions
from fdan.metrics.scores import confusion
from fdan.report.pictures import Tiles, first, tile
from fdan.results.printing import number
from fdan.results.runs import PAPER, RunName, find_runs
from fdan.runtime.project import Project

WIDTH, HEIGHT, MARGIN = 720, 520, 14
"""Of the t-SNE map, in units of its SVG."""

PICTURES = 1200
"""Of each kind at most: the page must stay small. Test utterances come first."""

FACE, MEL = 48, 72
"""Sides in pixels."""

HEAT = 10
"""Steps of a cell's colour."""

KINDS = (("visual", "train"), ("acoustic", "train"), ("acoustic", "test"))
"""Groups of the map, from the back to the front."""

_SHAPES = {
    KINDS[0]: "M{x:g} {y:g}m-4 0h8m-4-4v8",
    KINDS[1]: "M{x:g} {y:g}m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0",
    KINDS[2]: "M{x:g} {y:g}m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0",
}


@dataclass(frozen=True)
class Cell:
    """Of a true class, how much was called something: percent in print, how often, and a step of colour."""

    percent: str
    count: int
    heat: int


@dataclass(frozen=True)
class Marks:
    """All points of the map of one kind and emotion, as one path."""

    kind: str
    emotion: Emotion
    path: str


@dataclass(frozen=True)
class Maps:
    """The pictures of one corpus and the data behind them.

    Attributes:
        corpus: its name in files.
        name: in print.
        synthetic: whether it is made up; otherwise no face and no Mel image is here.
        classes: the emotions.
        seeds: of FDAN.
        matrix: a row per true class, None for one without test utterances.
        marks: of the t-SNE map; none where there is no map.
        faces: small crops, with the places of each in `data`.
        mels: small Mel images, likewise.
        data: what the script reads.
    """

    corpus: str
    name: str
    synthetic: bool
    classes: tuple[Emotion, ...]
    seeds: tuple[str, ...]
    matrix: tuple[tuple[Cell, ...] | None, ...]
    marks: tuple[Marks, ...]
    faces: Tiles | None
    mels: Tiles | None
    data: Mapping[str, Any]


T = TypeVar("T")

Key = tuple[str, str]
"""A corpus and an utterance of it."""


def read_maps(project: Project, corpus: str, synthetic: bool) -> Maps | None:
    """The maps of a corpus; None where FDAN was not evaluated on it.

    Args:
        project: holds predictions, the places of Fig. 5, crops and Mel images.
        corpus: the target.
        synthetic: whether it is made up; of real people no picture is read.

    Raises:
        CorpusError: a file is broken.
    """
    there = find_runs(project.predictions(), [corpus])
    files = sorted(there.get(RunName(PAPER, corpus, "fdan"), ()), key=lambda path: int(path.stem.removeprefix("seed-")))
    if not files:
        return None
    runs = {path.stem.removeprefix("seed-"): read_predictions(path) for path in files}
    table = project.figure(f"fig5_tsne_{corpus}.csv")
    places = read_places(table) if table.is_file() else []
    return make_maps(project, corpus, runs, places, synthetic)


def make_maps(
    project: Project, corpus: str, runs: Mapping[str, Predictions], places: Sequence[Place], synthetic: bool
) -> Maps:
    """The maps of a corpus from FDAN's predictions by seed and the places of Fig. 5; otherwise as `read_maps`."""
    one = next(iter(runs.values()))
    tested = {(corpus, utterance): place for place, utterance in enumerate(one.utterances)}
    labels: dict[Key, Emotion] = {key: one.classes[one.truth[place]] for key, place in tested.items()}
    labels |= {(place.corpus, place.utterance): place.emotion for place in places}
    keys = {key: number for number, key in enumerate(labels)}
    # Of real people nothing is read that could be seen in the page.
    own = [utterance for of, utterance in keys if of == corpus and synthetic]
    crops = [(row.utterance, row.crop) for row in _index(project.faces(corpus) / "index.csv", FaceRow, own)]
    images = [(row.utterance, row.image) for row in _index(project.mels(corpus) / "index.csv", MelRow, own)]
    faces, where_faces = _pictures(own, crops, project.faces(corpus) / "crops.zip", FACE)
    mels, where_mels = _pictures(own, images, project.mels(corpus) / "mels.zip", MEL)
    xy = fit([(place.x, place.y) for place in places])
    said = [
        [[int(run.predicted[place]), round(float(run.probabilities[place].max()), 4)] for run in runs.values()]
        for place in tested.values()
    ]
    return Maps(
        corpus,
        title_of(corpus),
        synthetic,
        one.classes,
        tuple(runs),
        _matrix(confusion(list(runs.values()))),
        _marks(places, xy),
        faces,
        mels,
        {
            "classes": [str(emotion) for emotion in one.classes],
            "seeds": list(runs),
            # A face may be another corpus': then its name is said.
            "ids": [utterance if of == corpus else f"{title_of(of)}: {utterance}" for of, utterance in keys],
            "emotions": [str(emotion) for emotion in labels.values()],
            "said": said,
            "points": [
                [keys[place.corpus, place.utterance], place.number, KINDS.index((place.modality, place.part)), x, y]
                for place, (x, y) in zip(places, xy, strict=True)
            ],
            # Another corpus' faces may teach this one: they have no pictures here.
            "faces": {str(keys[corpus, utterance]): found for utterance, found in where_faces.items()},
            "mels": {str(keys[corpus, utterance]): found for utterance, found in where_mels.items()},
        },
    )


def _index(path: Path, type_: type[T], utterances: Sequence[str]) -> list[T]:
    return read_records(path, type_) if utterances and path.is_file() else []


def fit(xy: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Places within `WIDTH` and `HEIGHT`, both axes alike; y downwards, as an SVG has it."""
    if not xy:
        return []
    points = np.array(xy, dtype=np.float64)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    room = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    scale = min((room[axis] / size[axis] for axis in (0, 1) if size[axis] > 0), default=1.0)
    moved = (points - low - size / 2) * scale * np.array([1, -1]) + np.array([WIDTH, HEIGHT]) / 2
    return [(round(float(x), 1), round(float(y), 1)) for x, y in moved]


def _matrix(counts: np.ndarray) -> tuple[tuple[Cell, ...] | None, ...]:
    rows: list[tuple[Cell, ...] | None] = []
    for row in counts:
        total = int(row.sum())
        cells = tuple(
            Cell(number(100 * int(count) / total, digits=1), int(count), round(HEAT * int(count) / total))
            for count in row
            if total
        )
        rows.append(cells or None)
    return tuple(rows)


def _marks(places: Sequence[Place], xy: Sequence[tuple[float, float]]) -> tuple[Marks, ...]:
    found: dict[tuple[int, Emotion], list[str]] = {}
    for place, (x, y) in zip(places, xy, strict=True):
        kind = KINDS.index((place.modality, place.part))
        found.setdefault((kind, place.emotion), []).append(_SHAPES[KINDS[kind]].format(x=x, y=y))
    order = sorted(found, key=lambda key: (key[0], list(Emotion).index(key[1])))
    return tuple(Marks("-".join(KINDS[kind]), emotion, "".join(found[kind, emotion])) for kind, emotion in order)


def _pictures(
    utterances: Sequence[str], images: Sequence[tuple[str, str]], archive: Path, side: int
) -> tuple[Tiles | None, dict[str, list[int]]]:
    """The pictures of the first utterances in one, and of each utterance which of them are its own.

    Args:
        utterances: in the order of their worth.
        images: utterance and name of each.
        archive: that holds them.
        side: in pixels.
    """
    named: dict[str, list[str]] = {}
    for utterance, name in images:
        if name:
            named.setdefault(utterance, []).append(name)
    chosen = first((name for utterance in utterances for name in named.get(utterance, ())), PICTURES)
    place = {name: number for number, name in enumerate(chosen)}
    whole = {u: named[u] for u in utterances if u in named and place.keys() >= {*named[u]}}
    found = {utterance: [place[name] for name in names] for utterance, names in whole.items()}
    return tile(archive, chosen, side) if chosen else None, found

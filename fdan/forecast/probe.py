"""What one piece of each kind of work takes here and now, measured in a process of its own that may not take long."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from statistics import fmean, stdev

from fdan.data.manifest import Utterance
from fdan.forecast.work import Document
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.worker import Failure, Limits

LIMITS = Limits(seconds=120.0, megabytes=16_000)
"""Of one piece, nine times what the dearest took on a slow machine: a clip may hang whoever reads it."""

IN_ALL = 300.0
"""Seconds after which no further piece is begun; on that machine all of them took a minute."""

CLIPS = 4
"""Of each corpus, evenly over the order of its utterances."""

UTTERANCES = 32
"""That a method is asked to learn from: a batch or two."""


@dataclass
class Probe:
    """What was measured.

    Attributes:
        seconds: unit -> what one takes on one core, or on those threads that the work has.
        spread: unit -> the standard error of that, relative to it; only of what was measured on several clips.
        sizes: bytes that one leaves on the disk, by stage and by method.
        memory: gigabytes that a process holds at most: ``networks``, those on the true number of faces, measured; and
            CNN rows, estimated.
        failed: unit, or piece of several units -> why it could not be measured.
        sounds: wav files of the clips, which methods read.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    spread: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    sounds: dict[str, bytes] = field(default_factory=dict)

    def add(self, other: "Probe") -> None:
        """Take in what another piece has measured."""
        for one in fields(self):
            getattr(self, one.name).update(getattr(other, one.name))

    def several(self, unit: str, times: Sequence[float]) -> None:
        """Take the times of several pieces."""
        self.seconds[unit] = fmean(times)
        if len(times) > 1 and self.seconds[unit] > 0:
            self.spread[unit] = stdev(times) / len(times) ** 0.5 / self.seconds[unit]


def probe(
    document: Document, folders: Mapping[str, Path], utterances: Mapping[str, Sequence[Utterance]], most_faces: int
) -> Probe:
    """All measurements, about a minute of one core; what takes too long is not measured, and named.

    Args:
        document: the params.
        folders: of each corpus.
        utterances: of each corpus.
        most_faces: the largest number of visual samples that a network of the run meets.
    """
    found, began, alone = Probe(), time.monotonic(), ParallelParams("loky", 1, None)
    for name, piece in _pieces(document, folders, utterances, most_faces, found):
        if time.monotonic() > began + IN_ALL:
            found.failed[name] = f"{IN_ALL:g} s were over"
            continue
        # One by one: later pieces read what earlier ones have made.
        [result] = run_sandboxed(_measured, [piece], f"probe: {name}", alone, prepare=_nothing, limits=LIMITS)
        if isinstance(result, Failure):
            found.failed[name] = result.reason
        else:
            found.add(result)
    return found


Piece = Callable[[], Probe]


def _pieces(
    document: Document,
    folders: Mapping[str, Path],
    utterances: Mapping[str, Sequence[Utterance]],
    most_faces: int,
    found: Probe,
) -> Iterator[tuple[str, Piece]]:
    """Each with its name; methods read the sounds that are found until they are measured."""
    from fdan.forecast import pieces  # torch and all methods: seconds

    for corpus, folder in folders.items():
        chosen = utterances[corpus][:: max(1, len(utterances[corpus]) // CLIPS)][:CLIPS]
        yield f"clips of {corpus}", partial(pieces.clips, document, corpus, folder, chosen)
    yield "image", partial(pieces.features, document)
    yield "networks", partial(pieces.networks, document, most_faces)
    for network in pieces.measured(document):
        yield f"CNN {network}", partial(pieces.cnn, document, network)
    said: Sequence[Utterance] = max(
        (there[:UTTERANCES] for there in utterances.values()), key=lambda some: sum(bool(u.text) for u in some)
    )
    for method in document["baselines"]:
        yield method, partial(pieces.method, document, method, found.sounds, said)


def _measured(piece: Piece) -> Probe:
    return piece()


def _nothing() -> None:
    """No process needs preparing."""

"""What was heard of a recording as an entry of the cache, so that no recording is heard twice."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from fdan.errors import FdanError
from fdan.media.clip import check_file
from fdan.media.problem import Problem, ProblemKind
from fdan.prediction.voice import Heard, Piece, Voice, hear, voice_identity
from fdan.runtime.cache import Cache, CacheEntry, code_of, digest
from fdan.samples.mels import LIBRARIES

Asked = tuple[str, tuple[float, float]]
"""The path of a recording, and the span of it that is read, in seconds."""


def to_entry(heard: Heard) -> CacheEntry:
    """What `to_heard` reads; Mel images are left out."""
    about = [(p.start, p.end, p.level, [(str(q.kind), q.detail) for q in p.problems]) for p in heard.pieces]
    return CacheEntry([heard.rate, heard.reason, about], tuple(piece.features.tobytes() for piece in heard.pieces))


def to_heard(entry: CacheEntry) -> Heard:
    """What was heard, to the bit."""
    rate, reason, about = entry.about
    pieces = [
        Piece(
            start,
            end,
            np.frombuffer(blob, np.float32).copy(),
            level,
            tuple(Problem(ProblemKind(kind), detail) for kind, detail in problems),
            None,
        )
        for (start, end, level, problems), blob in zip(about, entry.blobs, strict=True)
    ]
    return Heard(rate, tuple(pieces), reason)


def hear_entry(asked: Asked, voice: Voice, seconds: float | None, window: float) -> CacheEntry:
    """As `hear`, for `run_sandboxed` with a cache."""
    return to_entry(hear(asked[0], voice, seconds, window=window, span=asked[1]))


def hear_pictures(asked: Asked, voice: Voice, seconds: float | None, window: float) -> Heard:
    """As `hear` with Mel images, which no cache keeps."""
    return hear(asked[0], voice, seconds, True, window, asked[1])


def cache_of(voice: Voice) -> Cache:
    """What was heard by this voice, below ``.cache`` of the project."""
    libraries = (*LIBRARIES, "torch", "torchvision")
    return Cache("predict", voice_identity(voice), code_of("fdan.prediction.voice"), libraries)


def key_by_content(cache: Cache, seconds: float | None, window: float) -> Callable[[Asked], str | None]:
    """The entry's name for a recording by its content; None for one that cannot be read."""

    def key(asked: Asked) -> str | None:
        path = Path(asked[0])
        try:
            check_file(path, any_size=True)
            return cache.key(digest(path), path.suffix.lower(), repr((asked[1], seconds, window)))
        except FdanError:
            return None

    return key

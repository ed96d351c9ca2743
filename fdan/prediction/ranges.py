"""What a network was trained on, as lengths and levels, and what lies outside of it."""

from collections.abc import Collection, Iterator
from dataclasses import astuple, dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8

from fdan.data.archive import read_images
from fdan.data.index import MelRow
from fdan.data.records import read_records
from fdan.media.sound import MelParams
from fdan.runtime.cache import Cache, CacheEntry, digest
from fdan.runtime.project import Project


@dataclass(frozen=True)
class Ranges:
    """The shortest and longest, quietest and loudest utterance that a network was trained on.

    Attributes:
        shortest: in seconds.
        longest: likewise.
        quietest: in dB, see `level_of`.
        loudest: likewise.
    """

    shortest: float
    longest: float
    quietest: float
    loudest: float

    def outside(self, seconds: float, level: float, whole: bool = True) -> Iterator[str]:
        """Yield a line for each way in which a sound lies outside of these ranges.

        Args:
            seconds: its length.
            level: see `level_of`.
            whole: False for a segment of a longer sound, which is never too long.
        """
        if seconds < self.shortest:
            yield f"too short: {seconds:.2f} s; the shortest trained on lasts {self.shortest:.2f} s"
        if whole and seconds > self.longest:
            yield f"too long: {seconds:.2f} s; the longest trained on lasts {self.longest:.2f} s"
        if level < self.quietest:
            yield f"too quiet: {level:.1f} dB; the quietest trained on has {self.quietest:.1f} dB"
        if level > self.loudest:
            yield f"too loud: {level:.1f} dB; the loudest trained on has {self.loudest:.1f} dB"


def level_of(mel: UInt8[np.ndarray, "size size"], mels: MelParams) -> float:
    """The mean power of a Mel image, in dB relative to 1.0; of silence, `MelParams.floor_db`."""
    decibels = mels.floor_db + mel.astype(np.float64) / 255 * (mels.ceiling_db - mels.floor_db)
    return float(10 * np.log10(np.mean(10 ** (decibels / 10))))


def ranges_of(project: Project, corpus: str, utterances: Collection[str], mels: MelParams) -> Ranges:
    """The ranges of training utterances, from the Mel images that the stage mels made of them.

    Raises:
        CorpusError: they are not there, or broken.
    """
    folder = project.mels(corpus)
    index = read_records(folder / "index.csv", MelRow)
    rows = [row for row in index if row.image and row.utterance in utterances]
    cache = Cache("ranges", mels, ("fdan/prediction/ranges.py",), ("numpy", "opencv-python-headless"))
    key = cache.key(digest(folder / "mels.zip"), repr(rows))
    if entry := cache.read(key):
        return Ranges(*entry.about)
    seconds = [row.seconds for row in rows]
    images: Any = read_images(folder / "mels.zip", (row.image for row in rows))
    levels = [level_of(mel, mels) for mel in images]
    found = Ranges(min(seconds), max(seconds), round(min(levels), 3), round(max(levels), 3))
    cache.write(key, CacheEntry(list(astuple(found)), ()))
    return found

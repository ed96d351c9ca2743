"""What speech alone reaches elsewhere, as ``yardsticks.csv`` beside this holds it: published numbers, in percent."""

from dataclasses import dataclass
from pathlib import Path

from fdan.data.records import read_records


@dataclass(frozen=True)
class Yardstick:
    """One system of others, measured by others.

    Attributes:
        corpus: whose utterances were recognised.
        system: a speech foundation model with a classifier behind it, or a constant answer.
        war: weighted average recall, which its source calls WA.
        uar: unweighted average recall, UA there.
        protocol: what was tested.
        source: where the number is from.
    """

    corpus: str
    system: str
    war: float
    uar: float
    protocol: str
    source: str


YARDSTICKS = tuple(read_records(Path(__file__).with_suffix(".csv"), Yardstick))
"""All of them; of a corpus the best foundation model first."""

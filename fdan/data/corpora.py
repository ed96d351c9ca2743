"""The corpora that can be named in a command. A new one is a file beside this and a line here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fdan.data import meld, savee
from fdan.data.utterance import Emotion, Utterance


@dataclass(frozen=True)
class Corpus:
    """How to read a corpus folder, and how many utterances of each emotion were published."""

    read: Callable[[Path], tuple[list[Utterance], list[str]]]
    counts: Mapping[Emotion, int]


CORPORA = {
    "savee": Corpus(savee.read_savee, savee.COUNTS),
    "meld": Corpus(meld.read_meld, meld.COUNTS),
}

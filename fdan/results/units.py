"""The groups of utterances that a jackknife leaves out: speakers, or dialogues where a few speakers dominate."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What an interval takes as drawn at random."""

    UTTERANCE = "utterances"
    SPEAKER = "speakers"
    DIALOGUE = "dialogues"


@dataclass(frozen=True)
class Grouping:
    """The unit of a test part, and the group of each utterance, in their order."""

    unit: Unit
    groups: tuple[str, ...]

    @property
    def number(self) -> int:
        """How many groups there are."""
        return len(set(self.groups))


_MELD = re.compile(r"(?P<dialogue>.*dia\d+)_utt\d+")


def dialogue_of(utterance: str) -> str:
    """Return the dialogue that an utterance's id names, as MELD's do; empty where it names none."""
    found = _MELD.fullmatch(utterance)
    return found["dialogue"] if found else ""


def effective_number(groups: Sequence[str]) -> float:
    """Return Kish's effective number of groups, 1 / sum(share^2): their number where all have equally many members."""
    sizes = Counter(groups).values()
    return sum(sizes) ** 2 / sum(size**2 for size in sizes)


def grouping(utterances: Sequence[str], speakers: Mapping[str, str]) -> Grouping | None:
    """Return what is left out at a time: the speaker, or the dialogue where a few speakers hold most utterances.

    A few do where the effective number of speakers is below half of their number: in MELD's official test part a
    few actors speak most utterances, and many guests the rest.

    Args:
        utterances: of the test part.
        speakers: utterance -> speaker.

    Returns:
        None where a speaker is not named, or fewer than two groups are left.
    """
    voices = [speakers.get(utterance, "") for utterance in utterances]
    named = all(voices) and len(set(voices)) > 1
    if named and effective_number(voices) >= len(set(voices)) / 2:
        return Grouping(Unit.SPEAKER, tuple(voices))
    dialogues = [dialogue_of(utterance) for utterance in utterances]
    if all(dialogues) and len(set(dialogues)) > 1:
        return Grouping(Unit.DIALOGUE, tuple(dialogues))
    return Grouping(Unit.SPEAKER, tuple(voices)) if named else None

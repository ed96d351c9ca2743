"""The seven emotions, the two modalities, and how a label or a name is read and shown."""

from enum import StrEnum

from fdan.runtime.errors import FdanError


class CorpusError(FdanError):
    """A corpus, or a table made from one, is not what it should be."""


class Emotion(StrEnum):
    """The paper's seven emotions (Sec. 3.1), in the order of Fig. 4; the order is the class order."""

    ANGER = "anger"
    DISGUST = "disgust"
    FEAR = "fear"
    HAPPINESS = "happiness"
    NEUTRAL = "neutral"
    SADNESS = "sadness"
    SURPRISE = "surprise"

    @property
    def short(self) -> str:
        """The two letters of Figs. 4 and 5: AN DI FE HA NE SA SU."""
        return self.value[:2].upper()


class Modality(StrEnum):
    """Where a sample comes from: a face crop (source domain) or a Mel image (target domain)."""

    VISUAL = "visual"
    ACOUSTIC = "acoustic"


def shown(text: str) -> str:
    """A name or cell as one short line of plain text: control characters and stray bytes escaped."""
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:200])
    return plain if len(text) <= 200 else f"{plain}..."


def parse_emotion(label: str, where: str) -> Emotion:
    """The emotion of a label; `where` opens the error message.

    Raises:
        CorpusError: the label is none of the seven.
    """
    try:
        return Emotion(label)
    except ValueError:
        known = ", ".join(Emotion)
        raise CorpusError(f"{where}: emotion '{shown(label)}' is unknown; expected one of {known}") from None

"""The seven emotions, the two modalities, and how a label or a name is read and shown."""

from enum import StrEnum

from fdan.errors import FdanError


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


SYNONYMS = {
    Emotion.ANGER: ("angry", "ang"),
    Emotion.DISGUST: ("disgusted", "dis"),
    Emotion.FEAR: ("afraid", "fea", "fearful", "scared"),
    Emotion.HAPPINESS: ("hap", "happy", "joy", "joyful"),
    Emotion.NEUTRAL: ("neu",),
    Emotion.SADNESS: ("sad",),
    Emotion.SURPRISE: ("pleasant surprise", "pleasant surprised", "pleasantly surprised", "ps", "sur", "surprised"),
}
"""The corpora's own words: FER-2013's adjectives, MELD's joy, TESS' pleasant surprise, the three letters of CREMA-D and
IEMOCAP; beside them the two of Fig. 4, which are JAFFE's too. Only what has one reading: contempt, calm, excitement,
frustration and boredom are none of the seven."""

_WORDS = {
    word: emotion for emotion, words in SYNONYMS.items() for word in (emotion.value, emotion.short.lower(), *words)
}


def emotion_of(label: str) -> Emotion | None:
    """The emotion that a corpus' label means, in any case and with spaces, ``_`` or ``-`` in it; None if none."""
    return _WORDS.get(" ".join(label.casefold().replace("_", " ").replace("-", " ").split()))


def parse_emotion(label: str, where: str) -> Emotion:
    """The emotion of a label in a table of ours; `where` opens the error message.

    Raises:
        CorpusError: the label is none of the seven.
    """
    try:
        return Emotion(label)
    except ValueError:
        known = ", ".join(Emotion)
        raise CorpusError(f"{where}: emotion '{shown(label)}' is unknown; expected one of {known}") from None

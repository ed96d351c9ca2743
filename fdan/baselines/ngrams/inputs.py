"""What the yardstick of text reads: transcripts."""

from fdan.dialogues.params import ContextParams
from fdan.dialogues.reading import NO_TRANSCRIPT, read_texts
from fdan.sequences.inputs import Inputs

InputParams = ContextParams


def inputs(corpus: str, params: ContextParams) -> Inputs:
    """The text of every utterance; a dialogue around it is not looked at."""
    found = read_texts(corpus)
    return found if any(found.texts["text"]) else Inputs((), missing=NO_TRANSCRIPT)

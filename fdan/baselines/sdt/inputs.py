"""What SDT reads: a vector per utterance and modality, and who speaks in which dialogue."""

from dataclasses import replace

from fdan.dialogues.params import ContextParams
from fdan.dialogues.reading import NO_DIALOGUE, read_context
from fdan.sequences.inputs import Inputs

InputParams = ContextParams


def inputs(corpus: str, params: ContextParams) -> Inputs:
    """``acoustic`` and ``visual`` [1, p] and the texts of every utterance; a corpus without text has the first two."""
    found = read_context(corpus, params.modalities)
    return found if any(found.texts["dialogue"]) else replace(found, missing=NO_DIALOGUE)

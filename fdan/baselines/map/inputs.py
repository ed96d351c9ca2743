"""What MAP reads: six prompts of every utterance, and a vector of each other modality."""

from dataclasses import replace

import numpy as np

from fdan.baselines.map.prompts import PROMPTS, WORDS, prompts
from fdan.dialogues.params import ContextParams
from fdan.dialogues.reading import NO_TRANSCRIPT, pretrained, read_context, through
from fdan.dialogues.threads import threads
from fdan.sequences.inputs import Inputs

InputParams = ContextParams


def inputs(corpus: str, params: ContextParams) -> Inputs:
    """The prompts as texts, ``acoustic`` and ``visual`` [1, p]; and where an encoder is named, what it says of them.

    That is, of each of the six prompts, ``prompts`` [6, p], the state in its gap, and ``words`` [6, w], how well each
    emotion word's embedding fits it: their product, by the root of p.
    """
    found = read_context(corpus, params.modalities)
    if not any(found.texts["text"]):
        return Inputs((), missing=NO_TRANSCRIPT)
    made = prompts(found, threads(found))
    found = replace(found, texts={**found.texts, **made})
    if encoder := pretrained():
        columns = [through(encoder.mask, made[name], f"prompts {corpus} {name}") for name in PROMPTS]
        states = tuple(np.concatenate(rows) for rows in zip(*columns, strict=True))
        words = encoder.words([word for several in WORDS.values() for word in several])
        fits = tuple(np.asarray(s @ words.T / np.sqrt(words.shape[1]), np.float32) for s in states)
        found = replace(found, arrays={**found.arrays, "prompts": states, "words": fits})
    return found

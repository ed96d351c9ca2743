"""Settings of CADF, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from fdan.dialogues.params import LearningParams, LogMelParams


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``baselines.cadf`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        width: d, of the regions of speech and text.
        heads: of the cross-attention; they divide the width.
        frames: of an utterance that are read at most.
        words: of an utterance that are read at most; pieces of words of a pretrained encoder.
        text_width: numbers per word of the lexical encoder; a pretrained one has its own.
    """

    inputs: LogMelParams
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    frames: Annotated[int, Ge(16)]
    words: Annotated[int, Ge(1)]
    text_width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads, {self.heads}")

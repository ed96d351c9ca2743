"""Settings of MAP, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from fdan.dialogues.params import ContextParams, LearningParams


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``baselines.map`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus; prompts need text.
        width: d, of the prompts' states and the soft tokens.
        heads: of the attention; they divide the width.
        soft_tokens: made of each other modality.
        text_width: numbers per prompt of the lexical encoder; a pretrained one has its own.
    """

    inputs: ContextParams
    width: Annotated[int, Ge(1)]
    heads: Annotated[int, Ge(1)]
    soft_tokens: Annotated[int, Ge(1)]
    text_width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} must be a multiple of heads, {self.heads}")

"""Settings of SDT, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Ge, Gt

from fdan.dialogues.params import ContextParams, LearningParams


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``baselines.sdt`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus.
        width: d; the original's is 1024, at the size of real corpora 256 here.
        heads: of each attention; they divide the width.
        gate: W of the unimodal gates: learnt, or the identity, as the original has it on MELD.
        temperature: of the distillation.
        speakers: with an embedding of their own in a dialogue; those after them share the last.
        text_width: numbers per transcript of the lexical encoder; a pretrained one has its own.
    """

    inputs: ContextParams
    width: Annotated[int, Ge(2)]
    heads: Annotated[int, Ge(1)]
    gate: Literal["identity", "learnt"]
    temperature: Annotated[float, Gt(0)]
    speakers: Annotated[int, Ge(1)]
    text_width: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % 2 or self.width % self.heads:
            raise ValueError(f"width {self.width} must be even and a multiple of heads, {self.heads}")

"""Settings of TRIN, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge

from fdan.dialogues.params import LearningParams, LogMelParams


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``baselines.trin`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        width: d, of the states of both modalities; even.
        frames: of an utterance's sound that are read at most.
        pooled: consecutive frames of the sound that are averaged into one step.
    """

    inputs: LogMelParams
    width: Annotated[int, Ge(2)]
    frames: Annotated[int, Ge(1)]
    pooled: Annotated[int, Ge(1)]

    def __post_init__(self) -> None:
        if self.width % 2:
            raise ValueError(f"width {self.width} must be even: half of it for either direction")

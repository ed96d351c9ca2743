"""Settings of SMIN, apart from the code that needs torch."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Lt

from fdan.dialogues.params import ContextParams, LearningParams


@dataclass(frozen=True)
class Params(LearningParams):
    """Section ``baselines.smin`` of params.yaml.

    Attributes:
        inputs: what is read of a corpus.
        width: d, of each modality's code and of either direction of the recurrent network.
        corruption: share of the features set to 0 before they are reconstructed.
        intra: weight of the reconstruction of each modality from itself.
        cross: weight of the reconstruction of each modality from the others.
        text_width: numbers per transcript of the lexical encoder; a pretrained one has its own.
    """

    inputs: ContextParams
    width: Annotated[int, Ge(1)]
    corruption: Annotated[float, Ge(0), Lt(1)]
    intra: Annotated[float, Ge(0)]
    cross: Annotated[float, Ge(0)]
    text_width: Annotated[int, Ge(1)]

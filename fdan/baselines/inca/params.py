"""Settings of INCA, apart from the code that computes."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, MinLen

from fdan.runtime.params import Seeds


@dataclass(frozen=True)
class InputParams:
    """Section ``baselines.inca.inputs`` of params.yaml.

    Attributes:
        shortest: a shorter sound is padded with silence to so many samples, half of it before.
        q_factor: Q of the wavelet transform: oscillations of a wavelet.
        redundancy: r of the transform: coefficients per sample, for many levels.
        levels: numbers of levels J that may be chosen, rising; J levels give J + 1 sub-bands.
    """

    shortest: Annotated[int, Ge(16)]
    q_factor: Annotated[float, Ge(1)]
    redundancy: Annotated[float, Gt(1)]
    levels: Annotated[tuple[Annotated[int, Ge(1)], ...], MinLen(1)]

    def __post_init__(self) -> None:
        if list(self.levels) != sorted(set(self.levels)):
            raise ValueError(f"levels {list(self.levels)} must rise")


@dataclass(frozen=True)
class Params:
    """Section ``baselines.inca`` of params.yaml.

    Attributes:
        inputs: what is read of a sound.
        ranked_by: at most so many training utterances rank the features and choose levels and number; the cost
            grows with their square.
        iterations: of L-BFGS, at most.
        regularisation: of the squared weights, times the number of utterances that rank.
        fewest: features that the loop begins with.
        most: features that it ends with, at most.
        step: from one number of features to the next.
        folds: of the inner cross-validation that chooses the levels and the number.
        cost: C of the SVM.
        seeds: one run each; a seed decides the folds, and who ranks where there are more than `ranked_by`.
    """

    inputs: InputParams
    ranked_by: Annotated[int, Ge(2)]
    iterations: Annotated[int, Ge(1)]
    regularisation: Annotated[float, Ge(0)]
    fewest: Annotated[int, Ge(1)]
    most: Annotated[int, Ge(1)]
    step: Annotated[int, Ge(1)]
    folds: Annotated[int, Ge(2)]
    cost: Annotated[float, Gt(0)]
    seeds: Seeds

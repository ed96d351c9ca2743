"""Settings of the network and its training, apart from the code that needs torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import StringConstraints

from fdan.errors import FdanError
from fdan.runtime.params import Alpha, ParamsError, Seeds, once_each


@dataclass(frozen=True)
class ModelParams:
    """Section ``model`` of params.yaml."""

    width: Annotated[int, Ge(1)]
    layers: Annotated[int, Ge(1)]
    ffn_factor: Annotated[int, Ge(1)]
    standardise: bool


class TrainingError(FdanError):
    """Training cannot start or go on, or a checkpoint cannot be read."""


@dataclass(frozen=True)
class TrainParams:
    """Section ``train`` of params.yaml."""

    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(1)]
    learning_rate: Annotated[float, Gt(0)]
    lr_gamma: Annotated[float, Ge(0)]
    lr_decay: Annotated[float, Ge(0)]
    momentum: Annotated[float, Ge(0), Lt(1)]
    weight_decay: Annotated[float, Ge(0)]


@dataclass(frozen=True)
class Run:
    """One network to train: what may differ between networks that are trained side by side.

    Attributes:
        seed: decides the initial weights and the order of the samples.
        alpha: trade-off of Eq. 9; 0 for a variant without LMMD.
        params: the optimiser's settings; learning rate and weight decay are a network's own.
    """

    seed: int
    alpha: Alpha
    params: TrainParams


@dataclass(frozen=True)
class Variant:
    """One entry of ``variants`` in params.yaml: which parts of FDAN are there (Sec. 3.7)."""

    attention: bool
    lmmd: bool

    def run(self, seed: int, alpha: float, params: TrainParams) -> Run:
        """Settings of one network of this variant; without LMMD alpha is 0."""
        return Run(seed, alpha if self.lmmd else 0.0, params)


Variants = Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")], Variant], MinLen(1)]
"""Section ``variants``: a variant's name is a folder's name below ``runs``."""


@dataclass(frozen=True)
class ProtocolParams:
    """Section ``protocols`` of params.yaml.

    Attributes:
        seeds: one run for each.
        rotations: folds of the protocol ``rotated``.
        rotated: the variants that it trains.
    """

    seeds: Seeds
    rotations: Annotated[int, Ge(2)]
    rotated: Annotated[tuple[str, ...], MinLen(1), once_each("variant")]

    def variants_of(self, protocol: str, variants: Mapping[str, Variant]) -> dict[str, Variant]:
        """Return what a protocol trains.

        Raises:
            ParamsError: `rotated` names what is no variant.
        """
        if protocol != "rotated":
            return dict(variants)
        if unknown := [name for name in self.rotated if name not in variants]:
            expected = ", ".join(variants)
            raise ParamsError(f"params.yaml: protocols.rotated: {', '.join(unknown)}: no variant; expected {expected}")
        return {name: variants[name] for name in self.rotated}


@dataclass(frozen=True)
class WatchParams:
    """Section ``watch`` of params.yaml: epochs from one look at the test part to the next, for the audit alone."""

    every: Annotated[int, Ge(1)]


@dataclass(frozen=True)
class TuningParams:
    """Section ``tuning`` of params.yaml.

    Attributes:
        seed: of the cut into training and validation.
        validation_fraction: of each emotion's training speech.
        alphas: values tried for alpha (Sec. 3.2).
        weight_decays: for the weight decay (Sec. 3.2).
        learning_rates: for the learning rate.
        seeds: one run each at every point of the grid.
    """

    seed: Annotated[int, Ge(0)]
    validation_fraction: Annotated[float, Gt(0), Lt(1)]
    alphas: Annotated[tuple[Alpha, ...], MinLen(1)]
    weight_decays: Annotated[tuple[Annotated[float, Ge(0)], ...], MinLen(1)]
    learning_rates: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)]
    seeds: Seeds

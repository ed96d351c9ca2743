"""What the study computes: backbones, seeds, values of alpha."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import MinLen
from pydantic import StringConstraints

from fdan.runtime.params import Alpha, Seeds

PARAMS = Path("params.real.yaml")

SPEECH, FACES = "ravdess", "photographs"
"""The target, and the corpus whose faces teach it."""

NO_FACES = "no_faces"
"""The name of the classifier that sees no face."""


@dataclass(frozen=True)
class Backbone:
    """A network of torchvision and its weights, as in section ``features``."""

    network: Annotated[str, MinLen(1)]
    weights: Annotated[str, MinLen(1)]


@dataclass(frozen=True)
class StudyParams:
    """Section ``study`` of params.real.yaml.

    Attributes:
        seeds: one network each of everything.
        backbones: by name; all variants are trained on each, by the paper's protocol.
        main: the backbone on whose features the speaker protocol and the values of alpha are tried as well.
        untrained: the same network with random weights: what does pre-training add?
        alphas: tried for FDAN.
    """

    seeds: Seeds
    backbones: Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")], Backbone], MinLen(1)]
    main: str
    untrained: str
    alphas: Annotated[tuple[Alpha, ...], MinLen(1)]

    def __post_init__(self) -> None:
        for name in (self.main, self.untrained):
            if name not in self.backbones:
                raise ValueError(f"{name!r}: expected one of backbones, {', '.join(self.backbones)}")

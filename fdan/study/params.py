"""What the study computes: backbones, seeds, values of alpha."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from annotated_types import Ge, Lt, MinLen
from pydantic import StringConstraints

from fdan.backbones.speech_params import HearingParams
from fdan.learning.params import ModelParams, TrainParams
from fdan.runtime.params import Alpha, Seeds

PARAMS = Path("params.real.yaml")

SPEECH, FACES = "ravdess", "photographs"
"""The target, and the corpus whose faces teach it."""

NO_FACES = "no_faces"
"""The name of the classifier that sees no face."""

PROBE = "probe"
"""The name of the linear one."""

VALIDATION = "validation"
"""The folder of predictions on validation speakers, as ``speaker`` is that of a protocol."""

Params = TypeVar("Params", TrainParams, ModelParams)


@dataclass(frozen=True)
class Backbone:
    """What describes faces and speech, as in section ``features``: a network of torchvision, perhaps an encoder."""

    network: Annotated[str, MinLen(1)]
    weights: Annotated[str, MinLen(1)]
    acoustic: Literal["mel", "whisper"] = "mel"
    acoustic_weights: Annotated[str, MinLen(1)] | None = None

    def __post_init__(self) -> None:
        HearingParams(self.acoustic, self.acoustic_weights)


@dataclass(frozen=True)
class Change:
    """What FDAN is trained or asked with instead; what is None stays as it is.

    Attributes:
        momentum, epochs, weight_decay: as in section ``train``.
        width: as in section ``model``.
        attention: as in section ``variants``.
        bank: how many faces, drawn by the seed, are the context of a prediction; otherwise all that train.
    """

    momentum: Annotated[float, Ge(0), Lt(1)] | None = None
    epochs: Annotated[int, Ge(1)] | None = None
    weight_decay: Annotated[float, Ge(0)] | None = None
    width: Annotated[int, Ge(1)] | None = None
    attention: bool | None = None
    bank: Annotated[int, Ge(1)] | None = None

    def of(self, params: Params) -> Params:
        """Section ``train`` or ``model``, changed."""
        return replace(params, **{f.name: v for f in fields(params) if (v := getattr(self, f.name, None)) is not None})


@dataclass(frozen=True)
class StudyParams:
    """Section ``study`` of params.real.yaml.

    Attributes:
        seeds: one network each of everything.
        backbones: by name; all variants are trained on each, by the paper's protocol.
        main: the backbone on whose features the speaker protocol and the values of alpha are tried as well; so they
            are on those of speech encoders.
        untrained: the same network with random weights: what does pre-training add?
        alphas: tried for FDAN.
        changes: name -> what is changed of FDAN, and looked at on validation speakers alone.
        changed_seeds: one network each of every change.
    """

    seeds: Seeds
    backbones: Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")], Backbone], MinLen(1)]
    main: str
    untrained: str
    alphas: Annotated[tuple[Alpha, ...], MinLen(1)]
    changes: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_][a-z0-9_.-]*$")], Change]
    changed_seeds: Seeds

    def __post_init__(self) -> None:
        known = [name for name in self.backbones if name not in self.encoders]
        for name in (self.main, self.untrained):
            if name not in known:
                raise ValueError(f"{name!r}: expected one of backbones, {', '.join(known)}")

    @property
    def encoders(self) -> tuple[str, ...]:
        """Those backbones that hear through a speech encoder."""
        return tuple(name for name, backbone in self.backbones.items() if backbone.acoustic != "mel")

    @property
    def whole(self) -> tuple[str, ...]:
        """Those on whose features everything is tried: `main`, and what hears through a speech encoder."""
        return (self.main, *self.encoders)

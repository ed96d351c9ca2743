"""Section ``study`` of params.real.yaml: the folds, the arms and the contrasts between them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, Gt, MinLen
from pydantic import StringConstraints

from fdan.backbones.speech_params import HearingParams
from fdan.runtime.params import Alpha, Seeds

PARAMS = Path("params.real.yaml")

SPEECH, FACES = "ravdess", "photographs"
"""The target corpus, and the corpus of the source faces."""

STUDY = "study"
"""Group of the predictions on unseen actors."""

TEACHER = "teacher"
"""Group of the predictions on held-out photographs."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_][a-z0-9_.-]*$")]


@dataclass(frozen=True)
class Backbone:
    """The networks that make the features, as in section ``features``.

    Attributes:
        network: of torchvision, for the photographs and for the Mel images.
        weights: ``random``, ``imagenet`` or the path of a state dict.
        acoustic: ``mel``, or ``whisper`` for a speech encoder.
        acoustic_weights: the encoder's folder.
    """

    network: Annotated[str, MinLen(1)]
    weights: Annotated[str, MinLen(1)]
    acoustic: Literal["mel", "whisper"] = "mel"
    acoustic_weights: Annotated[str, MinLen(1)] | None = None

    def __post_init__(self) -> None:
        HearingParams(self.acoustic, self.acoustic_weights)


@dataclass(frozen=True)
class Arm:
    """One system of the study, trained and tested on every fold.

    Attributes:
        title: its name in print.
        minutes: of two slow cores, at the sizes of params.real.yaml.
        system: ``fdan``; ``no_faces``, a classifier of speech alone; ``probe``, logistic regression on speech.
        attention: whether FDAN has cross-attention.
        alpha: the weight of LMMD; ``best``: of `StudyParams.alphas` that with the highest WAR on validation actors.
        faces: ``photographs``; ``permuted``, the same with permuted labels; ``blobs``, one Gaussian per class, as many
            samples of each class as there are photographs.
        bottleneck: ``shared`` by both modalities where their features have one width, as in the paper; ``separate``.
        actors: the speech of how many actors trains; None: of all outside the fold.
        backbone: whose features are read; None: `StudyParams.main`.
    """

    title: Annotated[str, MinLen(1)]
    minutes: Annotated[float, Ge(0)]
    system: Literal["fdan", "no_faces", "probe"] = "fdan"
    attention: bool = True
    alpha: Alpha | Literal["best"] = 0.001
    faces: Literal["photographs", "permuted", "blobs"] = "photographs"
    bottleneck: Literal["shared", "separate"] = "shared"
    actors: Annotated[int, Ge(1)] | None = None
    backbone: str | None = None


@dataclass(frozen=True)
class Contrast:
    """A difference of two arms, `first` minus `second`.

    Attributes:
        claim: in words.
        first: an arm.
        second: an arm.
        primary: whether it is tested; Holm's correction is for all primary contrasts. Others are exploratory.
        published: the paper's own difference of WAR, in points; None where the paper has none.
    """

    claim: Annotated[str, MinLen(1)]
    first: str
    second: str
    primary: bool = False
    published: float | None = None


@dataclass(frozen=True)
class StudyParams:
    """Section ``study`` of params.real.yaml.

    Attributes:
        folds: the actors that each fold tests.
        seeds: one network each on every fold, for the arms of primary contrasts.
        other_seeds: likewise, for all other arms, for validation and for the teacher.
        margin: points of WAR; a difference whose interval lies within +- this is negligible.
        backbones: by name.
        main: the backbone of an arm that names none.
        alphas: from which ``alpha: best`` chooses, above 0.
        arms: by name.
        contrasts: in the order of the page.
    """

    folds: Annotated[tuple[Annotated[tuple[str, ...], MinLen(1)], ...], MinLen(3)]
    seeds: Seeds
    other_seeds: Seeds
    margin: Annotated[float, Gt(0)]
    backbones: Annotated[dict[Name, Backbone], MinLen(1)]
    main: str
    alphas: Annotated[tuple[Annotated[float, Gt(0)], ...], MinLen(1)]
    arms: Annotated[dict[Name, Arm], MinLen(1)]
    contrasts: tuple[Contrast, ...]

    def __post_init__(self) -> None:
        actors = [actor for fold in self.folds for actor in fold]
        if len(set(actors)) < len(actors):
            raise ValueError("folds: expected each actor in one fold")
        if len({(contrast.first, contrast.second) for contrast in self.contrasts}) < len(self.contrasts):
            raise ValueError("contrasts: expected each pair of arms once")
        for named, kind, known in (
            ([self.main, *(arm.backbone for arm in self.arms.values() if arm.backbone)], "backbones", self.backbones),
            ([name for c in self.contrasts for name in (c.first, c.second)], "arms", self.arms),
        ):
            if unknown := [name for name in named if name not in known]:
                raise ValueError(f"{unknown[0]!r}: expected one of {kind}, {', '.join(known)}")

    @property
    def primaries(self) -> tuple[Contrast, ...]:
        """The contrasts that are tested."""
        return tuple(contrast for contrast in self.contrasts if contrast.primary)

    def seeds_of(self, arm: str) -> Seeds:
        """`seeds` for an arm of a primary contrast, `other_seeds` for any other."""
        tested = {name for contrast in self.primaries for name in (contrast.first, contrast.second)}
        return self.seeds if arm in tested else self.other_seeds

    def arms_on(self, backbone: str) -> dict[str, Arm]:
        """The arms that read the features of this backbone."""
        return {name: arm for name, arm in self.arms.items() if (arm.backbone or self.main) == backbone}

    def minutes_of(self, arms: Collection[str]) -> float:
        """Computed minutes of these arms, on two slow cores."""
        return sum(self.arms[name].minutes for name in arms)


def contrast_seeds(first: Mapping[str, object], second: Mapping[str, object]) -> tuple[str, ...]:
    """The seeds that both arms of a contrast have."""
    return tuple(seed for seed in first if seed in second)

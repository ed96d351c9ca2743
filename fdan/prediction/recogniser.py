"""A trained network in use: FDAN, the bank of training faces, and how a sound becomes its input."""

from fdan.numerics.pins import arithmetic  # before any library that computes

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.speech_encoder import SAMPLE_RATE
from fdan.backbones.speech_params import HearingParams
from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow
from fdan.data.records import read_records
from fdan.data.splits import TRAIN
from fdan.errors import FdanError
from fdan.learning.bank import Bank, build_bank, predict
from fdan.learning.checkpoint import read_checkpoint
from fdan.learning.domains import open_target
from fdan.learning.model import FDAN
from fdan.media.sound import MelParams
from fdan.metrics.calibration import read_temperature
from fdan.prediction.ranges import Ranges, ranges_of
from fdan.prediction.voice import WINDOW, Voice, voice_identity
from fdan.runtime.params import Seeds, load_params, load_part
from fdan.runtime.project import Project


class ModelError(FdanError):
    """There is no such model, or it does not fit what it needs."""


@dataclass(frozen=True)
class Recogniser:
    """All that an answer depends on.

    Attributes:
        network: FDAN, trained.
        bank: the training faces that a voice attends over (`fdan.learning.bank`).
        faces: of each row of the bank, ``<corpus>/<crop>``.
        classes: its emotions, in the order of its outputs.
        voice: how a sound becomes acoustic features.
        ranges: of the speech that trained it.
        temperature: that divides the logits, so that probabilities are about as often right as they say; 1 if unknown.
        synthetic: whether the demo's corpora trained it.
        about: corpus, variant, seed and settings of its training.
    """

    network: FDAN
    bank: Bank
    faces: tuple[str, ...]
    classes: tuple[Emotion, ...]
    voice: Voice
    ranges: Ranges
    temperature: float
    synthetic: bool
    about: Mapping[str, object]

    @property
    def window(self) -> float:
        """Length, in seconds, of what is heard together of a long recording: no longer than what it was trained on."""
        return min(WINDOW, self.ranges.longest)

    def probabilities(self, x: Float[Tensor, "n p"]) -> Float64[Tensor, "n c"]:
        """Of every emotion for acoustic features, each row by itself in the context of the bank."""
        logits, _ = predict(self.network, self.bank, x)
        return torch.softmax(logits.double() / self.temperature, dim=1)


def identity(recogniser: Recogniser) -> str:
    """SHA-256 over all that an answer depends on beside the recording, in hex."""
    network = sorted(recogniser.network.state_dict().items())
    tensors = [*network, *((f"bank {i}", z) for i, z in enumerate(recogniser.bank.visual))]
    about = (recogniser.classes, recogniser.temperature, recogniser.ranges, voice_identity(recogniser.voice))
    found = hashlib.sha256(repr((arithmetic(), *about)).encode())
    for name, tensor in tensors:
        found.update(f"{name} {tuple(tensor.shape)}".encode())
        found.update(tensor.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def trained_run(project: Project, name: Path | None) -> Path:
    """The checkpoint that is meant.

    Args:
        project: where the networks lie.
        name: of a checkpoint, with or without ``runs/`` before it and ``.safetensors`` after it, or of a folder of
            them, whose first seed is taken, or of a corpus, whose FDAN is taken. None: FDAN of the first target, the
            first seed.

    Raises:
        ModelError: there is none.
    """
    if not project.params.is_file():
        what = f"{name}: neither a model folder nor in a project" if name else "no model"
        raise ModelError(
            f"{what}: name a folder that `fdan export` wrote (--model DIR), or run from the project's root"
        )
    if name is None:
        target = next(iter(load_params("sources", dict[str, str], project.params)))
        seed = load_params("seeds", Seeds, project.params)[0]
        path = project.runs(target, "fdan", f"seed-{seed}.safetensors")
        if not path.is_file():
            raise ModelError(f"{path}: no trained network there; {_what_there_is(project)}")
        return path
    for place in (name, project.runs() / name):
        for folder in (place, place / "fdan"):
            if found := sorted(folder.glob("seed-*.safetensors"), key=lambda p: (len(p.name), p.name)):
                return found[0]
        for file in (place, place.with_name(f"{place.name}.safetensors")):
            if file.is_file():
                return file
    raise ModelError(f"{name}: no trained network there; {_what_there_is(project)}")


def _what_there_is(project: Project) -> str:
    runs = project.runs()
    if found := sorted(runs.glob("*/fdan/seed-*.safetensors")):
        return f"expected one below {runs}, such as {found[0].relative_to(runs).with_suffix('')}"
    return (
        f"none below {runs} yet: train with dvc repro, or take build/taste, where fdan taste trains one, as your folder"
    )


def load_run(project: Project, path: Path) -> Recogniser:
    """Return a network that the stage ``train`` of a project has left.

    Raises:
        FdanError: a file that the pipeline makes is missing, or of another run.
    """
    checkpoint = read_checkpoint(path)
    corpus = str(checkpoint.about.get("corpus"))
    sources = load_params("sources", dict[str, str], project.params)
    if corpus not in sources:
        raise ModelError(f"{path}: trained for {corpus}, which is no key of sources in {project.params}")
    target = open_target(project, corpus, [sources[corpus]])
    split, taught, there = target.split, target.sources, target.domains()
    faces = tuple(
        name
        for teacher, its in (taught or {corpus: split}).items()
        for name in _faces(project, teacher, its.visual(), there.classes)
    )
    widths = {there.acoustic.x.shape[1], checkpoint.model.standardise_a.mean.shape[0]}
    if checkpoint.classes != there.classes or len(widths) > 1 or len(faces) != len(there.visual.y):
        raise ModelError(f"{path}: trained on other emotions, features or faces than lie in data; dvc repro")
    mels = load_params("mels", MelParams, project.params)
    return Recogniser(
        checkpoint.model,
        build_bank(checkpoint.model, there.visual.x, there.acoustic.x),
        faces,
        there.classes,
        _voice(project, mels),
        ranges_of(project, corpus, split.acoustic(TRAIN), mels),
        read_temperature(project, corpus) if checkpoint.about.get("name") == "fdan" else 1.0,
        there.synthetic,
        checkpoint.about,
    )


def _voice(project: Project, mels: MelParams) -> Voice:
    features = load_part("features", FeatureParams, project.params)
    hearing = load_part("features", HearingParams, project.params)
    if hearing.acoustic == "mel":
        return Voice(mels, features)
    if mels.sample_rate != SAMPLE_RATE:
        raise ModelError(f"mels.sample_rate: {mels.sample_rate}: a speech encoder is heard at {SAMPLE_RATE} Hz")
    return Voice(mels, features, encoder=str(hearing.acoustic_weights))


def _faces(project: Project, corpus: str, utterances: frozenset[str], classes: tuple[Emotion, ...]) -> list[str]:
    """The training crops in the order of their features (fdan/backbones/image_features.py)."""
    rows = read_records(project.faces(corpus) / "index.csv", FaceRow)
    return [f"{corpus}/{r.crop}" for r in rows if r.crop and r.utterance in utterances and r.emotion in classes]

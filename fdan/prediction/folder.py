"""A model as a folder that needs nothing of the project: ``model.safetensors`` holds all of it."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from fdan.backbones.extractor import FeatureParams
from fdan.data.emotions import parse_emotion
from fdan.learning.bank import Bank
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams
from fdan.media.sound import MelParams
from fdan.prediction.ranges import Ranges
from fdan.prediction.recogniser import ModelError, Recogniser
from fdan.prediction.voice import BACKBONE, Voice, feature_network

MODEL = "model.safetensors"

NETWORK, BANK = "fdan.", "bank.visual."
"""What the names of FDAN's weights begin with, and those of the bank's layers, 0 to l - 1."""


def write_model(recogniser: Recogniser, model: ModelParams, path: Path) -> None:
    """Write network, bank, feature network and settings as one safetensors file.

    Args:
        recogniser: all of it.
        model: how the network was built.
        path: the file.
    """
    tensors: dict[str, Tensor] = {}
    for prefix, state in (
        (NETWORK, recogniser.network.state_dict()),
        (BANK, {str(i): z for i, z in enumerate(recogniser.bank.visual)}),
        (BACKBONE, feature_network(recogniser.voice).state_dict()),
    ):
        tensors |= {f"{prefix}{name}": tensor.detach().clone().contiguous() for name, tensor in state.items()}
    described = {
        "about": dict(recogniser.about),
        "attention": recogniser.network.cross_modal_layers[0].acoustic.attention,
        "classes": list(recogniser.classes),
        "faces": list(recogniser.faces),
        "features": asdict(recogniser.voice.features),
        "mels": asdict(recogniser.voice.mels),
        "model": asdict(model),
        "ranges": asdict(recogniser.ranges),
        "synthetic": recogniser.synthetic,
        "temperature": recogniser.temperature,
    }
    path.write_bytes(save(tensors, {"fdan": json.dumps(described, sort_keys=True)}))


def read_model(folder: Path) -> Recogniser:
    """What `write_model` wrote; nothing is unpickled.

    Raises:
        ModelError: the folder holds no such file.
    """
    path = folder / MODEL
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["fdan"])
            names = [name for name in file.keys() if not name.startswith(BACKBONE)]  # noqa: SIM118 (no mapping)
            tensors = {name: file.get_tensor(name) for name in names}
        return _recogniser(about, tensors, path)
    except (OSError, SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{path}: not a model that `fdan export` wrote ({reason})") from None


def _features(settings: Mapping[str, Any], path: Path) -> FeatureParams:
    """Read the feature network's settings; folders of former versions also name a precision, of which fp32 is left."""
    settings = dict(settings)
    if (precision := settings.pop("precision", "fp32")) != "fp32":
        raise ModelError(f"{path}: exported with features.precision {precision}, which was removed; export it anew")
    return FeatureParams(**settings)


def _recogniser(about: Mapping[str, Any], tensors: Mapping[str, Tensor], path: Path) -> Recogniser:
    classes = tuple(parse_emotion(name, str(path)) for name in about["classes"])
    state = {name.removeprefix(NETWORK): t for name, t in tensors.items() if name.startswith(NETWORK)}
    network = FDAN(len(state["standardise_a.mean"]), len(classes), ModelParams(**about["model"]), about["attention"])
    network.load_state_dict(state)
    layers = sorted((name for name in tensors if name.startswith(BANK)), key=lambda n: int(n.removeprefix(BANK)))
    return Recogniser(
        network.eval(),
        Bank(tuple(tensors[name] for name in layers), ()),
        tuple(about["faces"]),
        classes,
        Voice(MelParams(**about["mels"]), _features(about["features"], path), str(path.absolute())),
        Ranges(**about["ranges"]),
        float(about["temperature"]),
        bool(about["synthetic"]),
        about["about"],
    )

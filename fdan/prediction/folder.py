"""A model as a folder that needs nothing of the project: ``model.safetensors`` holds all of it."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Gt, MinLen
from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from fdan.backbones.extractor import FeatureParams
from fdan.data.emotions import parse_emotion, shown
from fdan.errors import FdanError
from fdan.learning.bank import Bank
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams
from fdan.media.sound import MAX_RATE, MelParams
from fdan.prediction.ranges import Ranges
from fdan.prediction.recogniser import ModelError, Recogniser
from fdan.prediction.voice import BACKBONE, Voice, feature_network

MODEL = "model.safetensors"

FORMAT = 1
"""Of the file: a later one that this code cannot read has a greater number. Files of before it have none."""

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
        "format": FORMAT,
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


@dataclass(frozen=True)
class _Described:
    """What the file says of the model; the types and bounds are checked when it is read."""

    about: dict[str, Any]
    attention: bool
    classes: Annotated[list[str], MinLen(1)]
    faces: Annotated[list[str], MinLen(1)]
    features: dict[str, Any]
    mels: MelParams
    model: ModelParams
    ranges: Ranges
    synthetic: bool
    temperature: Annotated[float, Gt(0)]
    format: int = 0


_DESCRIBED = TypeAdapter(with_config(ConfigDict(allow_inf_nan=False))(_Described))


def read_model(folder: Path) -> Recogniser:
    """What `write_model` wrote; nothing is unpickled, and nothing is believed unseen.

    Raises:
        ModelError: the folder holds no such file, one of a newer format, or values with which nothing can be answered.
    """
    path = folder / MODEL
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["fdan"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        version = about.get("format", 0)
        if isinstance(version, int) and version > FORMAT:
            raise ModelError(f"{path}: of a newer version: format {version}, expected {FORMAT} at most; update fdan")
        return _recogniser(_DESCRIBED.validate_python(about), tensors, path)
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"]))
        found = shown(repr(wrong["input"]))
        reason = f"{where}: {wrong['msg'].removeprefix('Value error, ')}, found {found}"
    except ModelError:
        raise
    except FdanError as error:
        reason = str(error).removeprefix(f"{path}: ")
    except Exception as error:  # whatever a broken file leads to
        reason = " ".join(str(error).split())[:300] or type(error).__name__
    raise ModelError(f"{path}: not a model that `fdan export` wrote ({reason}); export it anew")


def _features(settings: Mapping[str, Any], path: Path) -> FeatureParams:
    """Read the feature network's settings; folders of former versions also name a precision, of which fp32 is left."""
    settings = dict(settings)
    if (precision := settings.pop("precision", "fp32")) != "fp32":
        raise ModelError(f"{path}: exported with features.precision {precision}, which was removed; export it anew")
    return _FEATURES.validate_python(settings)


_FEATURES = TypeAdapter(FeatureParams)


def _recogniser(described: _Described, tensors: Mapping[str, Tensor], path: Path) -> Recogniser:
    if broken := sorted(name for name, t in tensors.items() if t.is_floating_point() and not t.isfinite().all()):
        raise ValueError(f"{broken[0]}: holds numbers that are not finite")
    if described.mels.sample_rate > MAX_RATE:
        raise ValueError(f"mels.sample_rate: {described.mels.sample_rate}, expected {MAX_RATE} at most")
    classes = tuple(parse_emotion(name, str(path)) for name in described.classes)
    state = {name.removeprefix(NETWORK): t for name, t in tensors.items() if name.startswith(NETWORK)}
    network = FDAN(len(state["standardise_a.mean"]), len(classes), described.model, described.attention)
    network.load_state_dict(state)
    bank = tuple(tensors[f"{BANK}{layer}"] for layer in range(described.model.layers))
    expected = (len(described.faces), described.model.width)
    if shapes := [tuple(z.shape) for z in bank if tuple(z.shape) != expected]:
        raise ValueError(f"the bank of training faces: {shapes[0]}, expected {expected}")
    voice = Voice(described.mels, _features(described.features, path), str(path.absolute()))
    feature_network(voice)  # that its weights fit is seen here and not in every process
    return Recogniser(
        network.eval(),
        Bank(bank, ()),
        tuple(described.faces),
        classes,
        voice,
        described.ranges,
        described.temperature,
        described.synthetic,
        described.about,
    )

"""Trained networks as files that say what they are."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save

from fdan.data.emotions import Emotion, parse_emotion
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, TrainingError


@dataclass(frozen=True)
class Checkpoint:
    """A trained network that says what it is."""

    model: FDAN
    classes: tuple[Emotion, ...]
    about: dict[str, object]


def encode_checkpoint(model: FDAN, classes: Sequence[Emotion], params: ModelParams, about: dict[str, object]) -> bytes:
    """Weights, standardisation and everything needed to rebuild the network, as the bytes of one safetensors file.

    Args:
        model: one network; its weights keep their first axis, ``[1, ...]``.
        classes: its emotions, in the order of its outputs.
        params: how it was built.
        about: how it was trained (corpus, variant, seed, alpha, ...); kept as it is.
    """
    described: dict[str, object] = {
        "about": about,
        "attention": model.cross_modal_layers[0].acoustic.attention,
        "classes": list(classes),
        "features": model.standardise_v.mean.shape[0],
        "model": asdict(params),
    }
    if model.bottleneck_a is not None:
        described["acoustic"] = model.standardise_a.mean.shape[0]
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    # One key: safetensors writes several in changing order.
    return save(state, {"fdan": json.dumps(described, sort_keys=True)})


def describe_checkpoint(data: bytes, about: dict[str, object]) -> bytes:
    """The same network as `encode_checkpoint` gave, with other words on how it was trained."""
    described = json.loads(_header(data)["__metadata__"]["fdan"]) | {"about": about}
    return save(load(data), {"fdan": json.dumps(described, sort_keys=True)})


def _header(data: bytes) -> dict[str, Any]:
    # A safetensors file is the length of its header, eight bytes, the header, the numbers.
    header: dict[str, Any] = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return header


def decode_checkpoint(data: bytes, where: str) -> Checkpoint:
    """The network of `encode_checkpoint`; nothing is unpickled.

    Raises:
        TrainingError: it is not a checkpoint of this project; `where` opens the message.
    """
    try:
        state = load(data)
        described = json.loads(_header(data)["__metadata__"]["fdan"])
        classes = tuple(parse_emotion(e, where) for e in described["classes"])
        params = ModelParams(**described["model"])
        widths = described["features"], described.get("acoustic")
        model = FDAN(widths[0], len(classes), params, described["attention"], widths[1])
        model.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise TrainingError(f"{where}: not a checkpoint of this project ({reason})") from None
    return Checkpoint(model.eval(), classes, described["about"])


def write_checkpoint(
    model: FDAN, classes: Sequence[Emotion], params: ModelParams, about: dict[str, object], path: Path
) -> None:
    """Write `encode_checkpoint`'s file."""
    path.write_bytes(encode_checkpoint(model, classes, params, about))


def read_checkpoint(path: Path) -> Checkpoint:
    """Rebuild a network from its file alone.

    Raises:
        TrainingError: the file is missing, or is not a checkpoint of this project.
    """
    if not path.is_file():
        raise TrainingError(f"{path}: no such file; it is made by the train stage (dvc repro)")
    return decode_checkpoint(path.read_bytes(), str(path))

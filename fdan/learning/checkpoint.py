"""Trained networks as files that say what they are."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from fdan.data.emotions import Emotion, parse_emotion
from fdan.learning.model import FDAN
from fdan.learning.params import ModelParams, TrainingError


@dataclass(frozen=True)
class Checkpoint:
    """A trained network that says what it is."""

    model: FDAN
    classes: tuple[Emotion, ...]
    about: dict[str, object]


def write_checkpoint(
    model: FDAN, classes: Sequence[Emotion], params: ModelParams, about: dict[str, object], path: Path
) -> None:
    """Write weights, standardisation and everything needed to rebuild the network as one safetensors file.

    Args:
        model: the network.
        classes: its emotions, in the order of its outputs.
        params: how it was built.
        about: how it was trained (corpus, variant, seed, alpha, ...); kept as it is.
        path: the file.
    """
    described = {
        "about": about,
        "attention": model.cross_modal_layers[0].acoustic.attention,
        "classes": list(classes),
        "features": model.standardise_a.mean.shape[0],
        "model": asdict(params),
    }
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    # One key: safetensors writes several in changing order.
    save_file(state, path, {"fdan": json.dumps(described, sort_keys=True)})


def read_checkpoint(path: Path) -> Checkpoint:
    """Rebuild a network from its file alone; nothing is unpickled.

    Raises:
        TrainingError: the file is missing, or is not a checkpoint of this project.
    """
    try:
        with safe_open(path, framework="pt") as file:
            described = json.loads((file.metadata() or {})["fdan"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        classes = tuple(parse_emotion(e, str(path)) for e in described["classes"])
        params = ModelParams(**described["model"])
        model = FDAN(described["features"], len(classes), params, described["attention"])
        model.load_state_dict(state)
    except FileNotFoundError:
        raise TrainingError(f"{path}: no such file; it is made by the train stage (dvc repro)") from None
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise TrainingError(f"{path}: not a checkpoint of this project ({reason})") from None
    return Checkpoint(model.eval(), classes, described["about"])

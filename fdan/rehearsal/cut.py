"""Params of the rehearsal: the paper's, with every learner cut short."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

EPOCHS = 3

SEED = [0]


def cut(document: Mapping[str, Any], epochs: int = EPOCHS) -> dict[str, Any]:
    """One seed and a few epochs of every learner; the sizes of all networks stay."""
    short: dict[str, Any] = deepcopy(dict(document))
    short["seeds"] = SEED
    for section in ("protocols", "tuning", "cnn", "released"):
        short[section]["seeds"] = SEED
    for section in (short["train"], short["cnn"], short["released"], *short["baselines"].values()):
        if "epochs" in section:
            section["epochs"] = min(epochs, section["epochs"])
    for method in short["baselines"].values():
        method["seeds"] = SEED
    return short


def over(
    document: Mapping[str, Any], overlay: Mapping[str, Any], whole: tuple[str, ...], path: str = ""
) -> dict[str, Any]:
    """A document with values of another in it.

    Args:
        document: to change.
        overlay: sections and values.
        whole: dotted mappings that are replaced, not merged.
        path: of both, dotted.
    """
    found = dict(document)
    for name, value in overlay.items():
        where = f"{path}{name}"
        inner = isinstance(value, Mapping) and isinstance(found.get(name), Mapping) and where not in whole
        found[name] = over(found[name], value, whole, f"{where}.") if inner else value
    return found

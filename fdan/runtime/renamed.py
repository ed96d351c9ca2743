"""Names of former versions, and the line that each of them ends in; docs/migrating.md lists all that changed."""

import sys
from collections.abc import Iterable, Mapping
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

PAGE = "docs/migrating.md"

COMMANDS = {
    "audit": "renamed; type: fdan grim",
    "completion": "removed; no command takes its place",
    "finetune": "a stage now; type: dvc repro finetune@CORPUS",
    "rehearse": "removed; docs/full_size.md keeps what it measured",
}
"""Former command of `fdan` -> what became of it."""

DOWNLOADS = {"weights-speech": "renamed; type: fdan download weights --speech"}
"""What could be downloaded under another name."""

SECTIONS = {"baselines": "methods", "cnn.learning_rate": "cnn.learning_rates"}
"""Former key of params.yaml -> today's."""

REMOVED = {
    "features.precision": "features are always computed in fp32",
    "protocols.alpha": "the protocols use alpha",
}
"""Former key of params.yaml that has none in its place -> why."""

STAGES = {
    "audit": "merged; type: dvc repro results",
    "baselines": "renamed; type: dvc repro cnn",
    "calibration": "merged; type: dvc repro train",
    "evaluate": "merged; type: dvc repro train",
    "mels": "merged; type: dvc repro audio",
    "sounds": "merged; type: dvc repro audio",
    "tables": "merged; type: dvc repro results",
}
"""Former script below stages/ -> what became of it."""


def old_keys(document: Mapping[str, Any]) -> list[str]:
    """List what a params.yaml still says under a former name, each with what to write instead."""
    renamed = [
        f"{old}{below}: renamed; write {new}{below}"
        for old, new in SECTIONS.items()
        for below in _below(_values(document, old))
    ]
    return renamed + [f"{old}: removed ({why}); delete it" for old, why in REMOVED.items() if _values(document, old)]


def _values(document: Mapping[str, Any], key: str) -> list[Any]:
    """The value of a dotted key, as a list of one; an empty list where the key is missing."""
    value: Any = document
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return []
        value = value[part]
    return [value]


def _below(values: list[Any]) -> list[str]:
    """What follows a section's name: the one dotted key that ``dvc exp run -S +`` adds, else nothing."""
    below = []
    for value in values:
        names = ""
        while isinstance(value, Mapping) and len(value) == 1:
            [(name, value)] = value.items()
            names += f".{name}"
        below.append(names)
    return below


class OldStages(MetaPathFinder):
    """The last finder of modules: it is asked for a module of a stage only where there is none."""

    def find_spec(
        self, fullname: str, path: Iterable[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """End with one line and exit code 2 where a script of a former version is started."""
        package, _, name = fullname.partition(".")
        if package == "stages" and name in STAGES:
            print(f"{fullname}: error: {STAGES[name]} ({PAGE})", file=sys.stderr)
            raise SystemExit(2)
        return None

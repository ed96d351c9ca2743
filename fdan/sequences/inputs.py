"""What a method reads of each utterance, and its safetensors form: sequences of numbers, texts, never a label."""

from fdan.numerics.pins import unpinned

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float32, Int64
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from fdan.data.emotions import CorpusError

Arrays = Mapping[str, Float32[np.ndarray, "_ _"]]
"""Of one utterance, by name: ``[steps, features]``; a plain vector has one step."""

Columns = Mapping[str, tuple[Float32[np.ndarray, "_ _"], ...]]
"""Of n utterances, by name: an array for each; steps may differ, features may not."""


@dataclass(frozen=True)
class Inputs:
    """What a method reads of n utterances.

    Attributes:
        utterances: their ids.
        arrays: by name, for each utterance an array ``[steps, features]``.
        augmented: altered copies, likewise; for training alone, `blind` takes them away.
        texts: by name, for each utterance a text: a transcript, a speaker, a dialogue.
        missing: why the corpus gives this method nothing to read, such as ``no transcript``; else empty.
    """

    utterances: tuple[str, ...]
    arrays: Columns = field(default_factory=dict)
    augmented: Columns = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: str = ""

    def __post_init__(self) -> None:
        n = len(self.utterances)
        for name, values in [*self.arrays.items(), *self.augmented.items(), *self.texts.items()]:
            if len(values) != n:
                raise CorpusError(f"inputs: {name} has {len(values)} values; expected one for each of {n} utterances")

    def __len__(self) -> int:
        return len(self.utterances)

    def of(self, utterances: Collection[str]) -> "Inputs":
        """Those of some utterances, in the order they have here.

        Raises:
            CorpusError: one of them is not here.
        """
        wanted = frozenset(utterances)
        if lacking := wanted.difference(self.utterances):
            raise CorpusError(f"inputs: {len(lacking)} utterances of the split are missing, such as {min(lacking)}")
        return self.at([i for i, u in enumerate(self.utterances) if u in wanted])

    def at(self, rows: Sequence[int]) -> "Inputs":
        """Those at some places, in that order."""
        return Inputs(
            tuple(self.utterances[i] for i in rows),
            {name: tuple(values[i] for i in rows) for name, values in self.arrays.items()},
            {name: tuple(values[i] for i in rows) for name, values in self.augmented.items()},
            {name: tuple(values[i] for i in rows) for name, values in self.texts.items()},
            self.missing,
        )

    def blind(self) -> "Inputs":
        """The same without altered copies: what is tested is never augmented."""
        return Inputs(self.utterances, self.arrays, {}, self.texts, self.missing)

    def stack(self, name: str) -> Float32[np.ndarray, "n t p"]:
        """Arrays of equal shape as one."""
        return np.stack(self.arrays[name])


def write_inputs(inputs: Inputs, path: Path) -> None:
    """Write one safetensors file: for each name all steps one after the other, and how many each utterance has."""
    tensors = {}
    for kind, columns in (("arrays", inputs.arrays), ("augmented", inputs.augmented)):
        for name, values in columns.items():
            tensors[f"{kind}.{name}"] = np.concatenate(values)
            tensors[f"{kind}.{name}.steps"] = np.array([len(v) for v in values], dtype=np.int64)
    about = {"utterances": inputs.utterances, "texts": dict(inputs.texts), "missing": inputs.missing} | unpinned()
    save_file(tensors, path, {"fdan": json.dumps(about, sort_keys=True)})


def read_inputs(path: Path) -> Inputs:
    """Read what `write_inputs` wrote.

    Raises:
        CorpusError: the file is missing or is not one of inputs.
    """
    columns: dict[str, dict[str, tuple[np.ndarray, ...]]] = {"arrays": {}, "augmented": {}}
    try:
        with safe_open(path, framework="np") as file:
            about = json.loads((file.metadata() or {})["fdan"])
            for key in file.keys():  # noqa: SIM118 (it is no mapping)
                kind, name = key.split(".", 1)
                if not name.endswith(".steps"):
                    columns[kind][name] = _cut(file.get_tensor(key), file.get_tensor(f"{key}.steps"))
        texts = {name: tuple(values) for name, values in about["texts"].items()}
        return Inputs(tuple(about["utterances"]), columns["arrays"], columns["augmented"], texts, about["missing"])
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; it is made by the inputs stage (dvc repro)") from None
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(f"{path}: not an input file of this project ({error})") from None


def _cut(values: Float32[np.ndarray, "total p"], steps: Int64[np.ndarray, " n"]) -> tuple[np.ndarray, ...]:
    return tuple(np.split(values, np.cumsum(steps)[:-1])) if len(steps) else ()

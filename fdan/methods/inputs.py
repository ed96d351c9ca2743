"""What a method reads of each utterance, and its safetensors form: sequences of numbers, texts, never a label."""

from fdan.numerics.pins import unpinned

import json
import struct
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from jaxtyping import Float32, Int64
from safetensors import SafetensorError, safe_open

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
    """Write one safetensors file: for each name all steps one after the other, and how many each utterance has.

    Array by array, since the library wants all of the file in memory twice, and MELD's may be as large as that.
    """
    tensors: dict[str, tuple[str, list[int], Sequence[np.ndarray]]] = {}
    for kind, columns in (("arrays", inputs.arrays), ("augmented", inputs.augmented)):
        for name, values in columns.items():
            steps = np.array([len(v) for v in values], dtype="<i8")
            width = values[0].shape[1] if values else 0
            tensors[f"{kind}.{name}"] = ("F32", [int(steps.sum()), width], values)
            tensors[f"{kind}.{name}.steps"] = ("I64", [len(steps)], [steps])
    about = {"utterances": inputs.utterances, "texts": dict(inputs.texts), "missing": inputs.missing} | unpinned()
    header: dict[str, object] = {"__metadata__": {"fdan": json.dumps(about, sort_keys=True)}}
    order, end = sorted(tensors, key=lambda key: (tensors[key][0] == "F32", key)), 0  # wide numbers first: aligned
    for key in order:
        dtype, shape, _ = tensors[key]
        start, end = end, end + int(np.prod(shape)) * (4 if dtype == "F32" else 8)
        header[key] = {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for key in order:
            for value in tensors[key][2]:
                file.write(np.ascontiguousarray(value).tobytes())


def read_inputs(path: Path) -> Inputs:
    """Read what `write_inputs` wrote; the arrays stay in the file until they are looked at.

    Raises:
        CorpusError: the file is missing or is not one of inputs.
    """
    columns: dict[str, dict[str, tuple[np.ndarray, ...]]] = {"arrays": {}, "augmented": {}}
    try:
        with safe_open(path, framework="np") as file, path.open("rb") as raw:
            (length,) = struct.unpack("<Q", raw.read(8))
            header = json.loads(raw.read(length))
            about = json.loads((file.metadata() or {})["fdan"])
            for key in file.keys():  # noqa: SIM118 (it is no mapping)
                kind, name = key.split(".", 1)
                if not name.endswith(".steps"):
                    place, shape = 8 + length + header[key]["data_offsets"][0], tuple(header[key]["shape"])
                    columns[kind][name] = cut(path, place, shape, file.get_tensor(f"{key}.steps"))
        texts = {name: tuple(values) for name, values in about["texts"].items()}
        return Inputs(tuple(about["utterances"]), columns["arrays"], columns["augmented"], texts, about["missing"])
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; it is made by the inputs stage (dvc repro)") from None
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(f"{path}: not an input file of this project ({error})") from None


def cut(
    file: Path | IO[bytes], place: int, shape: tuple[int, ...], steps: Int64[np.ndarray, " n"]
) -> tuple[np.ndarray, ...]:
    """Rows of float32 that begin at some byte of a file, ``steps`` of them for each of n utterances; views of it.

    Whoever writes into one changes it in memory alone.
    """
    if not len(steps):
        return ()
    values = np.memmap(file, "<f4", "c", place, shape) if np.prod(shape) else np.zeros(shape, np.float32)
    return tuple(np.split(values.view(np.ndarray), np.cumsum(steps)[:-1]))

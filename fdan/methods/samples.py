"""Training and test utterances side by side: everything that is read of both, and the labels of the first alone."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from fdan.methods.inputs import Inputs
from fdan.methods.running import Labelled
from fdan.methods.text import Lexical

UNLABELLED = -1
"""Stands for the label of every utterance that does not train; what cross-entropy is told to ignore."""

NOBODY = -1
"""In a table of rows, the place of no utterance."""


@dataclass(frozen=True)
class Samples:
    """The n utterances of one corpus: those that train, and then those that are tested.

    Attributes:
        inputs: what is read of all of them.
        labels: of those that train; of the others `UNLABELLED`.
    """

    inputs: Inputs
    labels: Int64[Tensor, " n"]

    @staticmethod
    def of(train: Labelled, test: Inputs) -> "Samples":
        """Join what a method is given; a context method learns from labelled utterances among unlabelled ones."""
        first = train.inputs
        joined = Inputs(
            first.utterances + test.utterances,
            {name: values + test.arrays[name] for name, values in first.arrays.items()},
            texts={name: values + test.texts[name] for name, values in first.texts.items()},
        )
        labels = torch.full((len(joined),), UNLABELLED)
        labels[: len(first)] = torch.from_numpy(train.labels)
        return Samples(joined, labels)

    @property
    def training(self) -> int:
        """How many utterances train: the first ones."""
        return int((self.labels != UNLABELLED).sum())

    def vectors(self, name: str) -> Float[Tensor, "n p"]:
        """One vector per utterance, the mean over its steps, standardised; zeros, the mean, where it has no step."""
        return self._standardised([values.mean(axis=0) if len(values) else None for values in self.inputs.arrays[name]])

    def modalities(self, width: int) -> dict[str, Float[Tensor, "n _"]]:
        """Each modality as one standardised vector per utterance: text where the corpus has it, sound, faces."""
        found = {name: self.vectors(name) for name in ("acoustic", "visual") if name in self.inputs.arrays}
        return {"text": self.text(width), **found} if any(self.inputs.texts["text"]) else found

    def text(self, width: int) -> Float[Tensor, "n p"]:
        """The transcripts, standardised: as a pretrained encoder read them, or in `width` lexical numbers."""
        if "text" in self.inputs.arrays:
            return self.vectors("text")
        return self._standardised(list(self.lexical(width)(self.inputs.texts["text"])))

    def lexical(self, width: int) -> Lexical:
        """The lexical encoder, fitted to the training utterances' transcripts."""
        return Lexical(self.inputs.texts["text"][: self.training], width)

    def sequences(self, name: str, limit: int) -> "Steps":
        """The first `limit` steps of each utterance, standardised."""
        return self.steps([values[:limit] for values in self.inputs.arrays[name]])

    def tokens(self, width: int, limit: int) -> "Steps":
        """The first `limit` pieces of each transcript: a pretrained encoder's, or words in lexical numbers."""
        if "tokens" in self.inputs.arrays:
            return self.sequences("tokens", limit)
        words = [_WORD.findall(text)[:limit] for text in self.inputs.texts["text"]]
        known = sorted({word for said in words for word in said})
        encoded = dict(zip(known, self.lexical(width)(known), strict=True))
        return self.steps([np.array([encoded[w] for w in said], np.float32).reshape(-1, width) for said in words])

    def steps(self, values: Sequence[Float32[np.ndarray, "_ p"]]) -> "Steps":
        """Steps of each utterance, standardised by those of the training utterances; a single 0 where there is none."""
        x = torch.from_numpy(np.concatenate(values))
        counts = [len(steps) for steps in values]
        training = torch.repeat_interleave(self.labels != UNLABELLED, torch.tensor(counts))
        pieces = standardise(x, training).split(counts)
        return Steps(tuple(piece if len(piece) else torch.zeros(1, x.shape[1]) for piece in pieces))

    def speakers(self, most: int) -> Int64[Tensor, " n"]:
        """Who speaks, as a number within the dialogue, in the order of the first word; from `most` on, all the same."""
        numbers = torch.zeros(len(self.inputs), dtype=torch.int64)
        for thread in threads(self.inputs):
            met: dict[str, int] = {}
            for row in thread:
                number = met.setdefault(self.inputs.texts["speaker"][row], len(met))
                numbers[row] = min(number, most - 1)
        return numbers

    def _standardised(self, values: Sequence[np.ndarray | None]) -> Float[Tensor, "n p"]:
        x, there = stack(values)
        return standardise(x, there & (self.labels != UNLABELLED)) * there[:, None]


@dataclass(frozen=True)
class Steps:
    """Sequences of utterances, each of one step or more.

    Attributes:
        values: [steps, p] of each.
    """

    values: tuple[Float[Tensor, "_ p"], ...]

    @property
    def width(self) -> int:
        """p, the features of a step."""
        return self.values[0].shape[1]

    def at(self, rows: Int64[Tensor, " b"]) -> tuple[Float[Tensor, "b t p"], Bool[Tensor, "b t"]]:
        """Some utterances side by side, as long as the longest of them, zeros after the last step; where is a step."""
        chosen = [self.values[row] for row in rows.tolist()]
        x = pad_sequence(chosen, batch_first=True)
        return x, torch.arange(x.shape[1]) < torch.tensor([len(steps) for steps in chosen])[:, None]


_WORD = re.compile(r"\w+|[^\w\s]+")


def stack(values: Sequence[np.ndarray | None]) -> tuple[Float[Tensor, "n p"], Bool[Tensor, " n"]]:
    """Vectors as one tensor, zeros where there is none, and where there is one."""
    width = next((len(value) for value in values if value is not None), 1)
    rows = [np.zeros(width, np.float32) if value is None else value for value in values]
    return torch.from_numpy(np.stack(rows)), torch.tensor([value is not None for value in values])


def standardise(x: Float[Tensor, "n p"], fitted: Bool[Tensor, " n"]) -> Float[Tensor, "n p"]:
    """``(x - mean) / sd`` by the statistics of the `fitted` rows; a feature that never varies there is divided by 1."""
    known = x[fitted].double()
    if not len(known):
        return x
    sd, mean = torch.std_mean(known, dim=0, correction=0)
    # A constant feature has an sd of rounding noise only; dividing by that would blow it up.
    sd = torch.where(sd > 1e-6 * mean.abs(), sd, torch.ones_like(sd))
    return ((x - mean) / sd).float()


def table(threads: Sequence[Sequence[int]]) -> Int64[Tensor, "b t"]:
    """Dialogues as one row each, filled up with `NOBODY`."""
    rows = torch.full((len(threads), max(map(len, threads))), NOBODY)
    for i, thread in enumerate(threads):
        rows[i, : len(thread)] = torch.tensor(thread)
    return rows


def threads(inputs: Inputs) -> list[list[int]]:
    """The rows of each dialogue in the order in which they are said; who is in none is a dialogue of one."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row, utterance in enumerate(inputs.utterances):
        dialogue = inputs.texts["dialogue"][row]
        found[("dialogue", dialogue) if dialogue else ("alone", utterance)].append(row)
    return [sorted(found[key], key=lambda row: int(inputs.texts["place"][row])) for key in sorted(found)]

"""Backbone features of one corpus and modality, and their safetensors form."""

from fdan.numerics.pins import unpinned

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from fdan.data.emotions import CorpusError, Emotion, parse_emotion
from fdan.runtime.input_guard import note_input


@dataclass(frozen=True)
class FeatureSet:
    """Features of the samples of one modality; an utterance with three face crops has three rows.

    Attributes:
        utterances: the utterance of each sample.
        emotions: its label.
        values: float32 [n, p].
    """

    utterances: tuple[str, ...]
    emotions: tuple[Emotion, ...]
    values: Float[Tensor, "n p"]

    def __post_init__(self) -> None:
        if not len(self.utterances) == len(self.emotions) == len(self.values):
            counts = f"{len(self.utterances)} utterances, {len(self.emotions)} emotions, {len(self.values)} rows"
            raise CorpusError(f"features disagree: {counts}")

    def of(self, utterances: Collection[str], emotions: Collection[Emotion]) -> "FeatureSet":
        """The samples of these utterances and emotions, in the order they have here."""
        rows = [
            i
            for i, (u, e) in enumerate(zip(self.utterances, self.emotions, strict=True))
            if u in utterances and e in emotions
        ]
        return FeatureSet(
            tuple(self.utterances[i] for i in rows), tuple(self.emotions[i] for i in rows), self.values[rows]
        )


def concatenate(sets: Collection[FeatureSet]) -> FeatureSet:
    """The samples of several corpora, one after the other."""
    return FeatureSet(
        tuple(u for s in sets for u in s.utterances),
        tuple(e for s in sets for e in s.emotions),
        torch.cat([s.values for s in sets]),
    )


def write_features(features: FeatureSet, path: Path) -> None:
    """Write one safetensors file; a single metadata key, since several come out in changing order."""
    about = {"emotions": list(features.emotions), "utterances": list(features.utterances)} | unpinned()
    save_file({"values": features.values.contiguous()}, path, {"fdan": json.dumps(about, sort_keys=True)})


def read_features(path: Path) -> FeatureSet:
    """Read what `write_features` wrote.

    Raises:
        CorpusError: the file is missing or is not a feature file.
    """
    try:
        note_input(path)  # safetensors opens it by itself
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})["fdan"])
            values = file.get_tensor("values")
            emotions = tuple(parse_emotion(e, str(path)) for e in about["emotions"])
            return FeatureSet(tuple(about["utterances"]), emotions, values)
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; it is made by the features stage (dvc repro)") from None
    except (SafetensorError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise CorpusError(f"{path}: not a feature file of this project ({error})") from None

"""What the methods read of a corpus beside its sounds: transcripts, who speaks where, features of both modalities."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float32
from tqdm import tqdm

from fdan.data.emotions import Modality
from fdan.data.features import read_features
from fdan.data.manifest import Utterance, read_manifest
from fdan.methods.inputs import Inputs
from fdan.methods.params import LEXICAL
from fdan.methods.text import Pretrained
from fdan.runtime.project import Project

NO_TRANSCRIPT, NO_DIALOGUE = "no transcript", "no dialogue"
"""Why a corpus gives a method nothing to read."""

Steps = tuple[Float32[np.ndarray, "_ _"], ...]
"""Of n utterances."""


def texts_of(utterances: Sequence[Utterance]) -> dict[str, tuple[str, ...]]:
    """Return what methods read in words of each utterance, by the names under which they ask for it."""
    return {
        "text": tuple(u.text for u in utterances),
        "speaker": tuple(u.speaker for u in utterances),
        "dialogue": tuple(u.dialogue for u in utterances),
        "place": tuple(str(u.place) for u in utterances),
    }


def through(encode: Callable[[str], Float32[np.ndarray, "_ _"]], texts: Sequence[str], title: str) -> Steps:
    """Encode each text, with a progress bar; equal texts are read once, an empty one has no step."""
    known = {text: encode(text) for text in tqdm(sorted({*texts} - {""}), title, leave=False, disable=None)}
    nothing = next(iter(known.values()))[:0] if known else np.zeros((0, 1), np.float32)
    return tuple(known.get(text, nothing) for text in texts)


@dataclass(frozen=True)
class Corpus:
    """What earlier stages have written of a corpus.

    Attributes:
        project: where its files lie.
        name: its key in params.yaml.
        encoder: ``text.encoder`` of params.yaml.
    """

    project: Project
    name: str
    encoder: str

    @cached_property
    def pretrained(self) -> Pretrained | None:
        """The encoder of texts; none if that is ``lexical``, which is fitted to training texts, and so by the method.

        It reads 128 pieces of a text at most; MELD's longest text has 80 or so.

        Raises:
            FdanError: it cannot be loaded.
        """
        return None if self.encoder == LEXICAL else Pretrained(self.encoder, 128)

    def texts(self, utterances: Sequence[str] | None = None) -> Inputs:
        """Return ``text``, ``speaker``, ``dialogue`` and ``place`` of some utterances, by default of all.

        Raises:
            CorpusError: there is no manifest, or it is none.
        """
        found = {u.id: u for u in read_manifest(self.project.manifest(self.name)).utterances}
        utterances = tuple(found) if utterances is None else tuple(utterances)
        return Inputs(utterances, texts=texts_of([found[id_] for id_ in utterances]))

    def steps(self, modality: Modality, utterances: Iterable[str]) -> Steps:
        """Return the features [k, p] of each utterance's k samples of a modality; k may be 0.

        Raises:
            CorpusError: there are no features.
        """
        features = read_features(self.project.features(modality, self.name))
        rows: dict[str, list[int]] = defaultdict(list)
        for row, utterance in enumerate(features.utterances):
            rows[utterance].append(row)
        values = features.values.numpy()
        return tuple(values[rows[utterance]] for utterance in utterances)

    def context(self, modalities: Collection[str]) -> Inputs:
        """Return texts, and one vector per utterance of each modality: ``acoustic``, ``visual``, ``text``.

        The transcripts have vectors where a pretrained encoder is named.

        Args:
            modalities: those that are read.

        Raises:
            CorpusError: a file of an earlier stage is missing or broken.
            FdanError: the encoder cannot be loaded.
        """
        inputs = self.texts()
        arrays = {}
        for modality in (m for m in Modality if m in modalities):
            steps = self.steps(modality, inputs.utterances)
            arrays[str(modality)] = tuple(x.mean(axis=0, keepdims=True) if len(x) else x for x in steps)
        if "text" not in modalities:
            return replace(inputs, arrays=arrays, texts={**inputs.texts, "text": ("",) * len(inputs)})
        if any(inputs.texts["text"]) and self.pretrained:
            arrays["text"] = through(self.pretrained.sentence, inputs.texts["text"], f"texts {self.name}")
        return replace(inputs, arrays=arrays)

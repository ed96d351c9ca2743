"""What the methods read of a corpus beside its sounds: transcripts, who speaks where, features of both modalities."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from tqdm import tqdm

from fdan.data.emotions import Modality
from fdan.data.features import read_features
from fdan.data.manifest import Utterance, read_manifest
from fdan.runtime.params import load_params
from fdan.sequences.inputs import Inputs
from fdan.text.params import LEXICAL, TextParams
from fdan.text.pretrained import Pretrained

NO_TRANSCRIPT, NO_DIALOGUE = "no transcript", "no dialogue"
"""Why a corpus gives a method nothing to read."""

Steps = tuple[Float32[np.ndarray, "_ _"], ...]
"""Of n utterances."""


def read_texts(corpus: str, utterances: Sequence[str] | None = None) -> Inputs:
    """``text``, ``speaker``, ``dialogue`` and ``place`` of the utterances of a corpus, by default of all.

    Raises:
        CorpusError: there is no manifest, or it is none.
    """
    found = {u.id: u for u in read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances}
    utterances = tuple(found) if utterances is None else tuple(utterances)
    there = [found[id_] for id_ in utterances]
    return Inputs(utterances, texts=texts_of(there))


def texts_of(utterances: Sequence[Utterance]) -> dict[str, tuple[str, ...]]:
    """What methods read in words of each utterance, by the names under which they ask for it."""
    return {
        "text": tuple(u.text for u in utterances),
        "speaker": tuple(u.speaker for u in utterances),
        "dialogue": tuple(u.dialogue for u in utterances),
        "place": tuple(str(u.place) for u in utterances),
    }


def read_steps(corpus: str, modality: Modality, utterances: Iterable[str]) -> Steps:
    """The features [k, p] of each utterance's k samples of a modality; k may be 0.

    Raises:
        CorpusError: there are no features.
    """
    features = read_features(Path(f"data/features/{modality}/{corpus}.safetensors"))
    rows: dict[str, list[int]] = defaultdict(list)
    for row, utterance in enumerate(features.utterances):
        rows[utterance].append(row)
    values = features.values.numpy()
    return tuple(values[rows[utterance]] for utterance in utterances)


def read_context(corpus: str, modalities: Collection[str]) -> Inputs:
    """A whole corpus: its texts, and one vector per utterance of each modality, ``acoustic``, ``visual``, ``text``.

    The transcripts have vectors where ``text.encoder`` names a pretrained one; the lexical one is fitted to
    training texts, and so by the method.

    Args:
        corpus: its name.
        modalities: those that are read.

    Raises:
        CorpusError: a file of an earlier stage is missing or broken.
        FdanError: the encoder cannot be loaded.
    """
    inputs = read_texts(corpus)
    arrays = {}
    for modality in (m for m in Modality if m in modalities):
        steps = read_steps(corpus, modality, inputs.utterances)
        arrays[str(modality)] = tuple(values.mean(axis=0, keepdims=True) if len(values) else values for values in steps)
    if "text" not in modalities:
        nothing = ("",) * len(inputs)
        return replace(inputs, arrays=arrays, texts={**inputs.texts, "text": nothing})
    if any(inputs.texts["text"]) and (encoder := pretrained()):
        arrays["text"] = through(encoder.sentence, inputs.texts["text"], f"texts {corpus}")
    return replace(inputs, arrays=arrays)


def pretrained(limit: int = 128) -> Pretrained | None:
    """The encoder that ``text.encoder`` of params.yaml names; none if that is ``lexical``.

    Args:
        limit: pieces of a text that are read at most; MELD's longest text has 80 or so.
    """
    name = load_params("text", TextParams).encoder
    return None if name == LEXICAL else Pretrained(name, limit)


def through(encode: Callable[[str], Float32[np.ndarray, "_ _"]], texts: Sequence[str], title: str) -> Steps:
    """What an encoder makes of each text, with a progress bar; equal texts are read once, an empty one has no step."""
    known = {text: encode(text) for text in tqdm(sorted({*texts} - {""}), title, leave=False, disable=None)}
    nothing = next(iter(known.values()))[:0] if known else np.zeros((0, 1), np.float32)
    return tuple(known.get(text, nothing) for text in texts)

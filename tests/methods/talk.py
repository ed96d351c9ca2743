"""A small invented corpus whose emotions can be read off every modality."""

import numpy as np

from fdan.data.emotions import Emotion
from fdan.data.splits import TEST, TRAIN, UNUSED, Part, Split
from fdan.methods.inputs import Inputs
from fdan.methods.map import prompts
from fdan.methods.samples import threads

CLASSES = (Emotion.ANGER, Emotion.NEUTRAL, Emotion.SADNESS)
SAID = {
    Emotion.ANGER: ("Stop it!", "How could you?!"),
    Emotion.NEUTRAL: ("The bus is here.", "It is on the table."),
    Emotion.SADNESS: ("I am so sorry.", "Nobody called me."),
}


def talk(dialogues=6, length=4, seed=0):
    """Utterances of dialogues in the order of their ids, and their emotions."""
    rng = np.random.default_rng(seed)
    places = [(d, u) for d in range(dialogues) for u in range(length)]
    emotions = [CLASSES[(d + u) % 3] for d, u in places]
    marks = [CLASSES.index(e) for e in emotions]

    def steps(counts, width):
        arrays = [rng.normal(0, 0.3, (n, width)).astype(np.float32) for n in counts]
        for array, mark in zip(arrays, marks, strict=True):
            array[:, mark] += 2
        return tuple(arrays)

    n = len(places)
    texts = {
        "text": tuple(SAID[e][rng.integers(2)] for e in emotions),
        "speaker": tuple(f"S{u % 2}" for _, u in places),
        "dialogue": tuple(f"dia{d}" for d, _ in places),
        "place": tuple(str(u) for _, u in places),
    }
    arrays = {
        "acoustic": steps([1] * n, 5),
        "visual": steps([1] * (n - 1) + [0], 4),  # the last one is not seen
        "mel": steps(rng.integers(20, 60, n), 6),
    }
    inputs = Inputs(tuple(f"dia{d}_utt{u}" for d, u in places), arrays, texts=texts)
    made = prompts(inputs, threads(inputs))
    return Inputs(inputs.utterances, arrays, texts={**texts, **made}), emotions


def split(inputs, emotions, testing, unused=()):
    """The utterances at some places are tested."""
    parts = [
        Part(u, "", e, UNUSED if i in unused else TEST if i in testing else TRAIN, TRAIN)
        for i, (u, e) in enumerate(zip(inputs.utterances, emotions, strict=True))
    ]
    return Split(tuple(parts), True)

"""Parts of the training utterances, for whatever a method chooses."""

import numpy as np
from jaxtyping import Int64


def stratified_folds(labels: Int64[np.ndarray, " n"], folds: int, seed: int) -> Int64[np.ndarray, " n"]:
    """The fold of each utterance, from 0: every class is dealt out in random order, one after the other.

    So the folds' sizes differ by one at most, and so do those of each class in them.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    dealt = np.empty(len(labels), dtype=np.int64)
    dealt[order] = np.arange(len(labels)) % folds
    return dealt

"""A text as the words and characters in it: hashed n-grams, TF-IDF, singular value decomposition."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float32

HASHES = 2**18
"""Columns of the hashed n-grams of each kind; MELD's training texts have 85,000 of both."""


class NGrams:
    """TF-IDF of words, pairs of words, and 2 to 5 characters within words; marks such as ``?!`` are words too.

    ``(1 + log tf) (1 + log((1 + n) / (1 + df)))``, and each kind's row has length 1. What occurs in one training text
    alone does not count.

    Args:
        texts: of the training utterances, n of them; they decide df.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer

        common: dict[str, Any] = {"n_features": HASHES, "alternate_sign": False, "norm": None, "dtype": np.float32}
        self._hash = (
            HashingVectorizer(token_pattern=r"(?u)\w+|[^\w\s]+", ngram_range=(1, 2), **common),
            HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5), **common),
        )
        counts = [hash_.transform(texts) for hash_ in self._hash]
        self._kept = [np.flatnonzero(c.getnnz(axis=0) >= min(2, len(texts))) for c in counts]
        self._weigh = [
            TfidfTransformer(sublinear_tf=True).fit(c[:, kept]) for c, kept in zip(counts, self._kept, strict=True)
        ]

    def __call__(self, texts: Sequence[str]) -> Any:
        """A sparse matrix [m, columns]."""
        from scipy.sparse import hstack

        parts = zip(self._hash, self._kept, self._weigh, strict=True)
        return hstack([weigh.transform(hash_.transform(texts)[:, kept]) for hash_, kept, weigh in parts]).tocsr()


class Lexical:
    """``x = V^T tfidf(text)``, where V, the `width` first right singular vectors, and tf-idf know training texts alone.

    Args:
        texts: of the training utterances; nothing else is fitted to.
        width: numbers per text. Fewer texts give fewer directions: the rest stays 0.
    """

    def __init__(self, texts: Sequence[str], width: int) -> None:
        from sklearn.utils.extmath import randomized_svd
        from threadpoolctl import threadpool_limits

        self.width = width
        self._ngrams = NGrams(texts)
        known = self._ngrams(texts)
        with threadpool_limits(1):  # the last bits depend on the number of threads
            _, _, directions = randomized_svd(known, max(1, min(width, *known.shape) - 1), random_state=0)
        self._directions = directions.T

    def __call__(self, texts: Sequence[str]) -> Float32[np.ndarray, "n width"]:
        """The numbers of each text; of an empty one, zeros."""
        from threadpoolctl import threadpool_limits

        values = np.zeros((len(texts), self.width), dtype=np.float32)
        if texts:
            with threadpool_limits(1):
                found = self._ngrams(texts) @ self._directions
            values[:, : found.shape[1]] = found
        return values

"""Texts as numbers: hashed n-grams, fitted to the training texts, or a pretrained encoder, which is frozen."""

from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32

from fdan.errors import FdanError
from fdan.methods.params import LEXICAL
from fdan.runtime.cache import Cache, CacheEntry, code_of, digest

MASK = "[MASK]"
"""Stands in a prompt for the word that is asked for, whatever the model calls it."""

LIBRARIES = ("numpy", "tokenizers", "torch", "transformers")
"""Their versions count for a cached state of a pretrained encoder."""

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


class Pretrained:
    """The last hidden states of a model; each text is read by itself, so that no other text moves its bits.

    Only safetensors are loaded: no pickle, and no code that comes with the model.

    Args:
        name: a folder, or the name of a model that transformers can find.
        limit: pieces of a text that are read at most; what follows is cut off.

    Raises:
        FdanError: transformers is missing, or there is no such model.
    """

    def __init__(self, name: str, limit: int) -> None:
        try:
            # transformers imports torchvision, and must be able to; by name, since no number depends on that room
            import_module("fdan.backbones.vision")
            from transformers import AutoModel, AutoTokenizer
        except ModuleNotFoundError as error:
            raise FdanError(
                f"text.encoder: {name}: needs the package {error.name}: pip install -e '.[text]', "
                f"or set text.encoder to {LEXICAL}"
            ) from None
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(name, trust_remote_code=False, truncation_side="left")
            model: Any = AutoModel.from_pretrained(
                name, trust_remote_code=False, use_safetensors=True, attn_implementation="eager"
            )
        except (ImportError, OSError, ValueError, KeyError) as error:
            reason = (str(error) or "unknown").splitlines()[0]
            raise FdanError(f"text.encoder: {name}: no BERT-like model with safetensors ({reason})") from None
        self._model = model.float().eval()
        self._name, self._limit = name, limit
        weights = Path(name) / "model.safetensors"
        self._known = Cache(
            "text", (name, digest(weights) if weights.is_file() else "", limit), code_of(__name__), LIBRARIES
        )

    def sentence(self, text: str) -> Float32[np.ndarray, "1 p"]:
        """The mean over the states of a text, those of the model's own marks included."""
        return self._read("sentence", text, lambda states, _: states.mean(axis=0)[None])

    def tokens(self, text: str) -> Float32[np.ndarray, "_ p"]:
        """The state of each piece of a text."""
        return self._read("tokens", text, lambda states, _: states)

    def mask(self, prompt: str) -> Float32[np.ndarray, "1 p"]:
        """The state in the place of the last `MASK` of a prompt; a long prompt loses its beginning."""
        return self._read("mask", prompt, lambda states, place: states[place][None])

    def words(self, words: Sequence[str]) -> Float32[np.ndarray, "n p"]:
        """What the model is given for each word: the mean of its pieces' embeddings."""
        import torch

        table: Any = self._model.get_input_embeddings().weight.detach()
        pieces = [self._tokenizer(word, add_special_tokens=False)["input_ids"] for word in words]
        found: np.ndarray = torch.stack([table[ids].mean(dim=0) for ids in pieces]).numpy()
        return found

    def _read(
        self, kind: str, text: str, choose: Callable[[np.ndarray, int], np.ndarray]
    ) -> Float32[np.ndarray, "_ p"]:
        key = self._known.key(kind, text)
        entry = self._known.read(key)
        if entry is None:
            values = choose(*self._states(text)).astype("<f4")
            entry = CacheEntry(values.shape[1], (values.tobytes(),))
            self._known.write(key, entry)
        return np.frombuffer(bytearray(entry.blobs[0]), "<f4").reshape(-1, entry.about)

    def _states(self, text: str) -> tuple[np.ndarray, int]:
        """The states [t, p] of a text, and the last place that holds the mask, else 0."""
        import torch

        mask = self._tokenizer.mask_token
        if MASK in text and mask is None:
            raise FdanError(f"text.encoder: {self._name}: has no mask token; MAP needs a masked language model")
        read = self._tokenizer(
            text.replace(MASK, mask or ""), truncation=True, max_length=self._limit, return_tensors="pt"
        )
        with torch.inference_mode():
            states: np.ndarray = self._model(**read).last_hidden_state[0].numpy()
        ids = read["input_ids"][0].tolist()
        masked = [place for place, id_ in enumerate(ids) if id_ == self._tokenizer.mask_token_id]
        return states, (masked or [0])[-1]

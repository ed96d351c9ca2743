import numpy as np

from fdan.methods.text import Lexical, NGrams

ANGRY = ["Stop it now!", "Stop it!", "Get out now!", "Get out of here!"]
CALM = ["The bus is here.", "The bus is late.", "The key is here.", "The key is on the bus."]


def test_what_occurs_once_does_not_count():
    ngrams = NGrams(["the bus", "the key"])
    one, other = ngrams(["bus", "the"]).toarray()
    assert not one.any()
    assert other.any()
    assert ngrams(["THE"]).toarray().any()


def test_each_kind_of_ngram_has_length_one():
    row = NGrams(CALM)(CALM[:1])
    assert np.isclose(row.multiply(row).sum(), 2)


def test_alike_texts_have_alike_numbers():
    encode = Lexical(ANGRY + CALM, 5)
    x = encode(["Stop it!", "Stop it now!", "The bus is here.", ""])
    assert x.shape == (4, 5)
    assert x.dtype == np.float32
    assert np.linalg.norm(x[0] - x[1]) < np.linalg.norm(x[0] - x[2])
    assert not x[3].any()
    assert np.array_equal(x, Lexical(ANGRY + CALM, 5)(["Stop it!", "Stop it now!", "The bus is here.", ""]))


def test_few_texts_give_few_directions():
    x = Lexical(["one bus", "one key"], 5)(["one bus", "nothing known"])
    assert x.shape == (2, 5)
    assert not x[:, 1:].any()
    assert Lexical(["alone"], 3)([]).shape == (0, 3)

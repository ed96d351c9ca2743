import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from fdan.errors import FdanError
from fdan.methods import text
from fdan.methods.text import Pretrained
from fdan.runtime import cache

WORDS = {"i": 1, "feel": 2, "<mask>": 3, "bus": 4, "the": 5}


class Tokenizer:
    """Words and a mask of its own, in the form in which transformers gives them."""

    mask_token, mask_token_id = "<mask>", 3

    def __call__(self, text, truncation=False, max_length=99, return_tensors=None, add_special_tokens=True):
        ids = [WORDS[word] for word in text.lower().split()][-max_length:]
        return {"input_ids": torch.tensor([ids])} if return_tensors else {"input_ids": ids}


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(6, 2)
        self.table.weight.data = torch.arange(12.0).reshape(6, 2)
        self.read = 0

    def get_input_embeddings(self):
        return self.table

    def forward(self, input_ids):
        self.read += 1
        return SimpleNamespace(last_hidden_state=self.table(input_ids))


@pytest.fixture
def transformers(monkeypatch, tmp_path):
    """A stand-in for the package; what it was asked for is in `asked`."""
    model, asked = Model(), []

    def load(what):
        def from_pretrained(name, **options):
            asked.append(options)
            return what

        return SimpleNamespace(from_pretrained=from_pretrained)

    package = SimpleNamespace(AutoModel=load(model), AutoTokenizer=load(Tokenizer()), model=model, asked=asked)
    monkeypatch.setitem(sys.modules, "transformers", package)
    monkeypatch.setattr(cache, "FOLDER", tmp_path)
    return package


def test_states_of_pieces_sentences_and_the_gap(transformers):
    encoder = Pretrained("some/model", 3)
    assert encoder.tokens("I feel").tolist() == [[2, 3], [4, 5]]
    assert encoder.sentence("I feel").tolist() == [[3, 4]]
    assert encoder.mask("I feel [MASK]").tolist() == [[6, 7]]
    assert encoder.mask("the bus I feel [MASK]").tolist() == [[6, 7]]  # cut at the left
    assert encoder.words(["bus", "the bus"]).tolist() == [[8, 9], [9, 10]]


def test_no_pickle_and_no_code_of_others(transformers):
    Pretrained("some/model", 3)
    tokenizer, model = transformers.asked
    assert tokenizer["trust_remote_code"] is model["trust_remote_code"] is False
    assert model["use_safetensors"] is True


def test_a_text_is_read_once(transformers):
    first = Pretrained("some/model", 3).sentence("the bus")
    assert np.array_equal(Pretrained("some/model", 3).sentence("the bus"), first)
    assert transformers.model.read == 1
    Pretrained("other/model", 3).sentence("the bus")
    assert transformers.model.read == 2


def test_without_the_package_the_cure_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(
        FdanError, match=r"text\.encoder: m: needs .*pip install -e '\.\[text\]', or set .* lexical"
    ) as e:
        Pretrained("m", 3)
    assert "\n" not in str(e.value)


def test_the_package_that_is_missing_is_named(monkeypatch):
    """Of transformers' own needs, perhaps."""

    def missing(name: str) -> None:
        raise ModuleNotFoundError("No module named 'httpx2'", name="httpx2")

    monkeypatch.setattr(text, "import_module", missing)
    with pytest.raises(FdanError, match=r"needs the package httpx2: pip install -e '\.\[text\]'"):
        Pretrained("bert-base-uncased", 16)


def test_a_folder_without_safetensors_is_one_line(transformers):
    def fail(name, **_):
        raise OSError("no file named model.safetensors\nand more")

    transformers.AutoModel.from_pretrained = fail
    with pytest.raises(FdanError, match=r"no BERT-like model with safetensors \(no file named model.safetensors\)$"):
        Pretrained("m", 3)


def test_a_prompt_needs_a_mask(transformers):
    encoder = Pretrained("some/model", 3)
    encoder._tokenizer.mask_token = None
    with pytest.raises(FdanError, match="has no mask token"):
        encoder.mask("I feel [MASK]")


def test_a_real_model_in_safetensors(tmp_path, monkeypatch):
    """A tiny BERT, where the package is installed."""
    real = pytest.importorskip("transformers")
    monkeypatch.setattr(cache, "FOLDER", tmp_path / "cache")
    (tmp_path / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bus", "the"]))
    real.BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = real.BertConfig(7, 8, 1, 2, 16, max_position_embeddings=16)
    real.BertModel(config).save_pretrained(tmp_path, safe_serialization=True)
    assert json.loads((tmp_path / "config.json").read_text())["hidden_size"] == 8
    encoder = Pretrained(str(tmp_path), 12)
    assert encoder.tokens("the bus").shape == (4, 8)
    assert np.isfinite(encoder.mask("the bus [MASK]")).all()

"""The pieces of a rehearsal: corpora, params, order, measuring, what is given, and its page."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from fdan.cli import main
from fdan.corpora.registry import find_corpus
from fdan.extraction.cache import digest
from fdan.paper import for_corpora
from fdan.rehearsal import corpora
from fdan.rehearsal.corpora import make_corpus
from fdan.rehearsal.cut import cut, over
from fdan.rehearsal.measure import Measured, keep, kept, measure
from fdan.rehearsal.project import edges, in_order
from fdan.results.deviations import BY_CORPUS, PAPER_FILE
from fdan.runtime.params import read_document

ROOT = Path(__file__).parents[2]


def paper():
    document = read_document(ROOT / "params.yaml")
    overlay = for_corpora(read_document(ROOT / PAPER_FILE), {"savee": "s", "meld": "m"})
    return over(document, overlay, BY_CORPUS)


def test_only_learners_are_cut():
    whole = paper()
    short = cut(whole)
    assert short["seeds"] == short["cnn"]["seeds"] == short["baselines"]["sdt"]["seeds"] == [0]
    assert short["train"]["epochs"] == short["cnn"]["epochs"] == short["baselines"]["map"]["epochs"] == 3
    assert short["baselines"]["sdt"]["width"] == whole["baselines"]["sdt"]["width"] == 256
    assert short["tuning"]["alphas"] == whole["tuning"]["alphas"]
    assert whole["train"]["epochs"] == 300  # untouched
    assert whole["raw"] == {"savee": "s", "meld": "m"}


def test_stages_run_in_the_order_of_their_graph():
    dot = 'strict digraph {\n"faces@a";\n"mels@a";\n"faces@a" -> "splits@a";\n"mels@a" -> "splits@a";\n"other";\n}'
    before = edges(dot)
    assert list(in_order(before, ["splits@a"])) == ["faces@a", "mels@a", "splits@a"]
    assert list(in_order(before, ["mels@a"])) == ["mels@a"]


def test_a_command_is_measured_with_its_children(tmp_path):
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'b = bytearray(10**8); sum(range(10**6))'])"
    code += "; open('out', 'wb').write(bytes(10**6))"
    returned, found = measure("a", [sys.executable, "-c", code], tmp_path, os.environ)
    assert returned == 0
    assert found.seconds > 0
    assert found.cpu > 0
    assert found.disk >= 10**6
    assert found.together >= found.memory


def test_records_are_found_again(tmp_path):
    one = Measured("train@meld", 10.0, 9.0, 18.0, 10**9, 2 * 10**9, 5)
    keep(tmp_path, one)
    assert kept(tmp_path) == {"train@meld": one}
    assert json.loads((tmp_path / "train@meld.json").read_text())["seconds"] == 10.0


@pytest.mark.parametrize(("corpus", "utterances"), [("savee", 64), ("meld", 137)])
def test_every_file_of_a_corpus_has_bytes_of_its_own(tmp_path, monkeypatch, corpus, utterances):
    def drawn(task, files, stem, seconds, video):
        for file in files:
            stem.with_suffix(file.suffix).write_bytes(file.suffix.encode())

    monkeypatch.setattr(corpora, "_draw", drawn)
    monkeypatch.setattr(corpora, "pool", lambda function, items, title: map(function, items))
    make_corpus(corpus, tmp_path / corpus, tmp_path / "drawings", 0.01)
    listing = find_corpus(corpus, tmp_path / corpus).read(tmp_path / corpus)
    assert len(listing.utterances) == utterances
    files = {path for u in listing.utterances for path in (u.audio, u.video)}
    assert len({digest(tmp_path / corpus / file) for file in files}) == len(files)
    before = time.time_ns()
    make_corpus(corpus, tmp_path / corpus, tmp_path / "drawings", 0.01)  # is there: nothing is made
    assert (tmp_path / corpus).stat().st_mtime_ns < before


def test_a_share_that_is_none_is_one_line(capsys):
    assert main(["rehearse", "--share", "2"]) == 2
    assert capsys.readouterr().err == "fdan rehearse: error: expected a share and a scale above 0, 1 at most\n"

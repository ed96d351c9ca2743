"""The pieces of a rehearsal: corpora, params, order, measuring, what is given, and its page."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from fdan.commands.cli import main
from fdan.commands.paper import for_corpora
from fdan.corpora.registry import find_corpus
from fdan.rehearsal import corpora
from fdan.rehearsal.corpora import make_corpus
from fdan.rehearsal.cut import cut, over
from fdan.rehearsal.measure import Measured, keep, kept, measure
from fdan.rehearsal.project import Project, edges, in_order
from fdan.results.deviations import BY_CORPUS, PAPER_FILE
from fdan.runtime.cache import digest
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
    returned, found = measure("a", [sys.executable, "-c", code], tmp_path, os.environ, tmp_path / "records")
    assert returned == 0
    assert found.seconds > 0
    assert found.cpu > 0
    assert found.disk >= 10**6
    assert found.together >= found.memory >= found.private
    assert kept(tmp_path / "records") == {"a": found}


def test_what_else_ends_meanwhile_is_not_counted(tmp_path):
    other = subprocess.Popen([sys.executable, "-c", "sum(range(3 * 10**7))"])
    waits = threading.Thread(target=other.wait)
    waits.start()
    returned, found = measure("a", ["sleep", "1.5"], tmp_path, os.environ, tmp_path)
    waits.join()
    assert returned == 0
    assert found.cpu < 0.2


def test_a_command_that_is_killed_counts_to_the_one_that_goes_on(tmp_path):
    rehearsal = (
        "import os, sys; from pathlib import Path; import fdan.rehearsal.measure as m; m.NOTED = 0.0; "
        "m.measure('a', [sys.executable, '-c', 'import time; time.sleep(60)'], Path('.'), os.environ, Path('.'))"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", rehearsal], cwd=tmp_path, env=environment)
    while not (tmp_path / "a.part").is_file():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    broken_off = json.loads((tmp_path / "a.part").read_text())["seconds"]
    assert broken_off > 0
    assert kept(tmp_path) == {}
    returned, found = measure("a", [sys.executable, "-c", "exit(3)"], tmp_path, os.environ, tmp_path)
    assert (returned, kept(tmp_path)) == (3, {})
    returned, found = measure("a", [sys.executable, "-c", "pass"], tmp_path, os.environ, tmp_path)
    assert returned == 0
    assert found.seconds > broken_off
    assert kept(tmp_path) == {"a": found}
    assert not (tmp_path / "a.part").exists()


def test_records_are_found_again(tmp_path):
    one = Measured("train@meld", 10.0, 9.0, 18.0, 10**9, 10**8, 2 * 10**9, 5)
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


def test_projects_know_nothing_of_each_other(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(Project, "_dvc", lambda self, *arguments: "")
    folders = [Project(tmp_path / name, tmp_path / "took", {}) for name in ("share-0.1", "share-0.25")]
    for project in folders:
        project.prepare(paper())
    caches = {(project.folder / ".cache").resolve() for project in folders}
    assert len(caches) == 2


def test_what_dvc_takes_for_given_outputs_has_a_record(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(Project, "changed", lambda self: {"faces@a", "train@a"})
    monkeypatch.setattr(Project, "_command", lambda self, *arguments: asked.append(arguments) or ["true"])
    project = Project(tmp_path, tmp_path / "took", {})
    monkeypatch.setenv("PYTHONPATH", "")
    project.take(["mels@a"], "given images")
    assert kept(tmp_path / "took") == {}
    project.take(["faces@a", "mels@a"], "given images")
    assert asked == [("commit", "-q", "-f", "faces@a")]
    assert list(kept(tmp_path / "took")) == ["given images"]

"""How long a run takes, from counts and the seconds of docs/full_size.md."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fdan.commands.forecast import CNN, EXTRACTION, INPUTS, METHOD, Size, forecast, sizes, work
from fdan.commands.paper import for_corpora, merge
from fdan.corpora.folder import CorpusError
from fdan.methods.registry import METHODS
from fdan.runtime.params import PARAMS_FILE, read_document

ROOT = Path(__file__).parents[2]

CORPORA = {"savee": Size(480, 4, False), "meld": Size(13_708, 1, True)}


@pytest.fixture
def paper(tmp_path):
    """The params that `fdan paper` writes for both corpora."""
    text, paper = (ROOT / PARAMS_FILE).read_text(encoding="utf-8"), read_document(ROOT / "params.paper.yaml")
    written = tmp_path / "params.yaml"
    overlay = for_corpora(paper, {"savee": "a", "meld": "b"})
    written.write_text(merge(text, read_document(ROOT / PARAMS_FILE), overlay))
    return read_document(written)


def seconds(document, corpora=CORPORA):
    found = {}
    for part in work(document, corpora):
        found[part.stage] = found.get(part.stage, 0.0) + part.seconds
    return found


def test_it_agrees_with_the_page_it_is_from(paper):
    """Within a factor of three, summed over both corpora, as docs/full_size.md's last column on two cores."""
    hours = {}
    for row in re.findall(r"(?m)^\| (.*) \|$", (ROOT / "docs/full_size.md").read_text(encoding="utf-8")):
        stage, *_, took = row.split(" | ")
        if "@" in stage and "vgg" not in stage:  # other processes held up the VGGs, as the page says
            kind = stage.partition("@")[0].partition("-")[0]
            hours[kind] = hours.get(kind, 0.0) + float(took)
    vggs = {**paper, "cnn": {**paper["cnn"], "networks": ["resnet18", "resnet34", "resnet50"]}, "sources": {"meld": ""}}
    before = {**paper, "protocols": {**paper["protocols"], "seeds": [0], "rotated": []}}  # those that the page measured
    found = seconds(paper) | {"cnn": seconds(vggs)["cnn"], "protocols": seconds(before)["protocols"]}
    groups = {
        "faces": ["faces"], "audio": ["mels", "sounds"], "features": ["features"], "train": ["train", "calibration"],
        "protocols": ["disjoint", "speaker"], "tuning": ["tuning"], "multi": ["multi"], "cnn": ["baselines"],
        "inputs": ["inputs"], "methods": ["methods"],
    }  # fmt: skip
    assert found.keys() == groups.keys() | {"finetune", "released"}
    for stage, kinds in groups.items():
        cores = 1 if stage == "methods" else 2  # one seed trained on one core
        assert 1 / 3 < found[stage] / cores / 3600 / sum(hours[kind] for kind in kinds) < 3, stage


def test_twice_the_seeds_take_twice_as_long_and_twice_the_cores_half(paper):
    more = {**paper, "cnn": {**paper["cnn"], "seeds": paper["cnn"]["seeds"] * 2}}
    assert seconds(more)["cnn"] == 2 * seconds(paper)["cnn"]
    days = []
    for workers in (1, 2):
        document = {**paper, "parallel": {**paper["parallel"], "workers": workers}}
        days.append(float(re.search(r"in all +([\d.]+) days", forecast(document, CORPORA))[1]))
    assert days[0] / days[1] == pytest.approx(2, rel=0.01)


def test_without_transcripts_no_method_reads_them(paper):
    silent = {"savee": CORPORA["savee"], "meld": Size(13_708, 1, False)}
    assert seconds(paper, silent)["methods"] < seconds(paper)["methods"]
    assert seconds(paper, silent)["cnn"] == seconds(paper)["cnn"]


def test_what_it_prints_names_its_accuracy_and_its_source(paper):
    said = forecast({**paper, "parallel": {**paper["parallel"], "workers": 1}}, CORPORA)
    assert said.startswith("Estimated time on 1 core (right within a factor of three):\n")
    assert "docs/full_size.md" in said
    assert "Disk: about 28 GB" in said


def test_it_counts_what_lies_in_the_folders(tmp_path):
    folder = tmp_path / "savee"
    for actor in ("DC", "JE"):
        (folder / "AudioData" / actor).mkdir(parents=True)
        for name in ("a01.wav", "n02.wav", "sa03.wav"):
            (folder / "AudioData" / actor / name).write_bytes(b"")
    assert sizes({"raw": {"savee": str(folder)}}) == {"savee": Size(6, 2, False)}
    with pytest.raises(CorpusError, match="nowhere"):
        sizes({"raw": {"savee": str(tmp_path / "nowhere")}})


def test_every_network_and_method_has_its_seconds(paper):
    assert {*paper["cnn"]["networks"], paper["finetune"]["network"]} <= CNN.keys()
    assert METHOD.keys() == METHODS.keys() >= INPUTS.keys()
    assert min([*EXTRACTION.values(), *INPUTS.values(), *CNN.values(), *METHOD.values()]) > 0


def test_every_stage_that_grows_is_one_and_only_methods_that_run_count(paper):
    stages = read_document(ROOT / "dvc.yaml")["stages"]
    small = {"demo", "manifests", "sheets", "splits", "figures", "results", "report"}  # minutes
    assert seconds(paper).keys() == stages.keys() - small
    inca = {**paper, "methods": {**paper["methods"], "run": ["inca"]}}
    assert 0 < seconds(inca)["methods"] < seconds(paper)["methods"]
    assert seconds(inca)["inputs"] == seconds(paper)["inputs"]


def test_it_imports_no_torch():
    code = "import sys, fdan.commands.forecast; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout == "False\n"

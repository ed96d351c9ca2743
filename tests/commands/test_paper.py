import os
import re
import shutil
from pathlib import Path

import pytest
from dvc.repo import Repo
from ruamel.yaml import YAML

from fdan.commands import paper, preflight
from fdan.commands.cli import main
from fdan.commands.paper import merge
from fdan.runtime.params import ParamsError, read_document

ROOT = Path(__file__).parents[2]

PAPER = read_document(ROOT / "params.paper.yaml")


def leaves(mapping, path=()):
    for key, value in mapping.items():
        yield from leaves(value, (*path, key)) if isinstance(value, dict) else [((*path, key), value)]


def at(mapping, path):
    for key in path:
        mapping = mapping[key]
    return mapping


def load(text):
    return YAML(typ="safe", pure=True).load(text)


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("params.yaml", "params.paper.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("it's SAVEE", "meld"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def changed(before, after):
    """Values that differ, without those of `raw`."""
    old, new = dict(leaves(load(before))), dict(leaves(load(after)))
    return {".".join(path) for path in old.keys() | new.keys() if old.get(path) != new.get(path) and path[0] != "raw"}


PAPER_ALONE = ["paper", "--no-forecast"]


CNNS = {"train.epochs", "features.weights", "cnn.weights", "cnn.size", "cnn.epochs", "cnn.seeds"}
CNNS |= {"cnn.learning_rates", "cnn.search_epochs"}
CNNS |= {"faces.detector", "faces.weights", "faces.align"}
CNNS |= {f"released.{key}" for key in ("released_lmmd.epochs", "released_lmmd.seeds", "released_mmd.seeds")}
CNNS |= {f"finetune.{key}" for key in ("network", "weights", "size", "epochs", "run", "seeds")}
CNNS |= {"protocols.seeds", "protocols.rotated"}


def cnns(keys):
    """Without the quoted methods' settings, of which many differ."""
    return {key for key in keys if not key.startswith("methods.")}


def test_both_corpora_change_their_folders_weights_and_sizes_alone(project, capsys):
    before = Path("params.yaml").read_text()
    assert main([*PAPER_ALONE, "--savee", "it's SAVEE", "--meld", "meld"]) == 0
    after = Path("params.yaml").read_text()
    values = load(after)
    assert values["raw"] == {"savee": "it's SAVEE", "meld": "meld"}
    assert all(at(values, path) == value for path, value in leaves(PAPER))
    assert cnns(changed(before, after)) == CNNS

    def comments(text):
        return re.findall("#.*", text)

    def columns(text):
        return [line.index("#") for line in text.splitlines() if "  # random or imagenet" in line]

    assert comments(after) == comments(before)
    assert columns(after) == columns(before)
    assert "  seeds:\n  - 0\n  - 1\n  - 2\n\ntext:" in after
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == ["--- a/params.yaml", "+++ b/params.yaml"]
    signs = [line[0] for line in said[2:] if "cnn" in line or "  savee:" in line or "  meld:" in line]
    assert (signs.count("-"), signs.count("+")) == (2, 2)
    assert main([*PAPER_ALONE, "--savee", "it's SAVEE", "--meld", "meld"]) == 0
    assert capsys.readouterr().out == "params.yaml: as in the paper already\n"


def test_one_corpus_alone_leaves_nothing_of_the_other(project):
    before = Path("params.yaml").read_text()
    assert main([*PAPER_ALONE, "--savee", "it's SAVEE"]) == 0
    text = Path("params.yaml").read_text()
    # The claims are fixed before any run: of a corpus that is not there they read "not run".
    assert "meld" not in re.sub("#.*|meld_utterances|corpus: meld", "", text)
    assert re.findall("#.*", text) == re.findall("#.*", before)
    assert load(text)["multi"] == {}
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text("[core]\n  no_scm = true\n")
    with Repo(".") as repo:
        stages = [stage.addressing for stage in repo.index.stages]
    assert "train@savee" in stages
    assert not [name for name in stages if "meld" in name and name != "demo@meld"]
    assert not [name for name in stages if name.startswith("multi")]
    # And back: nothing is lost on the way.
    assert main([*PAPER_ALONE, "--savee", "it's SAVEE", "--meld", "meld"]) == 0
    both = Path("params.yaml").read_text()
    assert cnns(changed(before, both)) == CNNS


def test_params_that_cannot_be_replaced_leave_the_link_as_it_is(project, tmp_path_factory, capsys):
    (project / "data/raw").mkdir(parents=True)
    (project / "data/raw/savee").symlink_to("meld")
    Path("params.yaml").chmod(0o444)
    assert main([*PAPER_ALONE, "--savee", str(tmp_path_factory.mktemp("new"))]) == 2
    assert "params.yaml: is read-only; make it a file that can be written" in capsys.readouterr().err
    assert os.readlink("data/raw/savee") == "meld"


def test_the_former_params_are_kept_and_bring_everything_back(project):
    mine = Path("params.yaml").read_text().replace("alpha: 1.0e-3", "alpha: 1.0e-4  # mine, not in git")
    for times in range(2):
        Path("params.yaml").write_text(mine)
        assert main([*PAPER_ALONE, "--savee", "it's SAVEE"]) == 0
        assert Path("params.yaml").read_text() != mine
        assert Path("build/former/params.yaml").read_text() == mine, times
    assert [path.name for path in Path("build/former").iterdir()] == ["params.yaml"]
    other = Path("params.yaml").read_text().replace("  epochs: 300", "  epochs: 3")
    Path("params.yaml").write_text(other)
    assert main([*PAPER_ALONE, "--savee", "it's SAVEE"]) == 0
    assert Path("build/former/params.yaml").read_text() == mine
    assert Path("build/former/params-2.yaml").read_text() == other


def test_a_corpus_elsewhere_is_named_by_a_link_below_the_project(project, tmp_path_factory, capsys):
    """Where .dvcignore holds: tests/corpora/test_junk.py."""
    before = ""
    for elsewhere in (tmp_path_factory.mktemp("first"), tmp_path_factory.mktemp("second")):
        given = os.path.relpath(elsewhere)  # through .., out of the project
        assert main([*PAPER_ALONE, "--savee", given]) == 0
        assert capsys.readouterr().out.startswith(f"data/raw/savee: a link to {given}{before}\n")
        before = f" (before: to {elsewhere})"
        assert load(Path("params.yaml").read_text())["raw"] == {"savee": "data/raw/savee"}
        assert Path("data/raw/savee").resolve() == elsewhere
    Path("data/raw/savee").unlink()
    Path("data/raw/savee").mkdir()  # somebody's own: it is not touched
    assert main([*PAPER_ALONE, "--savee", str(elsewhere)]) == 0
    assert load(Path("params.yaml").read_text())["raw"] == {"savee": str(elsewhere)}
    assert not Path("data/raw/savee").is_symlink()


def test_an_estimate_comes_before_anything_is_changed(project, capsys, monkeypatch):
    before = Path("params.yaml").read_text()
    seen = []

    def forecast(document, corpora):
        seen.append((document["raw"], document["cnn"]["epochs"], Path("params.yaml").read_text() == before))
        return f"the forecast of {corpora}"

    monkeypatch.setattr(paper, "sizes", lambda document: "corpora")
    monkeypatch.setattr(paper, "forecast", forecast)
    assert main(["paper", "--meld", "meld"]) == 0
    assert seen == [({"meld": "meld"}, 300, True)]
    assert capsys.readouterr().out.splitlines()[:2] == ["the forecast of corpora", "--- a/params.yaml"]
    assert load(Path("params.yaml").read_text())["cnn"]["epochs"] == 300


def test_without_a_forecast_the_run_is_prepared_all_the_same(project, capsys):
    assert main(["paper", "--meld", "meld"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("no forecast: ")
    assert "+++ b/params.yaml" in captured.out


@pytest.mark.filterwarnings("ignore:_NoneStep:DeprecationWarning")  # in what DVC finds its stages' outputs with
def test_the_report_is_all_of_the_paper_s_run(project):
    """`make paper` asks for it alone; of the demo's stages there is nothing in it."""
    assert "\t$(RUN) dvc repro report\n" in (ROOT / "Makefile").read_text(encoding="utf-8").partition("\npaper:")[2]
    assert main([*PAPER_ALONE, "--savee", "it's SAVEE", "--meld", "meld"]) == 0
    (project / ".dvc").mkdir()
    (project / ".dvc" / "config").write_text("[core]\n  no_scm = true\n")
    with Repo(".") as repo:
        graph = repo.index.graph
    [report] = [stage for stage in graph if stage.addressing == "report"]
    needed, todo = {report}, [report]
    while todo:
        more = {stage for stage in graph.successors(todo.pop())} - needed
        needed |= more
        todo += more
    assert {stage.addressing for stage in set(graph) - needed} == {"demo@savee", "demo@meld"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected --savee DIR, --meld DIR or both"),
        (["--meld", "nowhere"], "--meld nowhere: no such folder"),
    ],
)
def test_without_a_corpus_nothing_is_written(project, capsys, arguments, message):
    before = Path("params.yaml").read_bytes()
    assert main(["paper", *arguments]) == 2
    assert capsys.readouterr().err == f"fdan paper: error: {message}\n"
    assert Path("params.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "overlay", "expected"),
    [
        ("a: 1  # why\nb: 2\n", {"a": 10}, "a: 10  # why\nb: 2\n"),
        ("a: 1   # why\nb: 2\n", {"a": 10}, "a: 10  # why\nb: 2\n"),
        ("a: 'x # y'  # why\n", {"a": "it's # z"}, 'a: "it\'s # z"  # why\n'),
        ("a: [1, 2]  # why\nb: 2\n", {"a": [3]}, "a:\n- 3  # why\nb: 2\n"),
        ("a:  # why\n- 1\n- 2\n\n# of b\nb: 2\n", {"a": [3]}, "a:  # why\n- 3\n\n# of b\nb: 2\n"),
        ("a:\n  b:\n  - 1\n  c: null\n", {"a": {"b": [], "c": 1e-5}}, "a:\n  b:\n    []\n  c: 1e-05\n"),
        ("raw:\n  x: 1  # one\n# end\n", {"raw": {"y": "2"}}, "raw:\n  y: '2'  # one\n# end\n"),
        ("raw: {}\nb: 1\n", {"raw": {"y": [1, "z"]}}, "raw:\n  y:\n  - 1\n  - z\nb: 1\n"),
        ("a: 1.0e-3\n", {"a": 0.001}, "a: 1.0e-3\n"),
    ],
)
def test_a_merge_changes_values_and_nothing_else(text, overlay, expected):
    merged = merge(text, load(text), overlay)
    assert merged == expected
    assert load(merged) == load(text) | {
        key: {**load(text)[key], **value} if isinstance(value, dict) and key != "raw" else value
        for key, value in overlay.items()
    }


def test_a_number_that_params_yaml_does_not_have_is_named():
    with pytest.raises(ParamsError, match=r"params.paper.yaml: cnn.epoch: not in params.yaml"):
        merge("cnn:\n  epochs: 1\n", {"cnn": {"epochs": 1}}, {"cnn": {"epoch": 300}})


def test_every_number_of_the_paper_is_one_that_preflight_accepts():
    values = read_document(ROOT / "params.yaml")
    for path, value in leaves(PAPER):
        here = at(values, path)
        several = {("faces", "weights"), ("finetune", "run")}  # a name or null, a word or a boolean
        assert type(here) is type(value) or path in several, path
    assert PAPER.keys() <= preflight.SECTIONS.keys()

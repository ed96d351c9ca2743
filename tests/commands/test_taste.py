from pathlib import Path

import pytest

from fdan.commands import taste
from fdan.commands.cli import main
from fdan.runtime.params import read_document

ROOT = Path(__file__).parents[2]


def test_every_stage_is_one_and_runs_on_fewer_parameters_of_the_same_kind(tmp_path, monkeypatch, capsys):
    ran = []
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(taste, "step", lambda folder, module, *stages: ran.append((folder, module, stages)))
    assert main(["taste", "--work", str(tmp_path / "work")]) == 0
    [(folder, module, stages)] = ran
    assert (folder, module) == (tmp_path / "work", "stages")
    assert all((ROOT / f"stages/{stage.split()[0]}.py").is_file() for stage in stages)
    assert stages[-2:] == ("figures savee", "results")
    whole, cut = read_document(ROOT / "params.yaml"), read_document(tmp_path / "work/params.yaml")
    assert set(cut) == set(whole)
    changed = {name for name in whole if cut[name] != whole[name]}
    assert changed == {"demo", "faces", "mels", "raw", "seeds", "sources", "train", "tuning"}
    assert all(len(cut["tuning"][name]) == 1 for name in ("alphas", "weight_decays", "learning_rates", "seeds"))
    out = capsys.readouterr().out
    assert "what comes out, not how well" in out
    assert out.splitlines()[-1].endswith(" && fdan predict FILE")


def test_it_wants_the_project(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["taste"]) == 2
    assert "project's folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["raw", "sources"])
def test_a_project_set_to_real_corpora_tastes_the_demo(name):
    document = read_document(ROOT / "params.yaml") | {"raw": {"mine": "/data/mine"}, "sources": {"mine": "mine"}}
    assert list(taste.smaller(document)[name]) == ["savee"]

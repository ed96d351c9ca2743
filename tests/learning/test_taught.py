"""Speech without faces, taught by photographs without speech, through every stage that trains."""

import json
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet, write_features
from fdan.data.records import read_records
from fdan.data.splits import NOT_RUN, Part, Split, cut_validation, read_split, speaker_splits, write_split
from fdan.learning.domains import open_target
from fdan.metrics.calibration import Calibration
from fdan.metrics.predictions import read_predictions
from fdan.results.corpus_summary import features_note
from fdan.results.load_results import not_run
from fdan.runtime.project import Project
from stages import protocols, released, train, tuning

ROOT = Path(__file__).parents[2]
EMOTIONS = (Emotion.ANGER, Emotion.FEAR)
WIDTH = 6
TINY = {
    "sources": {"talks": "photos"},
    "seeds": [0],
    "variants": {"fdan": {"attention": True, "lmmd": True}, "fdan1": {"attention": False, "lmmd": True}},
    "model": {"width": 4, "layers": 1, "ffn_factor": 1, "standardise": True},
    "parallel": {"backend": "loky", "workers": 1, "address": None},
}


def write(corpus, rows):
    """A corpus of (id, speaker, emotion, acoustic, visual), with features of whatever trains or is tested."""
    for modality, place in (("acoustic", 3), ("visual", 4)):
        there = [row for row in rows if row[place]]
        values = torch.randn(len(there), WIDTH, generator=torch.Generator().manual_seed(len(rows)))
        values += torch.tensor([[3.0 * EMOTIONS.index(row[2])] for row in there]).reshape(-1, 1)
        Path(f"data/features/{modality}").mkdir(parents=True, exist_ok=True)
        features = FeatureSet(tuple(row[0] for row in there), tuple(row[2] for row in there), values)
        write_features(features, Path(f"data/features/{modality}/{corpus}.safetensors"))
    Path("data/splits").mkdir(parents=True, exist_ok=True)
    write_split(Split(tuple(Part(*row) for row in rows), synthetic=False), Path(f"data/splits/{corpus}.csv"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yaml = YAML()
    params = yaml.load(ROOT / "params.yaml")
    params.update(TINY)
    params["train"] |= {"epochs": 2, "batch_size": 8}
    for row in params["released"].values():
        row |= {"epochs": 1, "iterations": 2, "seeds": [0], "batch_size": 8}
    params["protocols"]["rotated"] = ["fdan"]
    params["tuning"] |= {"alphas": [0.1], "weight_decays": [0.001], "learning_rates": [0.001]}
    yaml.dump(params, tmp_path / "params.yaml")
    talks = [
        (f"{speaker}{i}", speaker, EMOTIONS[i % 2], "test" if i in (0, 1) else "train", "")
        for speaker in ("Ann", "Bob")
        for i in range(8)
    ]
    write("talks", talks)
    write("photos", [(f"p{i}", "", EMOTIONS[i % 2], "", "train") for i in range(12)])
    return tmp_path


def test_own_faces_follow_the_split_and_those_of_another_corpus_all_teach(folder):
    target = open_target(Project(), "talks", ["photos"])
    assert list(target.sources) == ["photos"]
    assert open_target(Project(), "photos", ["photos"]).sources == {}
    for part in (target.split, cut_validation(target.split, 0.2, 0), *speaker_splits(target.split).values()):
        domains = target.domains(part)
        assert len(domains.visual.y) == 12
        assert set(domains.test.utterances) == part.acoustic("test")


def test_speech_alone_is_taught_by_photographs_alone_in_every_stage_that_trains(folder, monkeypatch, capsys):
    for stage, *arguments in (
        (train, "talks"),
        (released, "talks"),
        (protocols, "talks"),
        (tuning, "talks"),
    ):
        monkeypatch.setattr("sys.argv", [stage.__name__, *arguments])
        stage.main()
    rows = {
        path.relative_to(folder / "reports/predictions").as_posix(): len(read_predictions(path).utterances)
        for path in folder.glob("reports/predictions/**/seed-*.csv")
    }
    assert rows == {
        "paper/talks/fdan/seed-0.csv": 4,
        "paper/talks/fdan1/seed-0.csv": 4,
        "released/talks/released_mmd/seed-0.csv": 4,
        "released/talks/released_lmmd/seed-0.csv": 4,
        "speaker/talks/fdan/seed-0.csv": 16,  # both speakers, pooled
        "speaker/talks/fdan1/seed-0.csv": 16,
        "rotated/talks/fdan/seed-0.csv": 16,  # all five rotations, pooled
        "tuned/talks/fdan/seed-0.csv": 4,
    }
    [fitted] = read_records(Project().calibration("talks") / "temperature.csv", Calibration)
    assert (fitted.speakers, fitted.tested) == (2, 16)  # each in the fold that trained on nothing of the speaker
    reason = "the faces are those of photos, so the paper's own split is disjoint"
    assert f"protocols disjoint/talks: not run: {reason}\n" in capsys.readouterr().out
    assert (folder / "reports/predictions/disjoint/talks" / NOT_RUN).read_text() == f"{reason}\n"
    assert not_run(Project(), ["talks"], ["disjoint"]) == (f"talks, disjoint: not run: {reason}.",)


def test_without_any_face_a_protocol_says_so(folder, monkeypatch, capsys):
    params = YAML().load(folder / "params.yaml") | {"sources": {"talks": "talks"}}
    (folder / "params.yaml").write_text(json.dumps(params))
    monkeypatch.setattr("sys.argv", ["protocols", "talks"])
    protocols.main()
    assert "protocols speaker/talks: not run: fold Ann: no faces train\n" in capsys.readouterr().out
    assert not read_split(Project().split("talks")).visual()


def test_a_note_names_the_network_and_the_source_faces():
    note = features_note("mobilenet_v2", "/home/ann/mobile.pth", None, {"savee": "savee", "talks": "photos"})
    assert note == (
        "Features: mobilenet_v2, mobile.pth weights. Source faces: of photos for talks, the corpus's own else."
    )
    note = features_note("resnet34", "random", "encoders/whisper-base", {"savee": "savee", "meld": "meld"})
    assert note == (
        "Features: resnet34, random weights, for faces; whisper-base for speech. Source faces: each corpus's own."
    )

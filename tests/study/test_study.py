"""The study from features to page on a handful of random samples, and what its parts promise."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from fdan.commands.real import at_hand, chosen_arms
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.features import FeatureSet, write_features
from fdan.data.histories import Epoch
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.splits import Part, Split, write_split
from fdan.errors import UnusableError
from fdan.learning.domains import Domains
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.training import Domain, build_model
from fdan.runtime.params import ParamsError, load_params
from fdan.samples.recordings import write_recordings
from fdan.study import networks
from fdan.study.arms import share_of
from fdan.study.notes import Notes, read_notes, write_notes
from fdan.study.page import PAGES, SHARED, read_study, write_page
from fdan.study.params import FACES, PARAMS, SPEECH, StudyParams
from fdan.study.plain import PlainJob, logits_of
from fdan.study.probe import ProbeJob

ROOT = Path(__file__).parents[2]
EMOTIONS = (Emotion.ANGER, Emotion.FEAR)
WIDTH = 6
MODEL = ModelParams(width=8, layers=2, ffn_factor=2, standardise=True)
PARAMS_OF_TRAINING = TrainParams(3, 8, 0.01, 3e-4, 0.75, 0.9, 1e-3)


@pytest.fixture
def domains():
    g = torch.Generator().manual_seed(0)
    v, a, t = (torch.randn(n, WIDTH, generator=g) for n in (30, 20, 4))
    test = FeatureSet(tuple("abcd"), EMOTIONS * 2, t)
    return Domains(Domain(v, torch.arange(30) % 2), Domain(a, torch.arange(20) % 2), test, EMOTIONS, synthetic=False)


def test_without_faces_no_face_counts(domains):
    job = PlainJob(Run(0, 0.0, PARAMS_OF_TRAINING), MODEL, domains)
    others = replace(domains, visual=Domain(domains.visual.x * -7 + 3, domains.visual.y.flip(0)))
    found = [j.predictions(j.run()) for j in (job, replace(job, domains=others))]
    assert (found[0].probabilities == found[1].probabilities).all()
    longer = replace(job, settings=replace(job.settings, params=replace(PARAMS_OF_TRAINING, epochs=4)))
    assert (longer.predictions(longer.run()).probabilities != found[0].probabilities).any()


@torch.inference_mode()
def test_without_faces_it_is_fdan1_s_acoustic_half(domains):
    network = build_model(domains.visual, domains.acoustic, 2, MODEL, attention=False, seed=3)
    x = domains.test.values
    assert torch.equal(logits_of(network, x), network(domains.visual.x[None], x[None]).logits_a[0])


def test_the_project_s_own_study_fits_six_hours():
    study = load_params("study", StudyParams, ROOT / PARAMS)
    assert 0 < study.minutes_of(study.arms) < 360
    assert all(arm.minutes for arm in study.arms.values())
    assert len(study.seeds) == 5
    tested = {name for contrast in study.primaries for name in (contrast.first, contrast.second)}
    assert all(study.seeds_of(name) == (study.seeds if name in tested else (0,)) for name in study.arms)
    claims = [contrast.claim for contrast in study.contrasts]
    assert len(set(claims)) == len(claims)
    assert study.arms.keys() == {name for c in study.contrasts for name in (c.first, c.second)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("main: mobilenet_v2-imagenet", "main: vgg", r"study: .*'vgg': expected one of backbones, mobilenet_v2-"),
        (
            "backbone: mobilenet_v2-random}",
            "backbone: vgg}",
            r"study: .*'vgg': expected one of backbones, mobilenet_v2-",
        ),
        ("second: fdan1,", "second: fdan9,", r"study: .*'fdan9': expected one of arms, fdan, fdan1, "),
        ('["04", ', '["01", ', r"study: .*folds: expected each actor in one fold"),
    ],
)
def test_a_name_that_is_not_there_is_one_line(tmp_path, old, new, said):
    text = (ROOT / PARAMS).read_text()
    assert old in text
    (tmp_path / PARAMS).write_text(text.replace(old, new))
    with pytest.raises(ParamsError, match=said):
        load_params("study", StudyParams, tmp_path / PARAMS)


def test_lmmd_s_share_is_that_of_the_first_tenth():
    late = [Epoch(1.0, 1.0, 1.0, 0.1, 0.5, 1.0, 2.0)] * 19
    assert share_of(
        [[Epoch(1.0, 1.0, 1.0, 0.1, 0.5, 3.0, 2.0), *late], [Epoch(1.0, 1.0, 1.0, 0.1, 0.5, 1.0, 2.0), *late]]
    ) == (pytest.approx((1 / 4 + 1 / 2 + 1 / 2 + 1 / 2) / 4))
    assert share_of([[Epoch(1.0, 1.0, 1.0, 0.1, 0.0, 3.0, 2.0)] * 10]) is None  # alpha is 0
    assert share_of([]) is None


ARMS = {
    "fdan": {},
    "fdan1": {"attention": False},
    "fdan2": {"alpha": 0.0},
    "best": {"alpha": "best"},
    "no_faces": {"system": "no_faces"},
    "probe": {"system": "probe"},
    "permuted": {"faces": "permuted"},
    "actors-1": {"actors": 1},
    "actors-9": {"actors": 9},
    "encoder": {"backbone": "ear"},
}


@pytest.fixture
def work(tmp_path):
    """Features of 3 actors and 12 photographs, for a backbone and a speech encoder."""
    yaml = YAML(typ="safe", pure=True)
    document = yaml.load(ROOT / PARAMS)
    backbone = {"network": "resnet34", "weights": "random"}
    hears = backbone | {"acoustic": "whisper", "acoustic_weights": "encoder"}
    pairs = (("fdan", "fdan1"), ("fdan", "fdan2"), ("best", "fdan2"), ("fdan", "actors-9"), ("encoder", "fdan"))
    document["study"] = {
        "folds": [["01"], ["02"], ["03"]],
        "seeds": [0, 1],
        "other_seeds": [0],
        "margin": 2.0,
        "backbones": {"a": backbone, "ear": hears},
        "main": "a",
        "alphas": [0.001, 1.0],
        "arms": {name: {"title": f"the {name}", "minutes": 0.1} | arm for name, arm in ARMS.items()},
        "contrasts": [
            {"claim": f"{a} beats {b}", "first": a, "second": b, "primary": b != "fdan", "published": 3.33}
            for a, b in pairs
        ],
    }
    document["model"] |= {"width": 4, "ffn_factor": 1}
    document["train"] |= {"epochs": 2, "batch_size": 8}
    document["parallel"]["workers"] = 1
    talks = [
        Part(f"{s}{i}", s, EMOTIONS[i % 2], "test" if i < 2 else "train", "")
        for s in ("01", "02", "03")
        for i in range(6)
    ]
    photos = [Part(f"p{i:02}", "", EMOTIONS[i % 2], "", "train") for i in range(12)]
    for corpus, parts in ((SPEECH, talks), (FACES, photos)):
        (tmp_path / corpus).mkdir()
        for part in parts:
            (tmp_path / corpus / part.utterance).write_text(part.utterance)
        names = [(p.utterance, "") if corpus == SPEECH else ("", p.utterance) for p in parts]
        rows = [Utterance(p.utterance, p.speaker, p.emotion, *name) for p, name in zip(parts, names, strict=True)]
        data = tmp_path / SHARED / "data"
        for kind in ("manifests", "recordings", "splits"):
            (data / kind).mkdir(parents=True, exist_ok=True)
        write_manifest(Manifest(tuple(rows), synthetic=False), data / f"manifests/{corpus}.csv")
        write_recordings(rows, tmp_path / corpus, corpus, data / f"recordings/{corpus}.csv")
        write_split(Split(tuple(parts), synthetic=False), data / f"splits/{corpus}.csv")
    for name, strength in (("a", 4.0), ("ear", 8.0)):
        for modality, corpus, parts in (("acoustic", SPEECH, talks), ("visual", FACES, photos)):
            g = torch.Generator().manual_seed(len(parts))
            shown = torch.tensor([[strength * EMOTIONS.index(p.emotion)] for p in parts])
            width = 2 * WIDTH if (name, modality) == ("ear", "acoustic") else WIDTH
            values = torch.randn(len(parts), width, generator=g) + shown
            folder = tmp_path / name / "data/features" / modality
            folder.mkdir(parents=True)
            features = FeatureSet(tuple(p.utterance for p in parts), tuple(p.emotion for p in parts), values)
            write_features(features, folder / f"{corpus}.safetensors")
        (tmp_path / name / "data/splits").symlink_to(tmp_path / SHARED / "data/splits")
        yaml.dump(document, tmp_path / name / "params.yaml")
    return tmp_path


def lines_of(folder, backbone, arms, monkeypatch, capsys):
    """What the process for one backbone prints, by arm."""
    monkeypatch.chdir(folder / backbone)
    monkeypatch.setattr("fdan.runtime.input_guard._seen", {})  # each is a process of its own
    monkeypatch.setattr("sys.argv", ["networks", backbone, *arms])
    networks.main()
    said = (line.removeprefix(f"{backbone}, ").split(": ", 1) for line in capsys.readouterr().out.splitlines())
    return dict(said)


def page_of(folder, backbones):
    """The page, from what was run on these backbones."""
    study = load_params("study", StudyParams)
    raw = {corpus: folder / corpus for corpus in (SPEECH, FACES)}
    write_page(read_study(folder, study, 2, backbones, raw), folder / "docs")
    return (folder / f"docs/{PAGES[0]}").read_text()


@pytest.mark.slow
def test_from_features_to_the_page_and_a_second_time_without_training(work, monkeypatch, capsys):
    first = lines_of(work, "a", ["fdan", "fdan1"], monkeypatch, capsys)
    assert list(first) == ["fdan", "fdan1"]
    page = page_of(work, ["a"])
    assert "| fdan2 | the fdan2 |  | not run |  |" in page
    assert "| best beats fdan2 | best minus fdan2 | not run |" in page
    assert "Tested claims: 1;" in page

    named = [name for name in ARMS if name != "encoder"]
    second = lines_of(work, "a", named, monkeypatch, capsys)
    assert "actors-9: 2 training actors" not in second
    assert second["actors-9"].startswith("not run: fold 01: 2 training actors, expected at least 9")
    assert second["fdan"].endswith("trained 0, known 6")
    assert second["fdan2"].endswith("trained 6, known 0")
    assert second["best"].endswith(
        ("trained 6, known 0", "trained 0, known 6", "trained 2, known 4", "trained 4, known 2")
    )
    third = lines_of(work, "a", [], monkeypatch, capsys)  # every arm that is cached is written, named or not
    assert third.keys() == second.keys() - {"actors-9"}
    assert all("trained 0" in line for line in third.values())
    lines_of(work, "ear", ["encoder"], monkeypatch, capsys)

    page = page_of(work, ["a", "ear"])
    assert (work / f"docs/{PAGES[1]}").stat().st_size > 10_000
    assert (work / f"docs/{PAGES[2]}").read_text() == "".join(f"p{i:02}\n" for i in range(12))
    for said in (
        "We trained the paper's network on the voices of 3 actors and 12 photographs of other people's faces.",
        "a speech encoder by ",
        "Tested claims: 3;",
        "| fdan beats actors-9 | fdan minus actors-9 | not run |",
        "| 0.001 | 2 |",
        "Validation actors chose alpha ",
        "| 1 | ",
        "| all (WAR) | 12 | ",
        "18 files (",
        "12 files (",
        "on 3 actors whose speech does not train in their fold",
    ):
        assert said in page, said
    assert page.count("not run") == 2  # actors-9, and its contrast
    lines_of(work, "ear", [], monkeypatch, capsys)
    assert page_of(work, ["a", "ear"]) == page


def test_notes_that_are_missing_or_broken_are_one_line(tmp_path):
    path = tmp_path / "study.json"
    write_notes(Notes({"best": {"01": 0.1}}, {"fdan": 0.5}), path)
    assert read_notes(path) == Notes({"best": {"01": 0.1}}, {"fdan": 0.5})
    path.write_text("{}")
    with pytest.raises(
        CorpusError, match=r"study.json: cannot be read \(2 validation errors for Notes\): expected the "
    ):
        read_notes(path)
    with pytest.raises(CorpusError, match="No such file"):
        read_notes(tmp_path / "none.json")


def fitted(job):
    return job.predictions(job.run()).probabilities


def test_a_linear_probe_is_logistic_regression_of_speech_alone(domains):
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    found = fitted(ProbeJob(domains))
    scale = StandardScaler().fit(domains.acoustic.x.double().numpy())
    x, y = scale.transform(domains.acoustic.x.double().numpy()), domains.acoustic.y.numpy()
    fit = LogisticRegression(max_iter=2000).fit(x, y)
    expected = fit.predict_proba(scale.transform(domains.test.values.double().numpy()))
    assert abs(found - expected).max() < 1e-4
    others = replace(domains, visual=Domain(domains.visual.x * 7, domains.visual.y.flip(0)))
    assert (fitted(ProbeJob(others)) == found).all()


def test_a_class_that_no_speech_has_is_never_said(domains):
    silent = replace(domains, acoustic=Domain(domains.acoustic.x, torch.ones(20, dtype=torch.int64)))
    assert fitted(ProbeJob(silent)).tolist() == [[0.0, 1.0]] * 4


def test_an_encoder_that_is_not_there_is_one_line_and_its_arms_are_not_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    document = YAML(typ="safe", pure=True).load(ROOT / PARAMS)
    found, missing = at_hand(document, None)
    assert missing == ["whisper-base"]
    assert found["study"]["arms"] == document["study"]["arms"]
    said = "whisper-base: encoders/whisper-base: no such folder: its arms are not run (fdan download weights --speech, "
    assert capsys.readouterr().out.startswith(said)
    (tmp_path / "mine").mkdir()
    found, missing = at_hand(document, "mine")
    assert not missing
    assert found["study"]["backbones"]["whisper-base"]["acoustic_weights"] == f"{tmp_path}/mine"
    with pytest.raises(UnusableError, match="--encoder nowhere: no such folder"):
        at_hand(document, "nowhere")


def test_arms_are_chosen_by_name():
    study = load_params("study", StudyParams, ROOT / PARAMS)
    assert list(chosen_arms(None, study)) == list(study.arms)
    assert list(chosen_arms("fdan, fdan1", study)) == ["fdan", "fdan1"]
    with pytest.raises(UnusableError, match=r"^--arms: 'fdan9': no such arm: expected some of fdan, fdan1, "):
        chosen_arms("fdan9", study)

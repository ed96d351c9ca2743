"""The study from features to page on a handful of random samples, and what its parts promise."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from fdan.commands.real import at_hand
from fdan.data.emotions import Emotion
from fdan.data.features import FeatureSet, write_features
from fdan.data.manifest import Manifest, Utterance, write_manifest
from fdan.data.splits import Part, Split, write_split
from fdan.errors import UnusableError
from fdan.learning.domains import Domains
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.training import Domain, build_model
from fdan.results.statistics import Estimate, Interval
from fdan.runtime.params import ParamsError, load_params
from fdan.samples.recordings import write_recordings
from fdan.study import networks
from fdan.study.claims import Claim
from fdan.study.hearing import NONE, in_two_sentences
from fdan.study.page import SHARED, write_page
from fdan.study.params import FACES, PARAMS, SPEECH, Backbone, StudyParams
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


def claim(war, low, high, p):
    estimate = Estimate(war, war, Interval(low, high), Interval(low, high), p, 1.0)
    return Claim("Faces help at all", "FDAN", "no faces", "a", "paper", estimate, p)


def test_what_may_be_said_and_what_could_have_been_seen():
    assert claim(5.0, 1.0, 9.0, 0.01).verdict == "yes"
    assert claim(-5.0, -9.0, -1.0, 0.01).verdict == "no: it harms"
    assert claim(5.0, -1.0, 11.0, 0.2).verdict == "cannot be told"
    assert claim(0.0, -1.96, 1.96, 1.0).detectable == pytest.approx(2.8)


def test_the_project_s_own_params_are_complete():
    study = load_params("study", StudyParams, ROOT / PARAMS)
    assert len(study.seeds) == 5
    assert (study.alphas[0], study.alphas[-1]) == (0.0, 10.0)
    assert study.whole == ("mobilenet_v2-imagenet", "whisper-base")


def test_a_backbone_that_is_not_there_is_one_line(tmp_path):
    text = (ROOT / PARAMS).read_text().replace("untrained: mobilenet_v2-random", "untrained: vgg")
    (tmp_path / PARAMS).write_text(text)
    with pytest.raises(ParamsError, match=r"study: .*'vgg': expected one of backbones, resnet34-random, "):
        load_params("study", StudyParams, tmp_path / PARAMS)


@pytest.fixture
def work(tmp_path):
    """What extraction leaves of 3 speakers and 12 photographs, for two backbones and a speech encoder."""
    yaml = YAML(typ="safe", pure=True)
    document = yaml.load(ROOT / PARAMS)
    backbone = {"network": "resnet34", "weights": "random"}
    document["study"] = {"seeds": [0, 1], "backbones": {"a": backbone, "b": backbone}, "main": "b", "untrained": "a"}
    hears = backbone | {"acoustic": "whisper", "acoustic_weights": "encoder"}
    document["study"]["backbones"]["ear"] = hears
    document["study"]["alphas"] = [0.001, 1.0]
    document["study"] |= {"changes": {"narrow": {"width": 2}, "bank-3": {"bank": 3}}, "changed_seeds": [0]}
    document["model"] |= {"width": 4, "ffn_factor": 1}
    document["train"] |= {"epochs": 1, "batch_size": 8}
    document["released"] |= {"epochs": 1, "iterations": 1, "batch_size": 8, "width": 4}
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
    for name, strength in (("a", 0.0), ("b", 4.0), ("ear", 8.0)):
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
    return tmp_path, document


@pytest.mark.slow
def test_from_features_to_the_page_and_a_second_time_without_training(work, monkeypatch, capsys):
    folder, document = work
    for _ in range(2):
        for name in ("a", "b", "ear"):
            monkeypatch.chdir(folder / name)
            monkeypatch.setattr("fdan.runtime.input_guard._seen", {})  # each is a process of its own
            monkeypatch.setattr("sys.argv", ["networks", name])
            networks.main()
    lines = capsys.readouterr().out.splitlines()
    assert ["trained 0" in line for line in lines] == [False] * 9 + [True] * 9
    assert lines[3].startswith("b, alpha: mean WAR over seeds: 0.001 ")
    assert lines[3].endswith("trained 2, known 2")  # at 0.001 they are FDAN's own
    study = load_params("study", StudyParams)
    write_page(folder, study, document, folder / "docs")
    page = (folder / "docs/real_people.md").read_text()
    assert (folder / "docs/real_people.png").stat().st_size > 10_000
    for said in (
        "Attention helps?",
        "LMMD helps?",
        "Faces help at all?",
        "Pre-training helps?",
        "FDAN beats a linear probe?",
        "A speech encoder helps?",
        "With ear in place of the Mel images FDAN recognises ",
        "18 files",
        "12 files",
        "What would help with new speakers?",
    ):
        assert said in page
    # 2 seeds: 5 systems on 3 backbones; on 2 of them 2 alphas, and 5 systems in 3 folds; a probe in each, once.
    # On the 2 one seed of FDAN, 2 changes, no faces and a probe in 3 folds.
    assert f"{2 * (5 * 3 + 2 * (2 + 5 * 3)) + 3 + 2 * 3 + 2 * 5 * 3} runs in all" in page
    assert page.count("| FDAN |") == 4 * 5 + 3  # claims on one backbone, and a row of each table of systems


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


def test_without_an_encoder_the_page_says_how_to_add_one():
    backbone = {"a": Backbone("resnet34", "random")}
    study = StudyParams((0,), backbone, "a", "a", (0.1,), {}, (0,))
    assert in_two_sentences([], {}, study) == NONE


def test_an_encoder_that_is_not_there_is_left_out_with_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    document = YAML(typ="safe", pure=True).load(ROOT / PARAMS)
    left = at_hand(document, None)["study"]["backbones"]
    assert "whisper-base" not in left
    assert len(left) == len(document["study"]["backbones"]) - 1
    said = "whisper-base: encoders/whisper-base: no such folder: left out (fdan download weights --speech, or --encoder"
    assert capsys.readouterr().out.startswith(said)
    (tmp_path / "mine").mkdir()
    kept = at_hand(document, "mine")["study"]["backbones"]["whisper-base"]
    assert kept["acoustic_weights"] == f"{tmp_path}/mine"
    with pytest.raises(UnusableError, match="--encoder nowhere: no such folder"):
        at_hand(document, "nowhere")

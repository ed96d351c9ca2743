from fdan.numerics.pins import UNPINNED, note_unpinned

import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from dvc.schema import COMPILED_LOCKFILE_SCHEMA
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from voluptuous import Invalid

from fdan.commands.cli import main
from fdan.commands.preflight import heal_lock
from fdan.data.manifest import SYNTHETIC_MARKER
from fdan.errors import FdanError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def check(tmp_path, monkeypatch, capsys):
    """Run preflight on the project's params.yaml after one replacement in its text."""
    monkeypatch.chdir(tmp_path)

    def run(old="", new=""):
        text = (ROOT / "params.yaml").read_text(encoding="utf-8")
        assert old in text
        (tmp_path / "params.yaml").write_text(text.replace(old, new) if old else text, encoding="utf-8")
        return SimpleNamespace(returncode=main(["preflight"]), **capsys.readouterr()._asdict())

    return run


def test_all_mistakes_are_told_at_once(check):
    result = check("  savee: data/demo/savee\n  meld: data/demo/meld\n", "  ravdess: /nowhere\n")
    assert result.returncode == 1
    for section in ("sources", "multi", "figures.tsne_share"):
        assert f"{section}: ['meld', 'savee']: not among the corpora of raw, ['ravdess']" in result.err
    assert "raw.ravdess: /nowhere: no such folder" in result.err
    assert result.err.count("\n") == 1


def test_mistakes_of_every_kind_are_told_in_one_run(check, monkeypatch):
    monkeypatch.setenv("FDAN_DEVICE", "gpu")
    old = "  savee: data/demo/savee\n  meld: data/demo/meld\n\n"
    result = check(old, "  SAVEE: .\n  savee: ~/SAVEE\n  meld: data/demo/meld\n\nalhpa: 1\nsead: 1\n\nepochs: many\n\n")
    assert result.returncode == 1
    for said in (
        "params.yaml: alhpa, sead, epochs: unknown sections; expected alpha, claims, cnn,",
        "raw.SAVEE: expected a name of small letters, digits and _",
        "raw.savee: '~/SAVEE': write the folder in full",
        "FDAN_DEVICE=gpu: expected cpu or cuda",
    ):
        assert said in result.err
    assert result.err.count("\n") == 1


def test_a_python_that_finds_no_stage_is_named(check, monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    result = check()
    assert (result.returncode, result.err.count("\n")) == (1, 1)
    assert "PYTHONSAFEPATH is set: dvc starts each stage as python -m stages.<name>" in result.err
    monkeypatch.setenv("PYTHONSAFEPATH", "")
    assert check().returncode == 0


def test_a_corpus_outside_of_the_project_is_nothing_to_speak_of(check, tmp_path):
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    corpora = "savee: data/demo/savee\n  meld: data/demo/meld\n"
    assert check(corpora, f"savee: {outside}\n  meld: {outside}\n").err == ""


def test_what_was_made_unpinned_is_named_with_the_command_that_remakes_it(check, tmp_path, monkeypatch):
    for folder in ("runs/savee", "reports/calibration/savee"):
        (tmp_path / folder).mkdir(parents=True)
        with monkeypatch.context() as unpinned:
            unpinned.setenv("FDAN_PINS", "off")
            note_unpinned(tmp_path / folder)
    (tmp_path / "data/sounds").mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "data/sounds/savee.zip", "w") as archive:
        archive.comment = (tmp_path / "runs/savee" / UNPINNED).read_bytes().strip()
    result = check()
    assert result.returncode == 0
    assert result.err == (
        "data/sounds/savee.zip and 2 more: made without the pins (FDAN_PINS=off); "
        "remake: FDAN_PINS=on FDAN_DEVICE=cpu dvc repro --force\n"
    )
    monkeypatch.setenv("FDAN_PINS", "off")  # then the stages go on as they began
    assert check().err == ""


def test_the_project_s_own_params_pass(check):
    result = check()
    assert (result.returncode, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("alpha: 1.0e-3", "alpha: abc", "params.yaml: alpha: 'abc'"),
        ("alpha: 1.0e-3", "alpha: 1.0e-3\nbeta: 1", "beta: unknown section;"),
        ("\nseeds: [0, 1, 2]", "\nseeds: [0, 1, 1]", "seeds: [0, 1, 1]: expected each seed once"),
        ("vgg19", "vgg16", "cnn.networks: ['vgg16', 'vgg16', 'resnet18', 'resnet34', 'resnet50']: expected each"),
        ("  fdan2:", "  ../fdan2:", "variants.../fdan2"),
        ("savee: data/demo/savee", "savee: /nowhere", "raw.savee: /nowhere: no such folder"),
        ("savee: data/demo/savee", "savee: params.yaml", "raw.savee: params.yaml is a file; expected its folder"),
        ("address: null", "address: 'http://a:8787'", "parallel: {'backend': 'loky', 'workers': None, 'address': 'htt"),
        ("savee: data/demo/savee", "savee: ~/SAVEE", "raw.savee: '~/SAVEE': write the folder in full, /"),
        (
            "    meld: 0.2",
            "    mled: 0.2",
            "figures.tsne_share: ['mled']: not among the corpora of raw, ['meld', 'savee']",
        ),
        ("savee: savee", "ravdess: savee", "sources: ['ravdess']: not among the corpora of raw"),
        ("savee: savee", "savee: photographs", "sources: ['photographs']: not among the corpora of raw"),
        ("network: resnet34", "network: resnet33", "network: 'resnet33': expected one of torchvision's alexnet, "),
        ("weights: random    #", "weights: imagnet    #", "weights: 'imagnet' is neither random, imagenet, nor a file"),
        ("floor_db: -80.0", "floor_db: 30.0", "mels"),
        ("acoustic: mel ", "acoustic: ear ", "features.acoustic: 'ear': input should be 'mel' or 'whisper'"),
        ("acoustic: mel ", "acoustic: whisper ", "acoustic whisper: acoustic_weights is null; expected the encoder's"),
        (
            "acoustic: mel           # Sec. 2; a speech encoder, whisper, is not in it\n  acoustic_weights: null",
            "acoustic: whisper\n  acoustic_weights: nowhere",
            "features.acoustic",  # without the library that is missing, else the folder
        ),
    ],
)
def test_a_mistake_is_one_line(check, old, new, message):
    result = check(old, new)
    assert result.returncode == 1
    assert message in result.err
    assert result.err.count("\n") == 1


def test_a_real_and_a_synthetic_corpus_are_refused(check, tmp_path):
    (tmp_path / "real").mkdir()
    assert "they never mix" in check("savee: data/demo/savee", "savee: real").err
    (tmp_path / "real" / SYNTHETIC_MARKER).touch()
    assert check("savee: data/demo/savee", "savee: real").returncode == 0
    shutil.rmtree(tmp_path / "real")


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("schema: '2.0'\nstages:\n  a:\n    cmd: b\n", True),
        ("", False),
        ("schema: '2.0'\nstages:\n  a:\n    deps:\n", False),
        ("a: [", False),
    ],
)
def test_a_lock_that_a_killed_dvc_left_half_written_is_put_aside(tmp_path, monkeypatch, capsys, text, stays):
    monkeypatch.chdir(tmp_path)
    lock = tmp_path / "dvc.lock"
    lock.write_text(text)
    heal_lock(lock)
    assert lock.exists() == stays
    assert ("half written" in capsys.readouterr().err) == (not stays)
    assert stays or (tmp_path / "build/former/dvc.lock").read_text() == text
    heal_lock(tmp_path / "nowhere")


LOCK = """\
schema: '2.0'
stages:
  audio@savee:
    cmd: python -m stages.audio savee
    deps:
    - path: fdan/samples
      hash: md5
      md5: 0123456789abcdef.dir
    params:
      params.yaml:
        faces.weights: null
        seeds:
        - 0
    outs:
    - path: data/mels/savee
      size: 7203
"""


def test_a_lock_of_another_project_stays(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.lock").write_text("train:\n  cmd: python train.py\n")
    assert main(["preflight"]) == 1
    assert (tmp_path / "dvc.lock").read_text() == "train:\n  cmd: python train.py\n"


def test_a_merge_that_is_not_ended_is_the_user_s(tmp_path):
    lock = tmp_path / "dvc.lock"
    both = f"<<<<<<< HEAD\n{LOCK}=======\n{LOCK}>>>>>>> theirs\n"
    lock.write_text(both)
    with pytest.raises(FdanError, match="both sides of a merge; choose one, git checkout --ours"):
        heal_lock(lock)
    assert lock.read_text() == both


def test_whatever_dvc_would_not_start_on_is_put_aside(tmp_path, monkeypatch, capsys):
    """Cut off after any character: what stays is what dvc accepts."""
    monkeypatch.chdir(tmp_path)
    lock = tmp_path / "dvc.lock"
    lock.write_text(LOCK)
    heal_lock(lock)
    assert lock.read_text() == LOCK
    for end in range(len(LOCK)):
        lock.write_text(LOCK[:end])
        heal_lock(lock)
        if lock.exists():
            try:
                COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe", pure=True).load(LOCK[:end]))
            except (YAMLError, Invalid) as error:
                pytest.fail(f"{LOCK[:end]!r}: {error}")

"""The list of a corpus' recordings: it changes when one of them does, and with nothing else in the folder."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from fdan.data.emotions import CorpusError
from fdan.data.records import read_records
from fdan.errors import FdanError
from fdan.runtime import input_guard as unchanged
from fdan.runtime.project import Project
from fdan.samples.recordings import Recording, note_recordings
from stages import manifests

ROOT = Path(__file__).parents[2]

LIST = Project().recordings("voices")

ROWS = "utterance,speaker,emotion,audio,video\nu,,fear,a.wav,clips/a.mp4\nv,,anger,b.wav,\nw,,fear,gone.wav,\n"
FILES = {"utterances.csv": ROWS, "a.wav": "a", "clips/a.mp4": "film", "b.wav": "b"}
LEFT = (".DS_Store", "Thumbs.db", "._a.wav", "clips/@eaDir/a.mp4/thumb.jpg", "desktop.ini", "notes.txt", "c.wav")


@pytest.fixture
def corpus(tmp_path, monkeypatch):
    """A folder outside of the project, where the stage lists it."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    folder = tmp_path / "outside"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (tmp_path / "project/params.yaml").write_text(f"raw: {{voices: {folder}}}")
    monkeypatch.setattr(sys, "argv", ["manifests", "voices"])
    monkeypatch.setattr(unchanged, "_seen", {})
    return folder


def listed() -> tuple[bytes, bytes]:
    unchanged._seen.clear()  # each is a run of its own
    manifests.main()
    return LIST.read_bytes(), Project().manifest("voices").read_bytes()


def test_each_file_of_an_utterance_has_the_digest_of_its_bytes(corpus):
    listed()
    assert read_records(LIST, Recording) == [
        Recording("a.wav", hashlib.sha256(b"a").hexdigest()),
        Recording("b.wav", hashlib.sha256(b"b").hexdigest()),
        Recording("clips/a.mp4", hashlib.sha256(b"film").hexdigest()),
        Recording("gone.wav", ""),
    ]


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left_in_the_folder_changes_no_byte_of_it(corpus, name):
    before = listed()
    (corpus / name).parent.mkdir(parents=True, exist_ok=True)
    (corpus / name).write_text("left")
    os.utime(corpus / "a.wav")
    assert listed() == before


@pytest.mark.parametrize(
    ("name", "fails"),
    [(".DS_Store", False), ("notes.txt", False), ("c.wav", False), ("a.wav", True), ("utterances.csv", True)],
)
def test_what_the_list_uses_may_not_change_while_it_is_made(corpus, monkeypatch, name, fails):
    """A file manager's own files may, and others that no utterance uses."""
    (corpus / name).touch()
    write = manifests.write_recordings

    def meanwhile(*arguments):
        write(*arguments)
        (corpus / name).write_text("other")

    monkeypatch.setattr(manifests, "write_recordings", meanwhile)
    if fails:
        with pytest.raises(FdanError, match=f"{name}: changed while the stage ran; no output is kept"):
            listed()
        assert not LIST.exists()
    else:
        listed()
        assert LIST.exists()


@pytest.mark.parametrize("name", ["a.wav", "clips/a.mp4", "gone.wav"])
def test_a_changed_or_a_new_recording_changes_it(corpus, name):
    before = listed()
    (corpus / name).write_text("other")
    assert listed()[0] != before[0]


def test_what_leads_out_or_is_no_file_has_no_digest(corpus, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (corpus / "a.wav").unlink()
    (corpus / "gone.wav").symlink_to(corpus / "b.wav")
    (corpus / "a.wav").symlink_to("b.wav")
    listed()
    found = {one.path: one.sha256 for one in read_records(LIST, Recording)}
    assert found["a.wav"] == found["gone.wav"] == found["b.wav"]


def test_a_clip_that_changes_while_a_stage_runs_is_noticed_and_a_thumbnail_is_not(corpus):
    listed()
    unchanged._seen.clear()
    note_recordings(LIST, corpus)
    (corpus / ".DS_Store").write_text("left")
    unchanged.refuse_changes()
    (corpus / "b.wav").write_text("other")
    with pytest.raises(FdanError, match=r"b\.wav: changed while the stage ran"):
        unchanged.refuse_changes()


def test_without_a_list_the_error_says_who_makes_it(corpus):
    with pytest.raises(
        CorpusError, match=r"^data/recordings/voices\.csv: no such file; it is made by an earlier stage"
    ):
        note_recordings(LIST, corpus)


def dvc(project, *arguments):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(
        command, cwd=project, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_dvc_hears_again_what_changed_and_nothing_because_of_a_file_manager(tmp_path):
    """The project's own dvc.yaml, on a corpus outside of the project."""
    outside, project = tmp_path / "outside", tmp_path / "project"
    outside.mkdir()
    for name, frequency in (("a", 300), ("b", 500)):
        samples = np.sin(np.arange(16_000) * frequency / 2546).astype(np.float32) / 2
        wavfile.write(outside / f"{name}.wav", 16_000, samples)
    (outside / "utterances.csv").write_text("utterance,speaker,emotion,audio,video\nu,,fear,a.wav,\nv,,anger,b.wav,\n")
    for name in ("fdan", "stages"):
        shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dvc.yaml", ".dvcignore"):
        shutil.copy(ROOT / name, project / name)
    text = (ROOT / "params.yaml").read_text()
    (project / "params.yaml").write_text(
        text.replace("savee: data/demo/savee", f"savee: data/demo/savee\n  mine: {outside}")
    )
    dvc(project, "init", "--no-scm", "--quiet")
    assert "Running stage 'audio@mine'" in dvc(project, "repro", "audio@mine")
    for name in (".DS_Store", "Thumbs.db", "._a.wav", "@eaDir/a.wav"):
        (outside / name).parent.mkdir(exist_ok=True)
        (outside / name).write_text("left")
    said = dvc(project, "repro", "audio@mine")
    assert "Stage 'audio@mine' didn't change, skipping" in said
    assert dvc(project, "status", "audio@mine").strip() == "Data and pipelines are up to date."
    shutil.copy(outside / "b.wav", outside / "a.wav")
    assert "Running stage 'audio@mine'" in dvc(project, "repro", "audio@mine")

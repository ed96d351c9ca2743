"""Links, and what is closed to us: nothing is opened outside of a corpus, and one line says what to do."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from fdan.commands.cli import main
from fdan.corpora.cremad import read_cremad
from fdan.corpora.meld import PARTS, read_meld
from fdan.corpora.savee import read_savee
from fdan.corpora.table import read_csv
from fdan.corpora.unreadable import what_ends_dvc
from fdan.data.emotions import CorpusError
from tests.corpora.made import HEADER, meld, touch

ROOT = Path(__file__).parents[2]
COPY = "a link that leaves the corpus folder; copy the files themselves there, for example with cp -rL"
FETCH = "a git-annex link whose file is not here; fetch it with git annex get, or datalad get"


def annexed(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(f"../.git/annex/objects/Xy/{path.stem}/SHA256E-s9--{path.name}/SHA256E-s9--{path.name}")


def test_a_folder_of_links_says_how_to_copy_it(tmp_path):
    """A hub's snapshot: every file is a link into a folder of blobs beside it."""
    snapshot = tmp_path / "snapshots/1a2b"
    for i in range(1, 31):
        touch(tmp_path, f"blobs/{i}")
        name = snapshot / f"AudioData/DC/a{i:02}.wav"
        name.parent.mkdir(parents=True, exist_ok=True)
        name.symlink_to(tmp_path / f"blobs/{i}")
    with pytest.raises(CorpusError, match="no SAVEE file here") as caught:
        read_savee(snapshot)
    assert str(caught.value).endswith(f"; 30 files: left out, {COPY}; the first is AudioData/DC/a01.wav")


def test_meld_of_links_is_two_lines(tmp_path):
    root = meld(tmp_path / "meld", 20)
    for folder in PARTS.values():
        shutil.move(root / folder, tmp_path / folder)
        (root / folder).symlink_to(tmp_path / folder)
    assert read_meld(root).notes == (
        "60 utterances: neither sound nor clip; the first is train_dia0_utt0",
        *(f"{folder}: left out, {COPY}" for folder in sorted(PARTS.values())),
    )


def test_git_annex_s_files_that_are_not_here_are_named(tmp_path):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    for i in range(2, 10):
        annexed(tmp_path / f"AudioWAV/100{i}_DFA_ANG_XX.wav")
    listing = read_cremad(tmp_path)
    assert len(listing.utterances) == 1
    assert listing.notes[-1] == f"8 files: left out, {FETCH}; the first is AudioWAV/1002_DFA_ANG_XX.wav"


@pytest.mark.parametrize("which", ["table", "recording", "folder"])
def test_a_table_s_link_that_leaves_says_how_to_copy_it(tmp_path, which):
    root = tmp_path / "corpus"
    touch(tmp_path, "blobs/a.wav")
    (tmp_path / "blobs/t.csv").write_text(f"{HEADER}u,,fear,{'blobs/' * (which == 'folder')}a.wav,\n")
    root.mkdir()
    if which == "table":
        (root / "utterances.csv").symlink_to(tmp_path / "blobs/t.csv")
    else:
        shutil.copy(tmp_path / "blobs/t.csv", root / "utterances.csv")
    (root / "a.wav").symlink_to(tmp_path / "blobs/a.wav")
    (root / "blobs").symlink_to(tmp_path / "blobs")
    with pytest.raises(CorpusError, match=rf"/utterances\.csv: (line 2: audio '(blobs/)?a\.wav': )?{COPY}$"):
        read_csv(root)


def test_a_table_s_git_annex_files_that_are_not_here_are_named(tmp_path):
    """In a corpus that is a folder of an annex: its links lead out, to where the file would be."""
    root = tmp_path / "corpus"
    rows = "".join(f"u{i},,fear,wav/{i}.wav,\n" for i in range(5))
    for i in range(4):
        annexed(root / f"wav/{i}.wav")
    (root / "utterances.csv").write_text(HEADER + rows)
    assert read_csv(root).notes == (
        f"4 files are stated and not there: {FETCH}; the first is u0: no wav/0.wav",
        "u4: no wav/4.wav",
    )


def test_a_file_behind_a_link_within_the_corpus_is_no_missing_one(tmp_path):
    touch(tmp_path, "wav/a.wav")
    (tmp_path / "audio").symlink_to(tmp_path / "wav")
    (tmp_path / "utterances.csv").write_text(f"{HEADER}u,,fear,audio/a.wav,\n")
    listing = read_csv(tmp_path)
    assert [u.audio for u in listing.utterances] == ["audio/a.wav"]
    assert not [note for note in listing.notes if note.startswith("u: no")]


# What DVC ends at


def test_what_dvc_would_end_at_is_found_with_its_cure(tmp_path):
    touch(tmp_path, "a.wav", "sub/b.wav", "bad\udcff.wav")
    annexed(tmp_path / "sub/c.wav")
    (tmp_path / "d.wav").symlink_to("nowhere")
    (tmp_path / ".#e.txt").symlink_to("somebody@host.1234")  # an editor's lock
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "linked").symlink_to("sub")
    os.mkfifo(tmp_path / "pipe")
    found = what_ends_dvc(tmp_path, ignoring=False)
    assert found == {
        FETCH: ["sub/c.wav"],
        "a link to no file; put the file itself there, or remove the link": [".#e.txt", "circle", "d.wav"],
        "a name that is not UTF-8; rename it": ["bad\udcff.wav"],
        "not a regular file": ["pipe"],
    }
    within = what_ends_dvc(tmp_path, ignoring=True)
    assert within == {why: [path for path in paths if path != ".#e.txt"] for why, paths in found.items()}


@pytest.mark.slow
def test_dvc_ends_at_it_and_at_nothing_else(tmp_path):
    """DVC itself, outside of its .dvcignore; a pipe it would wait at for ever."""
    corpus, project = tmp_path / "corpus", tmp_path / "project"
    touch(corpus, "a.wav", "sub/b.wav")
    (corpus / "sub/up").symlink_to(corpus)
    (corpus / "out.wav").symlink_to("/etc/hostname")
    project.mkdir()
    stage = "stages:\n  list:\n    cmd: ls ../corpus > out\n    deps: [../corpus]\n    outs: [out]\n"
    (project / "dvc.yaml").write_text(stage)

    def dvc(*words):
        return subprocess.run([sys.executable, "-m", "dvc", *words], cwd=project, capture_output=True, check=False)

    dvc("init", "--no-scm", "--quiet")
    assert what_ends_dvc(corpus, ignoring=False) == {}
    assert dvc("repro").returncode == 0
    for name in ("annexed.wav", ".#lock", "circle", "bad\udcff.wav"):
        path = corpus / name
        if name.startswith("bad"):
            path.touch()
        elif name == "annexed.wav":
            annexed(path)
        else:
            path.symlink_to("circle")
        assert list(what_ends_dvc(corpus, ignoring=False).values()) == [[name]]
        assert dvc("repro").returncode != 0
        path.unlink()


@pytest.mark.parametrize("place", ["outside", "project/data/raw"])
def test_preflight_names_what_dvc_would_end_at_in_every_corpus(tmp_path, monkeypatch, capsys, place):
    for corpus, files in (("savee", 5), ("meld", 1)):
        for i in range(files):
            annexed(tmp_path / place / corpus / f"{i}.wav")
        (tmp_path / place / corpus / ".#notes").symlink_to("nowhere")
    (tmp_path / "project").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "project")
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    Path("params.yaml").write_text(text.replace("data/demo/", f"{tmp_path / place}/"), encoding="utf-8")
    assert main(["preflight"]) == 1
    ends = "dvc reads every file of the folder, and would end there"
    lock = f".#notes: a link to no file; put the file itself there, or remove the link; {ends}"
    said = [f"savee: 5 files: {FETCH}; the first is 0.wav; {ends}", f"savee: {lock}"]
    said += [f"meld: 0.wav: {FETCH}; {ends}", f"meld: {lock}"]
    told = [f"params.yaml: raw.{line}" for line in said if place == "outside" or lock not in line]
    assert capsys.readouterr().err == f"fdan preflight: error: {'; '.join(told)}\n"


# Closed to us


@pytest.mark.parametrize(
    ("closed", "mode", "said"),
    [
        (".", 0, "{root}: cannot be read (Permission denied)"),
        ("AudioData", 0, "{root}/AudioData: cannot be listed (Permission denied); make it readable, or move it "
         "elsewhere"),
        ("AudioData/DC", 0o644, "{root}: no SAVEE file here; expected for example AudioData/DC/a01.wav; "
         "AudioData/DC/a01.wav: left out, cannot be read (Permission denied)"),
        ("AudioData/DC/a01.wav", 0, "1 utterances, sha256 ''"),
        ("utterances.csv", 0, "{root}/utterances.csv: cannot be read (Permission denied)"),
    ],
)  # fmt: skip
def test_what_is_closed_to_us_is_one_line(closed, mode, said):
    if os.getuid():
        pytest.skip("only root can be somebody else")
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        root.chmod(0o755)
        touch(root, "AudioData/DC/a01.wav")
        name = "savee"
        if closed.endswith(".csv"):
            name = "yours"
            (root / closed).write_text(HEADER + "u,,fear,AudioData/DC/a01.wav,\n")
        (root / closed).chmod(mode)
        code = (
            "import os, sys, tqdm; from pathlib import Path; from fdan.corpora.registry import find_corpus\n"
            "from fdan.samples.recordings import _digest; from fdan.errors import FdanError\n"
            "os.setgroups([]); os.setuid(65534); root = Path(sys.argv[1])\n"
            "try:\n"
            "    found = find_corpus(sys.argv[2], root).read(root).utterances\n"
            "    print(len(found), 'utterances, sha256', repr(_digest(root, found[0].audio)))\n"
            "except FdanError as error:\n"
            "    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", code, str(root), name], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parents[2])  # fmt: skip
        assert done.stdout.removeprefix("corpus savee: ") == said.format(root=root) + "\n"
    finally:
        (root / closed).chmod(0o755)
        shutil.rmtree(root)

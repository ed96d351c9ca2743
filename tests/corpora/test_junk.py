"""What file managers, systems and tools leave beside recordings: no reader, and no stage, takes notice of it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from dvc.repo import Repo

from fdan.corpora import junk
from fdan.corpora.photographs import read_images
from fdan.corpora.table import read_csv
from tests.corpora.made import HEADER, touch

ROOT = Path(__file__).parents[2]

JUNK = ("._a.jpg", ".DS_Store", "Thumbs.db", "__MACOSX/fear/._1.jpg", "fear/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg",
        "fear/.ipynb_checkpoints/1.jpg", "lost+found/fear/x.jpg", ".git/fear/y.jpg", "fear/._1.jpg")  # fmt: skip

OTHERS = (".thumbnails", ".thumbs", ".picasaoriginals", ".dtrash", ".sync/Archive", ".stversions", ".Trash",
          "@SynoResource", "@tmp", "RECYCLER", "$RECYCLE.BIN", "#recycle", "Lost+Found", "__macosx",
          "~$cache")  # fmt: skip


def test_thumbnails_and_forks_are_no_photographs(tmp_path):
    touch(tmp_path, "fear/1.jpg", *JUNK)
    listing = read_images(tmp_path)
    assert [u.video for u in listing.utterances] == ["fear/1.jpg"]
    assert listing.findings == ()
    assert listing.notes == ("9 files: left out, of a file manager, a system or a tool; the first is .git",)


@pytest.mark.parametrize("folder", OTHERS)
def test_no_hidden_folder_and_no_trash_is_looked_into(tmp_path, folder):
    touch(tmp_path, "fear/1.jpg", f"fear/{folder}/2.jpg", f"{folder}/fear/3.jpg")
    listing = read_images(tmp_path)
    assert [u.video for u in listing.utterances] == ["fear/1.jpg"]
    assert len(listing.left_out) == 2


def test_hidden_photographs_and_locks_are_none_and_the_corpus_itself_may_be_hidden(tmp_path):
    root = tmp_path / ".cache/@home"
    touch(root, "fear/1.jpg", "fear/.hidden.jpg", "fear/~$1.jpg", "fear/@1.jpg", "fear/1@2.jpg", "fear/1~$.jpg")
    assert [u.video for u in read_images(root).utterances] == ["fear/1.jpg", "fear/1@2.jpg", "fear/1~$.jpg"]


def test_what_a_table_names_is_used_wherever_it_lies(tmp_path):
    touch(tmp_path, ".audio/a.wav", ".audio/b.wav")
    (tmp_path / "utterances.csv").write_text(f"{HEADER}u,,fear,.audio/a.wav,\n")
    listing = read_csv(tmp_path)
    assert [u.audio for u in listing.utterances] == [".audio/a.wav"]
    assert listing.notes == (".audio: left out, of a file manager, a system or a tool",)


def test_dvc_passes_by_what_readers_pass_by():
    """In the project's folder; outside of it .dvcignore does nothing."""
    with Repo(str(ROOT)) as repo:
        ignore = repo.dvcignore
    for name in (
        *junk.NAMES,
        *(f"{prefix}x" for prefix in junk.PREFIXES),
        *(name.partition("/")[0] for name in JUNK[:4]),
    ):
        assert junk.is_junk(name), name
        assert ignore.is_ignored_file(str(ROOT / "data/raw/savee" / name)), name
        assert ignore.is_ignored_dir(str(ROOT / "data/raw/savee" / name)), name
    for name in ("a01.wav", "Icon", "Icons", "a@b.wav", "a~$.wav", "recycled.wav"):
        assert not junk.is_junk(name), name
        assert not ignore.is_ignored_file(str(ROOT / "data/raw/savee" / name)), name


def test_another_user_s_lost_and_found_is_not_looked_into(tmp_path):
    if os.getuid():
        pytest.skip("only root can be somebody else")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        touch(folder, "AudioData/DC/a01.wav", "lost+found/x")
        (folder / "lost+found").chmod(0o700)
        code = (
            "import os, sys; from pathlib import Path; from fdan.corpora.savee import read_savee; os.setuid(65534);"
            "print(read_savee(Path(sys.argv[1])).notes[-1])"
        )
        done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True,
                              cwd=ROOT)  # fmt: skip
        assert done.stdout == "lost+found: left out, of a file manager, a system or a tool\n"
    finally:
        shutil.rmtree(folder)


@pytest.mark.filterwarnings("ignore:_NoneStep")  # inside of dvc
def test_a_corpus_elsewhere_comes_under_the_same_rule_by_a_link(tmp_path, monkeypatch):
    """DVC's rules are of paths below the project, and it follows a link as the project's own folder."""
    project, corpus = tmp_path / "project", tmp_path / "SAVEE"
    touch(corpus, "DC/a01.wav")
    (project / "data/raw").mkdir(parents=True)
    (project / "data/raw/savee").symlink_to(corpus)
    shutil.copy(ROOT / ".dvcignore", project)
    stage = {"cmd": "touch listed", "deps": ["data/raw/savee"], "outs": ["listed"]}
    (project / "dvc.yaml").write_text(json.dumps({"stages": {"manifests": stage}}))
    monkeypatch.chdir(project)
    with Repo.init(no_scm=True) as repo:
        repo.reproduce()
    for path in (".DS_Store", "DC/._a01.wav", "DC/Thumbs.db", "@eaDir/a01.wav/x", "lost+found/1"):
        touch(corpus, path)
    with Repo() as repo:
        assert repo.status() == {}
    touch(corpus, "DC/a02.wav")
    with Repo() as repo:
        assert repo.status() == {"manifests": [{"changed deps": {"data/raw/savee": "modified"}}]}

"""Any folder and any table: no trace, nothing opened outside of the corpus, and no file without a word about it."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fdan.corpora.meld import PARTS
from fdan.corpora.registry import CORPORA
from fdan.data.emotions import CorpusError
from fdan.data.manifest import Manifest, read_manifest, write_manifest

EXAMPLES = settings(
    max_examples=int(os.environ.get("FDAN_EXAMPLES", "30")),
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

GOOD = {
    "savee": [
        f"AudioData/{s}/{e}{i:02}.{x}" for s in ("DC", "KL") for e in ("a", "sa") for i in (1, 2) for x in ("wav",)
    ],
    "meld": [f"{folder}/dia{i}_utt0.mp4" for folder in PARTS.values() for i in (0, 1)],
    "ravdess": [f"Actor_01/{m}-01-0{e}-01-01-01-01.{x}" for m, x in (("03", "wav"), ("01", "mp4")) for e in (2, 3, 4)],
    "cremad": [f"Audio/1001_DFA_{e}_XX.{x}" for e in ("ANG", "SAD", "SUR") for x in ("wav", "flv")],
    "csv": ["a.wav", "clips/b.mp4", "e\u0301.wav"],
    "images": ["happy/1.jpg", "fear/é.png", "contempt/2.jpg", "images/3.jpeg", "4.jpg"],
}

TABLES = {
    "meld": [f"{part}_sent_emo.csv" for part in PARTS],
    "csv": ["utterances.csv"],
    "images": ["labels.csv"],
}

HEADERS = {
    "meld": ["Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"],
    "csv": ["utterance", "speaker", "emotion", "audio", "video"],
    "images": ["image", "emotion"],
}

CELLS = {
    "meld": [["Hi"], ["Ann", "ann"], ["joy", "Fear"], ["0", "1"], ["0"]],
    "csv": [["u1", "u2", "u3", "u4"], ["Ann", "ann", ""], ["happy", "contempt"], [*GOOD["csv"], "é.wav"], [""]],
    "images": [[*GOOD["images"], "3.jpeg"], ["fear", "angry", "contempt"]],
}
"""What stands in each column of a sound row."""

ODD = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=()), min_size=1, max_size=8).filter(
    lambda name: name not in {".", ".."} and not any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in name)
)
"""A name that a file may have: any character, or bytes that are no UTF-8."""

WORDS = ["fear", "Happy", "contempt", "0", "1", "u1", "u2", "a.wav", "clips/b.mp4", "é.wav", "1.jpg", "images/3.jpeg",
         "../outside/secret.wav", "/etc/hostname", "link", "C:\\x", "", " ", "4.jpg", "happy/1.jpg", "Ann",
         "ann"]  # fmt: skip


@st.composite
def entries(draw, name):
    """Path -> what lies there."""
    junk = ["._a.jpg", ".DS_Store", "lost+found/x.wav", "fear/Thumbs.db", "README.txt"]
    odd = st.builds("/".join, st.lists(ODD, min_size=1, max_size=3))
    path = st.one_of(st.sampled_from(GOOD[name]), st.sampled_from(junk), odd)
    kind = st.sampled_from(["file"] * 5 + ["out", "out folder", "within", "nowhere", "circle", "pipe"])
    there = dict.fromkeys(draw(st.lists(st.sampled_from(GOOD[name]), max_size=4)), "file")
    return there | draw(st.dictionaries(path, kind, max_size=6))


@st.composite
def tables(draw, name):
    """Name -> bytes of each table."""
    found = {}
    for file in draw(st.lists(st.sampled_from(TABLES.get(name, ["none.csv"])), unique=True, max_size=3)):
        columns = HEADERS.get(name, ["a"])
        cell = st.one_of(st.sampled_from(WORDS), st.text(max_size=5).map(lambda t: t.encode(errors="ignore").decode()))
        good = st.tuples(*map(st.sampled_from, CELLS.get(name, [["x"]])))
        odd = st.tuples(*[cell] * len(columns))
        rows = draw(st.one_of(st.lists(good, min_size=1, max_size=5), st.lists(st.one_of(good, odd), max_size=5)))
        separator = draw(st.sampled_from([",", ";", "\t"]))
        text = "\n".join(separator.join(row) for row in [columns, *rows])
        coded = draw(st.sampled_from([text.encode(), text.encode("utf-16"), text.encode("utf-8-sig")]))
        found[file] = draw(st.one_of(st.just(coded), st.just(coded), st.binary(max_size=40)))
    return found


def make(root: Path, given_entries, given_tables) -> None:
    outside = root.parent / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "secret.wav").write_bytes(b"secret")
    root.mkdir()
    for name, kind in [*given_entries.items(), *((name, "file") for name in given_tables)]:
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            match kind:
                case "file":
                    path.write_bytes(given_tables.get(name, b"x"))
                case "pipe":
                    os.mkfifo(path)
                case _:
                    targets = {"out": outside / "secret.wav", "out folder": outside / "folder", "circle": path}
                    targets |= {"within": root / "a.wav", "nowhere": root / "nothing"}
                    path.symlink_to(targets[kind])
        except OSError:
            continue  # a file where a folder should be, a name too long


def lying(root: Path) -> set[str]:
    """Everything below a folder that is no folder itself."""
    return {
        Path(parent, name).relative_to(root).as_posix()
        for parent, folders, files in os.walk(root)
        for name in [*files, *(f for f in folders if Path(parent, f).is_symlink())]
    }


OPENED: list[str] = []


def _watch(event: str, arguments: tuple) -> None:
    if event == "open" and isinstance(arguments[0], str):
        OPENED.append(arguments[0])


sys.addaudithook(_watch)  # for good: it costs an append


@pytest.mark.parametrize("name", CORPORA)
def test_whatever_lies_there_is_used_left_out_or_refused(name):
    used_something, refusals = [], []

    @EXAMPLES
    @given(entries(name), tables(name))
    def check(given_entries, given_tables):
        home = Path(tempfile.mkdtemp(prefix="corpus-"))
        try:
            root = home / "corpus"
            make(root, given_entries, given_tables)
            OPENED.clear()
            try:
                listing = CORPORA[name].read(root)
            except CorpusError as error:
                refusals.append(str(error))
                return
            finally:
                assert not [path for path in OPENED if os.path.realpath(path).startswith(f"{home}/outside")]
            used = {path for u in listing.utterances for path in (u.audio, u.video) if path}
            left = {one.path for one in listing.left_out}
            read = {*TABLES.get(name, ())}
            for path in lying(root):
                above = {path, *(parent.as_posix() for parent in Path(path).parents)}
                assert path in used | read or above & left, path
            assert not used & left
            for path in used:
                assert (root / path).resolve().is_relative_to(root.resolve())
            assert all(line.isprintable() for line in (*listing.notes, *listing.findings))
            manifest = Manifest(listing.utterances, synthetic=False)
            write_manifest(manifest, home / "manifest.csv")
            assert read_manifest(home / "manifest.csv") == manifest
            used_something.append(bool(used))
        finally:
            shutil.rmtree(home)

    check()
    assert all(line.isprintable() for line in refusals)  # one line each, too
    assert sum(used_something) >= 3  # the others are tests of refusals

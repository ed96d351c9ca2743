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
from fdan.corpora.registry import CORPORA, find_corpus
from fdan.data.emotions import CorpusError
from fdan.data.manifest import Manifest, read_manifest, write_manifest
from fdan.data.records import read_records
from fdan.samples.recordings import Recording, write_recordings

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
    "yours": ["happy/1.jpg", "a.wav", "clips/b.mp4", "4.jpg"],
}

TABLES = {
    "meld": [f"{part}_sent_emo.csv" for part in PARTS],
    "csv": ["utterances.csv"],
    "images": ["labels.csv"],
    "yours": ["utterances.csv", "labels.csv"],
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


ODD_KINDS = ["out", "out folder", "within", "above", "nowhere", "circle", "pipe", "folder", "empty"]
"""What may lie under a name that is no file with something in it; a folder holds one."""


@st.composite
def entries(draw, name):
    """Path -> what lies there."""
    junk = ["._a.jpg", ".DS_Store", "lost+found/x.wav", "fear/Thumbs.db", "README.txt"]
    odd = st.builds("/".join, st.lists(ODD, min_size=1, max_size=3))
    path = st.one_of(st.sampled_from(GOOD[name]), st.sampled_from(junk), odd)
    kind = st.sampled_from(["file"] * 5 + ODD_KINDS)
    there = dict.fromkeys(draw(st.lists(st.sampled_from(GOOD[name]), max_size=4)), "file")
    return there | draw(st.dictionaries(path, kind, max_size=6))


@st.composite
def tables(draw, name):
    """Name -> bytes of each table, or what lies there in its place."""
    found: dict[str, bytes | str] = {}
    fine = draw(st.booleans())
    files = st.sampled_from(TABLES.get(name, ["none.csv"]))
    for file in draw(st.lists(files, unique=True, min_size=int(fine), max_size=3)):
        kind = {"utterances.csv": "csv", "labels.csv": "images"}.get(file, name)
        columns = HEADERS.get(kind, ["a"])
        cell = st.one_of(st.sampled_from(WORDS), st.text(max_size=5).map(lambda t: t.encode(errors="ignore").decode()))
        good = st.tuples(*map(st.sampled_from, CELLS.get(kind, [["x"]])))
        odd = st.tuples(*[cell] * len(columns))
        odd_rows = st.lists(st.one_of(good, odd), max_size=5)
        rows = draw(st.lists(good, min_size=1, max_size=5, unique_by=lambda row: row[0]) if fine else odd_rows)
        separator = draw(st.sampled_from([",", ";", "\t"]))
        text = "\n".join(separator.join(row) for row in [columns, *rows])
        coded = draw(st.sampled_from([text.encode(), text.encode("utf-16"), text.encode("utf-8-sig")]))
        other = st.one_of(st.just(coded), st.binary(max_size=40), st.sampled_from(ODD_KINDS))
        found[file] = coded if fine else draw(other)
    return found


def make(root: Path, given_entries, given_tables) -> None:
    outside = root.parent / "outside"
    (outside / "folder").mkdir(parents=True)
    (outside / "secret.wav").write_bytes(b"secret")
    root.mkdir()
    kinds = {name: what if isinstance(what, str) else "file" for name, what in given_tables.items()}
    for name, kind in (given_entries | kinds).items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            match kind:
                case "file":
                    path.write_bytes(given_tables.get(name, b"x"))
                case "empty":
                    path.touch()
                case "folder":
                    path.mkdir()
                    (path / "1.wav").write_bytes(b"x")
                case "pipe":
                    os.mkfifo(path)
                case _:
                    targets = {"out": outside / "secret.wav", "out folder": outside / "folder", "circle": path}
                    targets |= {"within": root / "a.wav", "nowhere": root / "nothing", "above": root}
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


@pytest.mark.parametrize("name", [*CORPORA, "yours"])
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
                listing = find_corpus(name, root).read(root)
                write_recordings(listing.utterances, root, name, home / "recordings.csv")
            except CorpusError as error:
                refusals.append(str(error))
                return
            finally:
                assert not [path for path in OPENED if os.path.realpath(path).startswith(f"{home}/outside")]
            used = {path for u in listing.utterances for path in (u.audio, u.video) if path}
            left = {one.path for one in listing.left_out}
            read = {file for file, what in given_tables.items() if isinstance(what, bytes)}
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
            recordings = {one.path: one.sha256 for one in read_records(home / "recordings.csv", Recording)}
            assert recordings.keys() == used
            assert all(bool(sha256) == ((root / path).is_file() and (root / path).stat().st_size > 0)
                       for path, sha256 in recordings.items())  # fmt: skip
            used_something.append(bool(used))
        finally:
            shutil.rmtree(home)

    check()
    assert all(line.isprintable() for line in refusals)  # one line each, too
    assert sum(used_something) >= 3  # the others are tests of refusals

"""Any corpus from one csv file: what its cells may hold, and what is one line."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fdan.corpora.stated import safe_ids
from fdan.corpora.table import read_csv
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.manifest import id_problem
from tests.corpora.made import csv_corpus, touch


def test_any_corpus_from_one_csv(tmp_path):
    rows = ("two,Ann,Fear,clips/b.mp4,clips/b.mp4", "one,,anger,a.wav,", "", "three,Bo,sadness,c.wav,gone.mp4")
    listing = read_csv(csv_corpus(tmp_path, *rows))
    assert [(u.id, u.speaker, u.emotion, u.audio, u.video) for u in listing.utterances] == [
        ("one", "", Emotion.ANGER, "a.wav", ""),
        ("three", "Bo", Emotion.SADNESS, "c.wav", "gone.mp4"),
        ("two", "Ann", Emotion.FEAR, "clips/b.mp4", "clips/b.mp4"),
    ]
    assert listing.notes == ("three: no gone.mp4",)
    assert {u.text for u in listing.utterances} == {""}


def test_a_csv_may_say_what_is_said(tmp_path):
    rows = ('one,,anger,a.wav,,"You  said\nnoon"', "two,,fear,c.wav,,")
    header = "utterance,speaker,emotion,audio,video,text"
    listing = read_csv(csv_corpus(tmp_path, *rows, header=header))
    assert [u.text for u in listing.utterances] == ["You said noon", ""]
    with pytest.raises(CorpusError, match="line 2: long: text of 10001 characters"):
        read_csv(csv_corpus(tmp_path, f"long,,anger,a.wav,,{'x' * 10_001}", header=header))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",,anger,a.wav,", "line 2: utterance is empty; expected a name of its own for each row"),
        ("u,,angst,a.wav,", "1 labelled 'angst', none of the seven emotions: left out; expected one of anger, disgust"),
        ("u,,anger,../a.wav,", r"line 2: audio '\.\./a\.wav': leaves the corpus folder"),
        ("u,,anger,clips/../../a.wav,", r"line 2: audio '.*': leaves the corpus folder"),
        ("u,,anger,,/etc/hostname", "line 2: video '/etc/hostname': is absolute; expected a path below"),
        ("u,,anger,C:/a.wav,", "line 2: audio 'C:/a.wav': is absolute"),
        (r"u,,anger,clips\b.mp4,", "expected forward slashes"),
        ("u,,anger,out.wav,", "line 2: audio 'out.wav': a link that leaves the corpus folder; copy the files"),
        (
            "u,,anger,out/host.wav,",
            "line 2: audio 'out/host.wav': a link that leaves the corpus folder; copy the files",
        ),
        ("u,,anger,clips,", "line 2: audio 'clips': expected a file"),
        (f"u,,anger,{'y' * 300},", "line 2: audio 'yyy.*expected a file's path"),
        ("u,,anger,,", "line 2: u: audio and video are both empty"),
        ("u,,anger", "line 2 has 3 cells; expected 5"),
        ("u,anger", "line 2 has 2 cells; expected 5"),
        ("u,,anger,a.wav,,x", "line 2 has 6 cells; expected 5"),
        (
            "u,,anger,a.wav,\nu,,fear,a.wav,",
            "csv: u: labelled anger and fear: left out; keep one; expected one of anger",
        ),
        ('u,,anger,"a.wav,', "line 2: not csv"),
        ("", "no row below the header"),
    ],
)
def test_a_wrong_cell_is_one_line_that_names_it(tmp_path, row, message):
    outside = tmp_path / "outside"
    touch(outside, "host.wav")
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "out.wav").symlink_to(outside / "host.wav")
    (root / "out").symlink_to(outside)
    csv_corpus(root, row)
    with pytest.raises(CorpusError, match=message) as caught:
        read_csv(root)
    assert str(root / "utterances.csv") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_csv_that_is_none_is_one_line(tmp_path):
    with pytest.raises(
        CorpusError,
        match="no column speaker, audio, video; columns are utterance, emotion; expected utterance, speaker",
    ):
        read_csv(csv_corpus(tmp_path, header="utterance,emotion"))
    with pytest.raises(CorpusError, match=r"columns are .*; expected each once"):
        read_csv(csv_corpus(tmp_path, header="utterance,speaker,emotion,audio,audio"))
    (tmp_path / "utterances.csv").write_bytes(b"utterance,speaker,emotion,audio,video\nu,M\xfcller,anger,a.wav,\n")
    with pytest.raises(
        CorpusError,
        match=r"utterances\.csv: not UTF-8 text \(invalid start byte at byte 41\); save it as csv \(UTF-8\)",
    ):
        read_csv(tmp_path)
    (tmp_path / "utterances.csv").unlink()
    (tmp_path / "utterances.csv").symlink_to("/etc/hostname")
    with pytest.raises(CorpusError, match="a link that leaves the corpus folder; copy the files"):
        read_csv(tmp_path)
    (tmp_path / "utterances.csv").unlink()
    os.mkfifo(tmp_path / "utterances.csv")  # reading it would wait for ever
    with pytest.raises(CorpusError, match=r"utterances\.csv: not a regular file"):
        read_csv(tmp_path)


def test_other_people_s_ids_become_safe_and_stay_apart(tmp_path):
    """IEMOCAP's with their folder, Windows' second copies, options of a command line: one note for all."""
    raw = ["-i", "../up", "Ses01/Ses01F", "a:b", "a (1)", "a_(1)", "#1", " x", "a b", "a_b", "x" * 101 + "/"]
    listing = read_csv(csv_corpus(tmp_path, *(f'"{id_}",,anger,a.wav,' for id_ in raw)))
    ids = [u.id for u in listing.utterances]
    assert len(ids) == len(raw)
    assert {"i", "_up", "Ses01_Ses01F", "a_b", "_1", "x"} <= set(ids)
    assert [id_[:4] for id_ in ids if id_.startswith("a_b")] == ["a_b", "a_b-", "a_b-"]
    assert all(not id_problem(id_) for id_ in ids)
    (note,) = [note for note in listing.notes if "ids" in note and "longer" not in note]
    assert note.startswith("9 ids: characters other than letters, digits and _ . + - became _; the first is -i")


@given(st.lists(st.text(min_size=1, max_size=12), unique=True))
def test_ids_that_are_made_safe_are_never_another_s(raw):
    safe = safe_ids(raw)
    assert len({*safe.values()}) == len(raw)
    assert all(safe[id_] == id_ for id_ in raw if not id_problem(id_))
    assert not any(map(id_problem, safe.values()))


@pytest.mark.parametrize("column", ["start", "Begin", "onset"])
def test_rows_that_begin_within_a_file_are_a_finding(tmp_path, column):
    rows = ("u,,anger,a.wav,,0.0", "v,,fear,c.wav,,1.5")
    listing = read_csv(csv_corpus(tmp_path, *rows, header=f"utterance,speaker,emotion,audio,video,{column}"))
    (finding,) = listing.findings
    assert finding.startswith(f"1 rows have a '{column}', and each is its whole file here")
    whole = csv_corpus(tmp_path, rows[0], header=f"utterance,speaker,emotion,audio,video,{column}")
    assert read_csv(whole).findings == ()

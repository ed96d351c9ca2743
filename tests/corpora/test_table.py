"""Any corpus from one csv file: what its cells may hold, and what is one line."""

import os

import pytest

from fdan.corpora.table import read_csv
from fdan.data.emotions import CorpusError, Emotion
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
        ("../up,,anger,a.wav,", "line 2: utterance '../up': expected letters, digits"),
        ("-i,,anger,a.wav,", "line 2: utterance '-i': expected letters, digits"),
        ('"a\nb",,anger,a.wav,', r"line 3: utterance 'a\\nb': expected letters, digits"),
        (",,anger,a.wav,", "line 2: utterance '': expected letters, digits"),
        (f"{'x' * 101}/,,anger,a.wav,", "line 2: utterance 'xxx.*': expected letters, digits"),
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

import pytest

from fdan.data.emotions import CorpusError, Emotion
from fdan.data.manifest import (
    MAX_TEXT,
    SYNTHETIC_MARKER,
    Manifest,
    Utterance,
    is_synthetic,
    one_line,
    read_manifest,
    write_manifest,
)
from fdan.data.records import read_table

UTTERANCES = (
    Utterance("DC_a01", "DC", Emotion.ANGER, "AudioData/DC/a01.wav", "AudioVisualClip/DC/a1.avi"),
    Utterance("DC_n01", "DC", Emotion.NEUTRAL, "", 'odd, "name"\n.avi', "train", 'It\u2019s, "she" said', "dia0", 3),
)


def test_the_emotions_are_the_paper_s_in_its_order():
    assert [e.short for e in Emotion] == ["AN", "DI", "FE", "HA", "NE", "SA", "SU"]


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_manifest_is_read_as_written(tmp_path, synthetic):
    path = tmp_path / "manifest.csv"
    write_manifest(Manifest(UTTERANCES, synthetic), path)
    assert read_manifest(path) == Manifest(UTTERANCES, synthetic)


def test_ids_are_unique_and_sorted():
    for wrong in ((UTTERANCES[0], UTTERANCES[0]), UTTERANCES[::-1]):
        with pytest.raises(CorpusError, match="sorted and unique"):
            Manifest(wrong, False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"anger", b"angst", "line 2: emotion is 'angst'; expected 'anger', 'disgust'"),
        (b"speaker", b"spkr", "columns are .*; expected utterance, speaker"),
        (b"DC_a01,DC", b"DC_a01", "line 2 has 9 cells; expected 10"),
        (b",3,recorded", b",3,synthetic", "origin"),
        (b",3,recorded", b",-3,recorded", "line 4: place is '-3'; expected greater than or equal to 0"),
        (b"DC_a01", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_broken_manifest_is_one_line(tmp_path, old, new, message):
    path = tmp_path / "manifest.csv"
    write_manifest(Manifest(UTTERANCES, False), path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(CorpusError, match=message):
        read_manifest(path)


def test_a_missing_manifest_says_who_makes_it(tmp_path):
    with pytest.raises(CorpusError, match="no such file; it is made by an earlier stage"):
        read_manifest(tmp_path / "manifest.csv")


def test_the_marker(tmp_path):
    assert not is_synthetic(tmp_path)
    (tmp_path / SYNTHETIC_MARKER).write_text("made up")
    assert is_synthetic(tmp_path)


@pytest.mark.parametrize(
    "id_", ["", "-i", ".hidden", "a/b", "a\\b", "a\nb", "a b", "x" * 101, "é" * 51, "a\0", "\u200da", "a\u202eb"]
)
def test_an_id_is_safe_in_a_file_name(id_):
    with pytest.raises(CorpusError, match=r"utterance .*: (expected letters|longer than)"):
        Utterance(id_, "", Emotion.FEAR, "", "")


@pytest.mark.parametrize("path", ["/etc/hostname", "../x.wav", "a/../../x.wav", "a\\b.wav", "C:/x.wav", "x\0.wav"])
def test_a_manifest_s_path_stays_below_the_corpus_folder(path):
    for audio, video in ((path, ""), ("", path)):
        with pytest.raises(CorpusError, match="utterance u: path"):
            Utterance("u", "", Emotion.FEAR, audio, video)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b\n1,2,3\n", r"line 2 has 3 cells; expected 2 \(a, b\)"),
        (b'a,b\n"1\n",2\n3\n', "line 4 has 1 cells"),
        (b"a,a\n", "columns are a, a; expected each once"),
        (b'a,b\n1,"2\n', "line 2: not csv"),
        (b"a,b\n1," + b"x" * 140_000, "line 2: not csv .field larger"),
        (b"a,b\n\xff,1\n", "not UTF-8 text"),
    ],
)
def test_a_broken_table_is_one_line(tmp_path, data, message):
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=message) as caught:
        read_table(path, ("a", "b"))
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_row_may_end_before_cells_that_may_be_empty(tmp_path):
    """As Excel leaves out what is empty at the end; but not all of them, and none that is needed."""
    path = tmp_path / "table.csv"
    path.write_text("a,b,c,d\n1,2\n1,2,3\n1,2,3,4\n")
    rows = read_table(path, ("a", "b"), ["c"]).rows
    assert [tuple(row.cells.values()) for row in rows] == [
        ("1", "2", "", ""), ("1", "2", "3", ""), ("1", "2", "3", "4"),
    ]  # fmt: skip
    assert len(read_table(path, ("a", "c"), may_end=["b", "c"]).rows) == 3
    for needed, may_end in ((("a", "c"), []), (("a", "c"), ["c"])):
        with pytest.raises(CorpusError, match="line 2 has 2 cells; expected 4"):
            read_table(path, needed, may_end=may_end)


def test_a_table_may_begin_with_a_mark_and_hold_empty_lines(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n\r\n1,\r\n")
    table = read_table(path, ("a", "b"))
    assert table.columns == ("a", "b")
    assert [(row.line, row["a"], row["b"]) for row in table.rows] == [(3, "1", "")]


@pytest.mark.parametrize("text", ["two\nlines", "two  spaces", " x", "x" * (MAX_TEXT + 1), "a\0b"])
def test_a_text_is_one_line_that_ends(text):
    with pytest.raises(CorpusError, match=r"utterance u: (text|a text of 10001 characters)"):
        Utterance("u", "", Emotion.FEAR, "", "", text=text)
    assert Utterance("u", "", Emotion.FEAR, "", "", text=one_line(text)[:MAX_TEXT])


def test_one_line_keeps_the_words():
    assert one_line(" It\u2019s\u00a0the\r\n\tdoor.\x85 ") == "It\u2019s the door."

"""Corpora without ``utterances.csv``: folders named after emotions, other people's tables, and the message."""

import json

import pytest

from fdan.corpora.named_folders import emotion_of_folder
from fdan.corpora.registry import find_corpus
from fdan.data.emotions import CorpusError, Emotion
from tests.corpora.made import touch


def read(root):
    return find_corpus("mine", root).read(root)


def table_of(listing):
    return [(u.id, u.speaker, u.emotion, u.audio, u.video) for u in listing.utterances]


def test_sounds_in_folders_named_after_emotions(tmp_path):
    """TESS' own names, a plain folder, a clip, a photograph; and what is none of them."""
    touch(tmp_path, "TESS/OAF_Fear/OAF_back_fear.wav", "TESS/YAF_pleasant_surprised/YAF_back_ps.wav", "angry/1.ogg")
    touch(tmp_path, "sad/c.mp4", "sad/p.jpg", "contempt/x.wav", "sad/notes.txt")
    listing = read(tmp_path)
    assert table_of(listing) == [
        ("TESS_OAF_Fear_OAF_back_fear", "", Emotion.FEAR, "TESS/OAF_Fear/OAF_back_fear.wav", ""),
        ("TESS_YAF_pleasant_surprised_YAF_back_ps", "", Emotion.SURPRISE,
         "TESS/YAF_pleasant_surprised/YAF_back_ps.wav", ""),
        ("angry_1", "", Emotion.ANGER, "angry/1.ogg", ""),
        ("sad_c", "", Emotion.SADNESS, "sad/c.mp4", "sad/c.mp4"),
        ("sad_p", "", Emotion.SADNESS, "", "sad/p.jpg"),
    ]  # fmt: skip
    assert listing.findings == ("1 files in folder 'contempt', none of the seven emotions: left out",)
    assert "sad/notes.txt: left out, neither a recording nor a photograph" in listing.notes


@pytest.mark.parametrize(
    ("name", "emotion"),
    [
        ("OAF_angry", Emotion.ANGER),
        ("YAF_pleasant_surprised", Emotion.SURPRISE),
        ("OAF_Pleasant_surprise", Emotion.SURPRISE),
        ("pleasant surprise", Emotion.SURPRISE),
        ("03-Sad", Emotion.SADNESS),
        ("not_sad", None),
        ("Non-Neutral", None),
        ("happy_sad", None),
        ("take_an", None),
        ("Ann_is_sad", None),
        ("contempt", None),
        ("", None),
    ],
)
def test_a_folder_s_name_has_one_reading_or_none(name, emotion):
    assert emotion_of_folder(name) == emotion


def test_other_people_s_tables_are_read(tmp_path):
    """EmoBox' lines of JSON, and a table beside its files; paths from there or from the corpus' folder."""
    touch(tmp_path, "wav/a.wav", "wav/b.mp4", "test/c.wav", "d.wav")
    lines = [
        {"key": "0", "wav": "wav/a.wav", "emo": "hap", "length": 1.5, "spk": "Ann"},
        {"wav": "wav/b.mp4", "emo": "xxx"},
    ]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    (tmp_path / "test/metadata.csv").write_text("File_Name;Label;split\nc.wav;angry;x\n")
    (tmp_path / "hyper.csv").write_text("name,value\na,1\n")
    listing = read(tmp_path)
    assert table_of(listing) == [
        ("test_c", "", Emotion.ANGER, "test/c.wav", ""),
        ("wav_a", "Ann", Emotion.HAPPINESS, "wav/a.wav", ""),
    ]
    assert listing.findings == ("1 labelled 'xxx', none of the seven emotions: left out",)
    assert "d.wav: left out, in none of test/metadata.csv and train.jsonl" in listing.notes
    assert "train.jsonl: column 'length' is not read" in listing.notes


def test_of_several_columns_those_that_hold_files_and_emotions_count(tmp_path):
    touch(tmp_path, "a.wav")
    (tmp_path / "train.csv").write_text("path,filename,label,emotion\nx,a.wav,3,fear\n")
    assert table_of(read(tmp_path)) == [("a", "", Emotion.FEAR, "a.wav", "")]
    (tmp_path / "train.csv").write_text("path,emotion,label\na.wav,3,fear\n")
    assert table_of(read(tmp_path)) == [("a", "", Emotion.FEAR, "a.wav", "")]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("train.csv", "path,emotion\n/data/a.wav,fear\n", r"train\.csv: line 2: path '/data/a\.wav': is absolute"),
        ("train.csv", "path,emotion\n,fear\n", r"train\.csv: line 2: path: empty; expected the path of a recording"),
        (
            "train.csv",
            "path,emotion\nx/b.wav,fear\n",
            r"none of its 1 files is below .*; the first is x/b\.wav; expected",
        ),
        (
            "train.csv",
            "name,value\nx,y\n",
            r"; train\.csv has the columns name and value: rename one to path and one to",
        ),
        ("train.jsonl", "{\n", r"train\.jsonl: left out, line 1: not JSON \("),
        ("train.jsonl", "[1]\n", r"train\.jsonl: left out, line 1: expected an object"),
        (
            "train.csv",
            "path,emotion\na.wav,3\n",
            "labelled '3', none of the seven emotions: left out; expected one of anger",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_one_line(tmp_path, name, text, message):
    touch(tmp_path, "a.wav")
    (tmp_path / name).write_text(text)
    with pytest.raises(CorpusError, match=message) as caught:
        read(tmp_path)
    assert "\n" not in str(caught.value)


def test_one_recording_under_two_emotions_of_two_tables_is_left_out(tmp_path):
    touch(tmp_path, "a.wav", "b.wav")
    (tmp_path / "train.csv").write_text("path,emotion\na.wav,fear\nb.wav,sad\n")
    (tmp_path / "test.csv").write_text("path,emotion\na.wav,anger\nb.wav,Sadness\n")
    listing = read(tmp_path)
    assert [u.id for u in listing.utterances] == ["b"]
    assert listing.findings == ("a: labelled anger and fear: left out; keep one",)
    assert "1 rows are there a second time, the first is used" in listing.notes


def test_the_message_shows_what_a_table_looks_like_for_the_first_recording(tmp_path):
    touch(tmp_path, "wav/talk_07.mp4", "corpus.zip")
    with pytest.raises(CorpusError) as caught:
        read(tmp_path)
    said = str(caught.value)
    assert "utterances.csv that begins with the line utterance,speaker,emotion,audio,video and has a line" in said
    assert "such as talk_07,Ann,fear,wav/talk_07.mp4,wav/talk_07.mp4; " in said
    assert "photograph here" not in said
    assert "corpus.zip: left out, an archive, which is not looked into: unpack it" in said

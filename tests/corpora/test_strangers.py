"""Folders and tables as other people's machines leave them: what has one reading is read, the rest named."""

import unicodedata
from collections import Counter

import pytest

from fdan.corpora.cremad import read_cremad
from fdan.corpora.folder import absent, grouped
from fdan.corpora.meld import PARTS, read_meld
from fdan.corpora.photographs import read_images
from fdan.corpora.ravdess import read_ravdess
from fdan.corpora.registry import find_corpus
from fdan.corpora.savee import read_savee
from fdan.corpora.table import read_csv
from fdan.data.emotions import CorpusError, Emotion, emotion_of
from tests.corpora.made import HEADER, meld, table, touch

# Words for emotions


@pytest.mark.parametrize("words", ["angry disgust fear happy neutral sad surprise", "ANG DIS FEA HAP NEU SAD SUR",
                                   "angry disgusted fearful joy neutral sadness pleasant_surprise",
                                   "AN DI FE HA NE SA SU", "angry disgust fear happy neutral sad pleasant_surprised",
                                   "angry disgust fear happy neutral sad ps"])  # fmt: skip
def test_the_field_s_words_are_the_seven_emotions(words):
    assert [emotion_of(word) for word in words.split()] == list(Emotion)


@pytest.mark.parametrize("word", ["contempt", "calm", "excited", "boredom", "frustration", "", "angst", "3"])
def test_what_has_another_reading_is_no_emotion(word):
    assert emotion_of(word) is None


def test_fer_2013_s_folders_are_all_read_and_the_others_named(tmp_path):
    words = ["angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"]
    touch(tmp_path, *(f"train/{word}/{i}.jpg" for word in words for i in range(2)))
    touch(tmp_path, *(f"train/contempt/{i}.jpg" for i in range(5)))
    listing = read_images(tmp_path)
    assert Counter(u.emotion for u in listing.utterances) == dict.fromkeys(Emotion, 2)
    assert listing.findings == ("5 photographs in folder 'contempt', none of the seven emotions: left out",)
    assert listing.notes == (
        "5 files: left out, in no folder with an emotion's name; the first is train/contempt/0.jpg",
    )


@pytest.mark.parametrize("reader", [read_csv, read_images])
def test_a_table_s_other_emotions_are_left_out_counted(tmp_path, reader):
    if reader is read_csv:
        table(tmp_path, HEADER + "u,,Happy,a.wav,\nv,,contempt,b.wav,\n")
    else:
        touch(tmp_path, "a.jpg", "b.jpg")
        table(tmp_path, "image,emotion\na.jpg,Happy\nb.jpg,contempt\n", "labels.csv")
    listing = reader(tmp_path)
    assert [u.emotion for u in listing.utterances] == [Emotion.HAPPINESS]
    assert listing.findings == ("1 labelled 'contempt', none of the seven emotions: left out",)


# Spreadsheets


ROWS = "utterance,speaker,emotion,audio,video\nu,Ann,fear,a.wav,\nv,Ann,anger,b.wav,\n"


@pytest.mark.parametrize(
    "data",
    [
        ROWS.replace("\n", ",,,\n") + ",,,,,,,\n,,,,,,,\n",
        ROWS.replace("wav,\n", "wav\n"),
        ROWS.replace(",", ";"),
        ROWS.replace(",", "\t"),
        "sep=;\r\n" + ROWS.replace(",", ";").replace("\n", "\r\n"),
        ROWS.replace(",", ", "),
        ROWS.replace("utterance,speaker,emotion", "Utterance,SPEAKER,Emotion "),
        b"\xef\xbb\xbf" + ROWS.encode(),
        b"\xff\xfe" + ROWS.replace(",", "\t").encode("utf-16-le"),
        b"\xfe\xff" + ROWS.encode("utf-16-be"),
        ROWS.replace("\n", "\r"),
        "\n\n" + ROWS,
    ],
    ids=["trailing commas", "no trailing commas", "semicolons", "tabs", "sep=", "spaces", "capitals", "mark",
         "Excel's Unicode text", "UTF-16", "old line ends", "empty lines"],
)  # fmt: skip
def test_a_spreadsheet_s_csv_is_read(tmp_path, data):
    listing = read_csv(table(tmp_path, data))
    assert [(u.id, u.speaker, u.emotion, u.audio, u.video) for u in listing.utterances] == [
        ("u", "Ann", Emotion.FEAR, "a.wav", ""),
        ("v", "Ann", Emotion.ANGER, "b.wav", ""),
    ]


def test_a_further_column_is_named(tmp_path):
    listing = read_csv(table(tmp_path, ROWS.replace(",speaker,", ",speaker,Notes,").replace(",Ann,", ",Ann,x,")))
    assert len(listing.utterances) == 2
    assert listing.notes == ("column 'Notes' is not read",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (ROWS.encode("utf-16-le"), r"holds zero bytes \(UTF-16 without its mark\?\); save it as csv \(UTF-8\)"),
        (ROWS.replace("Ann", "Müller").encode("cp1252"), r"not UTF-8 text .*; save it as csv \(UTF-8\)"),
        (b"PK\x03\x04rest", r"a spreadsheet, not csv; save it as csv \(UTF-8\)"),
        (b"\xff\xfe" + b"u\x00\x00", "not UTF-16-LE text"),
        (ROWS.replace("fear,a.wav,", "fear,a.wav,,x"), "line 2 has 6 cells; expected 5"),
        (ROWS.replace(",audio", ""), "no column audio; columns are utterance, speaker, emotion, video; expected"),
        ("sep=;\n" + ROWS.replace(",", ";").replace("Ann;fear;a.wav;", "fear;a.wav"), "line 3 has 3 cells"),
    ],
)
def test_what_has_two_readings_is_refused_with_the_cause(tmp_path, data, message):
    with pytest.raises(CorpusError, match=message):
        read_csv(table(tmp_path, data))


# Names in other scripts


def test_a_name_is_found_in_either_writing_of_its_accents(tmp_path):
    nfc, nfd = (unicodedata.normalize(form, "Müller.wav") for form in ("NFC", "NFD"))
    touch(tmp_path, f"wav/{nfd}", "images/é.jpg".replace("é", "e\u0301"))
    listing = read_csv(table(tmp_path, f"{HEADER}Mu\u0308ller,,fear,wav/{nfc},\n"))
    assert [(u.id, u.audio) for u in listing.utterances] == [("Müller", f"wav/{nfd}")]
    assert not [note for note in listing.notes if "Müller" in note]
    table(tmp_path, "image,emotion\né.jpg,fear\n", "labels.csv")
    assert [(u.id, u.video) for u in read_images(tmp_path).utterances] == [("images_é", "images/e\u0301.jpg")]


@pytest.mark.parametrize("id_", ["हिन्दी_01", "ภาษาไทย-ก็", "مرحبا", "日本語", "ñandú", "می\u200cخواهم", "क्\u200dष"])
def test_ids_may_be_of_any_script(tmp_path, id_):
    assert read_csv(table(tmp_path, f"{HEADER}{id_},,fear,a.wav,\n")).utterances[0].id == id_
    touch(tmp_path, f"fear/{id_}.jpg")
    assert read_images(tmp_path).utterances[0].id == f"fear_{id_}"


def test_a_long_id_is_cut_and_named(tmp_path):
    """34 letters of Thai have 102 bytes."""
    long = [f"{'ก' * 33}{letter}" for letter in "กข"]
    listing = read_csv(table(tmp_path, f"{HEADER}{long[0]},,fear,a.wav,\n{long[1]},,anger,b.wav,\n"))
    ids = [u.id for u in listing.utterances]
    assert len(set(ids)) == 2
    assert all(id_.startswith("ก" * 30 + "-") and len(id_.encode()) <= 100 for id_ in ids)
    assert listing.notes == tuple(f"{id_}: longer than 100 bytes: cut, with a hash at the end" for id_ in long)


# Speakers


def test_speakers_that_differ_in_case_alone_are_a_finding(tmp_path):
    rows = "u,Ann,fear,a.wav,\nv,ann,fear,b.wav,\nw,Anna,fear,b.wav,\n"
    (finding,) = read_csv(table(tmp_path, HEADER + rows)).findings
    assert finding.startswith("speakers 'Ann' and 'ann' are different people here; if they are one, the protocol")


# MELD


def test_meld_may_lack_a_part(tmp_path):
    listing = read_meld(meld(tmp_path, 2, ["dev", "test"], "MP4"))
    assert [u.video for u in listing.utterances] == [
        f"{PARTS[part]}/dia{i}_utt0.MP4" for part in ("dev", "test") for i in (0, 1)
    ]
    assert listing.notes == ("no train_sent_emo.csv: the part train is left out",)
    assert listing.left_out == ()


# One fact is one line


def test_a_corpus_of_voices_is_one_fact(tmp_path):
    touch(tmp_path, *(f"Actor_01/03-01-03-01-01-01-{i:02}.wav" for i in range(1, 25)))
    assert read_ravdess(tmp_path).notes == ("no clips: the corpus has voices alone",)


def test_many_of_a_kind_are_one_line_with_their_number():
    assert grouped(["a", "b"], "files", "gone") == ["a: gone", "b: gone"]
    assert grouped([str(i) for i in range(1000)], "files", "gone") == ["1000 files: gone; the first is 0"]
    assert absent([]) == []


# Letters that are others' lower case


@pytest.mark.parametrize(
    ("reader", "name", "good"),
    [
        (read_savee, "AudioData/DC/\u017fa01.wav", "AudioData/DC/sa01.wav"),  # a long s is an s in lower case
        (read_savee, "\u212aL_a01.wav", "KL_a01.wav"),  # and the Kelvin sign a k
        (read_cremad, "1001_DFA_\u017fAD_XX.wav", "1001_DFA_SAD_XX.wav"),
    ],
)
def test_a_letter_that_only_looks_like_one_of_a_name_is_none(tmp_path, reader, name, good):
    touch(tmp_path, name, good)
    listing = reader(tmp_path)
    assert [u.audio for u in listing.utterances] == [good]
    assert [one.path for one in listing.left_out] == [name]


def test_a_name_in_another_case_is_found_where_it_has_one_reading(tmp_path):
    touch(tmp_path, "C.wav", "c.wav")
    listing = read_csv(table(tmp_path, HEADER + "u,,fear,A.WAV,\nv,,anger,B.Wav,\nw,,fear,C.WAV,\n"))
    assert [u.audio for u in listing.utterances] == ["a.wav", "b.wav", "C.WAV"]
    assert listing.notes[0] == "w: no C.WAV"


@pytest.mark.parametrize("name", ["Utterances.CSV", "SAVEE/utterances.csv", "x/Labels.csv"])
def test_a_table_of_another_writing_or_place_is_named(tmp_path, name):
    touch(tmp_path, "a.wav", name)
    with pytest.raises(CorpusError, match=f"; {name} is not read: expected [a-z]+.csv in the corpus' folder itself"):
        find_corpus("yours", tmp_path).read(tmp_path)


# What tables of other people hold


def test_a_speaker_is_one_line(tmp_path):
    assert (
        read_csv(table(tmp_path, HEADER + 'u,"Ann\n\x1b[31m Lee ",fear,a.wav,\n')).utterances[0].speaker
        == "Ann [31m Lee"
    )


def test_meld_written_anew_by_pandas_and_without_a_row(tmp_path):
    root = meld(tmp_path, 1, ["dev"])
    path = root / "dev_sent_emo.csv"
    path.write_text(path.read_text().replace("neg,0,0", "neg,0.0,0.0"))
    assert [u.id for u in read_meld(root).utterances] == ["dev_dia0_utt0"]
    path.write_text(path.read_text().replace("neg,0.0,0.0", "neg,0.5,0.0"))
    with pytest.raises(CorpusError, match=r"line 2: Dialogue_ID is '0\.5'; expected a whole number"):
        read_meld(root)
    path.write_text(path.read_text().replace("neg,0.5", "neg,0").replace("Hi", "a" * 10_001))
    with pytest.raises(CorpusError, match=r"dev_sent_emo\.csv, line 2: text of 10001 characters; at most 10000"):
        read_meld(root)
    path.write_text(path.read_text().partition("\n")[0] + "\n")
    with pytest.raises(CorpusError, match="no row below the header of its tables"):
        read_meld(root)

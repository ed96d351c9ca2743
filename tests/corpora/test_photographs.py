"""Labelled photographs: folders named after emotions, and tables of labels."""

from collections import Counter

import pytest

from fdan.corpora.photographs import read_images
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.suffixes import PHOTOGRAPHS
from tests.corpora.made import touch


def test_photographs_in_folders_named_after_emotions(tmp_path):
    touch(
        tmp_path,
        "Fear/a b.jpg",
        "train/fear/deep/c.PNG",
        "anger/a_b.jpeg",
        "contempt/x.jpg",
        "fear/a_b.jpg",
        "fear/n.txt",
    )
    listing = read_images(tmp_path)
    found = {u.video: u for u in listing.utterances}
    assert {v: u.emotion for v, u in found.items()} == {
        "Fear/a b.jpg": Emotion.FEAR,
        "train/fear/deep/c.PNG": Emotion.FEAR,
        "anger/a_b.jpeg": Emotion.ANGER,
        "fear/a_b.jpg": Emotion.FEAR,
    }
    assert found["anger/a_b.jpeg"].id == "anger_a_b"
    assert found["train/fear/deep/c.PNG"].id == "train_fear_deep_c"
    assert all(u.audio == "" and u.speaker == "" for u in listing.utterances)
    assert listing.notes == (
        "contempt/x.jpg: left out, in no folder with an emotion's name",
        f"fear/n.txt: left out, no {', '.join(PHOTOGRAPHS)} file",
    )
    assert listing.findings == ("1 photographs in folder 'contempt', none of the seven emotions: left out",)


def test_ids_of_photographs_stay_apart_and_short(tmp_path):
    touch(tmp_path, "fear/a b.jpg", "fear/a_b.jpg", f"fear/{'é' * 100}.jpg", "fear/-i.jpg")
    ids = [u.id for u in read_images(tmp_path).utterances]
    assert len(set(ids)) == 4
    assert sorted(i.partition("-")[0] for i in ids) == [
        "fear_-i".partition("-")[0],
        "fear_a_b",
        "fear_a_b",
        "fear_" + "é" * 43,
    ]
    assert all(len(i.encode()) <= 100 for i in ids)


def test_photographs_with_a_table_of_labels(tmp_path):
    touch(tmp_path, "images/a.jpg", "images/b.jpg", "c.png")
    (tmp_path / "labels.csv").write_text("image,emotion\na.jpg,fear\nc.png,Anger\ngone.jpg,fear\n")
    listing = read_images(tmp_path)
    assert [(u.id, u.emotion, u.video) for u in listing.utterances] == [
        ("c", Emotion.ANGER, "c.png"),
        ("gone", Emotion.FEAR, "gone.jpg"),
        ("images_a", Emotion.FEAR, "images/a.jpg"),
    ]
    assert listing.notes == ("gone.jpg: labelled, but not there", "images/b.jpg: left out, without a label")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,emotion\na.jpg,contempt\n", "no labelled photograph.*; 1 labelled 'contempt', none of the seven"),
        ("image,emotion\na.jpg,fear\na.jpg,anger\n", "no labelled.*; a.jpg: labelled anger and fear: left out"),
        ("image,emotion\n../a.jpg,fear\n", r"image '\.\./a\.jpg': leaves the corpus folder"),
        ("image,emotion\n/etc/a.jpg,fear\n", "expected a path below the corpus folder"),
        ("image,emotion\na.pdf,fear\n", "line 2: image 'a.pdf': expected a .jpg"),
        ("image,label\na.jpg,fear\n", "no column emotion; columns are image, label; expected image, emotion"),
        ("image,emotion\n", "no labelled photograph here"),
    ],
)
def test_a_wrong_table_of_labels_is_one_line(tmp_path, text, message):
    touch(tmp_path, "a.jpg")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(CorpusError, match=message):
        read_images(tmp_path)


def test_the_real_photographs(real_data):
    listing = read_images(real_data / "face_images")
    assert len(listing.utterances) == 610
    assert Counter(u.emotion for u in listing.utterances) == {e: 100 for e in Emotion} | {Emotion.FEAR: 10}
    assert listing.notes == ()
    assert all(u.video.startswith("images/") for u in listing.utterances)

import csv
from collections import Counter

import pytest

from fdan.corpora.meld import COUNTS, PARTS, read_meld
from fdan.data.emotions import CorpusError, Emotion

ANNOTATION = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"


def make(root, rows, clips=None):
    """rows: (part, dialogue, utterance, emotion)."""
    for part, folder in PARTS.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        with (root / f"{part}_sent_emo.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(ANNOTATION.split(","))
            for _, d, u, emotion in (r for r in rows if r[0] == part):
                writer.writerow([1, "It\u2019s the\u00a0door.", " Joey ", emotion, "neutral", d, u, 1, 1, "0", "1"])
    for part, d, u, _ in rows if clips is None else clips:
        (root / PARTS[part] / f"dia{d}_utt{u}.mp4").touch()


def test_the_published_counts():
    assert sum(COUNTS.values()) == 13_708


def test_ids_repeat_across_parts_and_joy_is_happiness(tmp_path):
    make(tmp_path, [("train", 0, 0, "joy"), ("dev", 0, 0, "neutral"), ("test", 0, 0, "fear")])
    listing = read_meld(tmp_path)
    utterances, notes = listing.utterances, list(listing.notes)
    assert [(u.id, u.emotion, u.part, u.speaker) for u in utterances] == [
        ("dev_dia0_utt0", Emotion.NEUTRAL, "dev", "Joey"),
        ("test_dia0_utt0", Emotion.FEAR, "test", "Joey"),
        ("train_dia0_utt0", Emotion.HAPPINESS, "train", "Joey"),
    ]
    assert [(u.text, u.dialogue, u.place) for u in utterances] == [
        ("It\u2019s the door.", "dev_dia0", 0),
        ("It\u2019s the door.", "test_dia0", 0),
        ("It\u2019s the door.", "train_dia0", 0),
    ]
    assert utterances[0].audio == utterances[0].video == "dev_splits_complete/dia0_utt0.mp4"
    assert notes == []


def test_a_missing_clip_stays_and_is_named(tmp_path):
    rows = [("dev", 110, 7, "anger"), ("dev", 110, 8, "anger")]
    make(tmp_path, rows, clips=rows[1:])
    listing = read_meld(tmp_path)
    utterances, notes = listing.utterances, list(listing.notes)
    assert [(u.id, u.video) for u in utterances] == [
        ("dev_dia110_utt7", ""),
        ("dev_dia110_utt8", "dev_splits_complete/dia110_utt8.mp4"),
    ]
    assert notes == ["dev_dia110_utt7: neither sound nor clip"]


def test_extra_clips_and_second_labels_are_counted(tmp_path):
    rows = [("train", 1, 1, "joy")]
    make(tmp_path, [*rows, ("train", 1, 1, "Happy")], clips=[*rows, ("train", 9, 9, "")])
    (tmp_path / PARTS["test"] / "final_videos_testdia1_utt1.mp4").touch()
    listing = read_meld(tmp_path)
    utterances, notes = listing.utterances, list(listing.notes)
    assert [u.emotion for u in utterances] == [Emotion.HAPPINESS]
    assert notes == [
        "train_dia1_utt1: stated twice, the first is used",
        "train_splits/dia9_utt9.mp4: left out, a clip of train without a label",
        "output_repeated_splits_test/final_videos_testdia1_utt1.mp4: left out, not named dia<D>_utt<U>.mp4",
    ]


def test_second_copies_are_named_or_refused(tmp_path):
    make(tmp_path, [("train", 1, 1, "anger")])
    (tmp_path / "z" / "train_splits").mkdir(parents=True)
    (tmp_path / "z" / "train_splits" / "dia1_utt1.mp4").touch()
    listing = read_meld(tmp_path)
    utterances, notes = listing.utterances, list(listing.notes)
    assert utterances[0].video == "train_splits/dia1_utt1.mp4"
    assert notes == [
        "z/train_splits/dia1_utt1.mp4: left out, a second file of its recording, of which the first is used"
    ]
    copy = tmp_path / "z" / "dev_sent_emo.csv"  # the authors' archive holds the tables in two places
    copy.write_bytes((tmp_path / "dev_sent_emo.csv").read_bytes())
    assert read_meld(tmp_path) == listing
    copy.write_text("other")
    with pytest.raises(CorpusError, match=r"a second dev_sent_emo\.csv"):
        read_meld(tmp_path)


def test_nested_folders(tmp_path):
    make(tmp_path, [("train", 1, 1, "anger")])
    (tmp_path / "train").mkdir()
    (tmp_path / "train_splits").rename(tmp_path / "train" / "train_splits")
    assert read_meld(tmp_path).utterances[0].video == "train/train_splits/dia1_utt1.mp4"


@pytest.mark.parametrize(
    ("emotion", "dialogue", "message"),
    [
        ("rage", 0, "1 labelled 'rage', none of the seven emotions: left out; expected an utterance in each row, with"),
        ("joy", "x", "train_sent_emo.csv, line 2: Dialogue_ID is 'x'"),
    ],
)
def test_a_wrong_cell_names_file_and_line(tmp_path, emotion, dialogue, message):
    make(tmp_path, [("train", dialogue, 0, emotion)], clips=[])
    with pytest.raises(CorpusError, match=message):
        read_meld(tmp_path)


def test_what_is_no_meld_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"no such folder; raw\.meld"):
        read_meld(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match=r"no train_sent_emo\.csv"):
        read_meld(tmp_path)
    make(tmp_path, [])
    (tmp_path / "dev_sent_emo.csv").write_text("Speaker,Emotion\nJoey,joy\n")
    with pytest.raises(CorpusError, match="no column Dialogue_ID, Utterance_ID"):
        read_meld(tmp_path)
    (tmp_path / "dev_sent_emo.csv").write_bytes(b"Speaker,Emotion,Dialogue_ID,Utterance_ID\n\xff,joy,0,0\n")
    with pytest.raises(CorpusError, match="not UTF-8"):
        read_meld(tmp_path)


@pytest.mark.slow
def test_the_real_annotations(real_data):
    listing = read_meld(real_data / "meld_annotations")
    utterances, notes = listing.utterances, listing.notes
    assert Counter(u.emotion for u in utterances) == COUNTS
    assert Counter(u.part for u in utterances) == {"train": 9989, "dev": 1109, "test": 2610}
    assert notes[0].startswith("13708 utterances: neither sound nor clip; the first is ")  # annotations alone
    assert all(u.text for u in utterances)
    assert len({u.dialogue for u in utterances}) == 1038 + 114 + 280
    assert len({(u.dialogue, u.place) for u in utterances}) == len(utterances)


def test_a_sentence_is_the_text_without_its_marks(tmp_path):
    make(tmp_path, [("train", 0, 0, "joy"), ("test", 0, 0, "fear")])
    assert read_meld(tmp_path).sentences == dict.fromkeys(["train_dia0_utt0", "test_dia0_utt0"], "it s the door")


@pytest.mark.parametrize("dialogue", ["-1", "1_0", "\u0661", "1.5", "9999999", ""])
def test_ids_are_plain_numbers(tmp_path, dialogue):
    make(tmp_path, [("train", dialogue, 0, "joy")], clips=[])
    with pytest.raises(CorpusError, match="expected a whole number"):
        read_meld(tmp_path)


def test_sounds_alone_are_read_and_beside_their_clips_they_are_copies(tmp_path):
    """Many people cut the sounds out of the clips and keep those alone."""
    make(tmp_path, [("train", 0, 0, "joy"), ("train", 0, 1, "fear")], clips=[("train", 0, 1, "")])
    for number in (0, 1):
        (tmp_path / f"train_splits/dia0_utt{number}.wav").touch()
    listing = read_meld(tmp_path)
    assert [(u.audio, u.video) for u in listing.utterances] == [
        ("train_splits/dia0_utt0.wav", ""),
        ("train_splits/dia0_utt1.mp4", "train_splits/dia0_utt1.mp4"),
    ]
    assert listing.notes == (
        "train_dia0_utt0: no clip",
        "train_splits/dia0_utt1.wav: left out, a further copy of a recording",
    )


def test_archives_that_are_not_unpacked_are_named(tmp_path):
    (tmp_path / "MELD.Raw.tar.gz").touch()
    with pytest.raises(
        CorpusError, match=r"MELD\.Raw\.tar\.gz: left out, an archive, which is not looked into: unpack it"
    ):
        read_meld(tmp_path)
    make(tmp_path, [("train", 0, 0, "joy")], clips=[])
    (tmp_path / "MELD.Raw.tar.gz").rename(tmp_path / "train.tar.gz")
    assert "train.tar.gz: left out, an archive, which is not looked into: unpack it" in read_meld(tmp_path).notes

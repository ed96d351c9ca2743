"""What is stated twice: in the same words or others it counts once; in two ways it is left out, and a finding."""

import pytest

from fdan.corpora.meld import PARTS, read_meld
from fdan.corpora.photographs import read_images
from fdan.corpora.table import read_csv
from fdan.data.emotions import CorpusError, Emotion
from tests.corpora.made import COLUMNS, HEADER, meld, table, touch


def test_an_image_that_is_labelled_twice_counts_once_or_is_named(tmp_path):
    touch(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    rows = "a.jpg,fear\na.jpg,fearful\nb.jpg,fear\nb.jpg,anger\nc.jpg,sad\n"
    table(tmp_path, "image,emotion\n" + rows, "labels.csv")
    listing = read_images(tmp_path)
    assert [(u.video, u.emotion) for u in listing.utterances] == [("a.jpg", Emotion.FEAR), ("c.jpg", Emotion.SADNESS)]
    assert "1 rows are there a second time, the first is used" in listing.notes
    assert listing.findings == ("b.jpg: labelled anger and fear: left out; keep one",)


@pytest.mark.parametrize("again", ["u,S,fear,a.wav,", "u, S ,Fearful,A.wav"])
def test_a_row_that_is_there_twice_counts_once(tmp_path, again):
    listing = read_csv(table(tmp_path, f"{HEADER}u,S,fear,a.wav,\n{again}\n"))
    assert [(u.id, u.emotion, u.audio) for u in listing.utterances] == [("u", Emotion.FEAR, "a.wav")]
    assert "1 rows are there a second time, the first is used" in listing.notes
    assert listing.findings == ()


@pytest.mark.parametrize(
    ("again", "said"),
    [
        ("u,S,anger,a.wav,", "labelled anger and fear"),
        ("u,S,contempt,a.wav,", "labelled contempt and fear"),
        ("u,T,fear,a.wav,", "stated twice, with another speaker"),
        ("u,S,fear,a.wav,c.mp4", "stated twice, with another video"),
    ],
)
def test_an_utterance_in_two_ways_costs_itself_alone(tmp_path, again, said):
    listing = read_csv(table(tmp_path, f"{HEADER}u,S,fear,a.wav,\nv,S,sad,b.wav,\n{again}\n"))
    assert [u.id for u in listing.utterances] == ["v"]
    assert listing.findings == (f"u: {said}: left out; keep one",)
    assert [(one.path, one.why) for one in listing.left_out] == [("a.wav", "labelled with two emotions")]


def test_a_file_under_two_ids_with_two_emotions_is_left_out_of_both(tmp_path):
    touch(tmp_path, "c.mp4", "d.jpg")
    rows = "u,,fear,a.wav,c.mp4\nv,,anger,b.wav,c.mp4\nw,,sad,,d.jpg\nx,,joy,,d.jpg\n"
    listing = read_csv(table(tmp_path, HEADER + rows))
    assert [(u.id, u.audio, u.video) for u in listing.utterances] == [("u", "a.wav", ""), ("v", "b.wav", "")]
    assert listing.findings == (
        "c.mp4: labelled anger and fear, under v and u: left out; keep one",
        "d.jpg: labelled happiness and sadness, under x and w: left out; keep one",
    )
    (tmp_path / "utterances.csv").write_text(f"{HEADER}u,,fear,a.wav,c.mp4\nv,,fear,b.wav,c.mp4\n")
    assert [u.video for u in read_csv(tmp_path).utterances] == ["c.mp4", "c.mp4"]  # a portrait of both, perhaps


def rewrite(root, part, rows):
    head = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\n"
    (root / f"{part}_sent_emo.csv").write_text(head + "".join(f"Hi,Joey,{row}\n" for row in rows))


def test_meld_s_two_labels_and_unknown_ones_cost_their_utterances_alone(tmp_path):
    root = meld(tmp_path, 4)
    rewrite(root, "train", ["anger,0,0", "joy,0,0", "fear,1,0", "Fear,1,0", "boredom,2,0", "sadness,3,0"])
    listing = read_meld(root)
    assert [u.id for u in listing.utterances if u.part == "train"] == ["train_dia1_utt0", "train_dia3_utt0"]
    assert listing.findings == (
        "train_dia0_utt0: labelled anger and happiness: left out; keep one",
        "1 labelled 'boredom', none of the seven emotions: left out",
    )
    assert listing.notes[0] == "train_dia1_utt0: stated twice, the first is used"
    assert [(one.path, one.why) for one in listing.left_out] == [
        (f"{PARTS['train']}/dia0_utt0.mp4", "labelled with two emotions"),
        (f"{PARTS['train']}/dia2_utt0.mp4", "labelled with none of the seven emotions"),
    ]


def test_where_nothing_is_left_the_reason_is_told(tmp_path):
    with pytest.raises(CorpusError, match=r"utterances\.csv: u: labelled anger and fear: left out; keep one; expected"):
        read_csv(table(tmp_path, f"{HEADER}u,,fear,a.wav,\nu,,anger,a.wav,\n"))


# Many of a kind are one line


def test_three_hundred_conflicts_are_one_finding(tmp_path):
    names = [f"{i:03}.jpg" for i in range(300)]
    touch(tmp_path, *names, "x.jpg")
    rows = [f"{name},{label}" for label in ("fear", "anger") for name in names]
    table(tmp_path, "\n".join(["image,emotion", "x.jpg,sad", *rows]), "labels.csv")
    assert read_images(tmp_path).findings == (
        "300 photographs are stated in two ways: left out; the first is 000.jpg: labelled anger and fear: left out; "
        "keep one",
    )


def test_a_column_of_numbers_is_four_findings(tmp_path):
    """Valence in place of the emotion: the most frequent three, and the rest with its number."""
    rows = [f"u{i:04},,0.{i % 1990:04},{i}.wav" for i in range(2000)]
    listing = read_csv(table(tmp_path, "\n".join([COLUMNS, "u,,fear,a.wav,", *rows])))
    assert listing.findings == (
        "2 labelled '0.0000', none of the seven emotions: left out",
        "2 labelled '0.0001', none of the seven emotions: left out",
        "2 labelled '0.0002', none of the seven emotions: left out",
        "1994 labelled in 1987 other ways, none of the seven emotions: left out",
    )
    (tmp_path / "utterances.csv").write_text("\n".join([COLUMNS, *rows]))
    with pytest.raises(CorpusError) as caught:
        read_csv(tmp_path)
    assert len(str(caught.value)) < 1000


def test_what_has_a_thousand_labels_is_one_short_line(tmp_path):
    """By mistake all rows name one file, or one utterance."""
    labels = [f"0.{i:03}" for i in range(1000)]
    table(tmp_path, "\n".join([COLUMNS, *(f"u{label},,{label},a.wav," for label in labels)]))
    three = r"labelled 0\.000 and 0\.001 and 0\.002 and 997 more"
    with pytest.raises(
        CorpusError, match=rf"a\.wav: {three}, under u0\.000 and u0\.001 and u0\.002 and 997 more: left"
    ):
        read_csv(tmp_path)
    table(tmp_path, "\n".join([COLUMNS, *(f"u,,{label},a.wav," for label in labels)]))
    with pytest.raises(CorpusError, match=rf"u: {three}: left out; keep one; expected one of anger"):
        read_csv(tmp_path)


def test_many_folders_and_the_corpus_own_are_named(tmp_path):
    touch(tmp_path, "fear/1.jpg", "a.jpg", "b.jpg", "c.jpg", *(f"{i:02}/{j}.jpg" for i in range(30) for j in (1, 2)))
    assert read_images(tmp_path).findings == (
        "3 photographs in no folder of the corpus, none of the seven emotions: left out",
        "2 photographs in folder '00', none of the seven emotions: left out",
        "2 photographs in folder '01', none of the seven emotions: left out",
        "56 photographs in 28 other folders, none of the seven emotions: left out",
    )


def test_many_speakers_that_are_alike_are_one_finding_in_one_order(tmp_path):
    rows = [f"u{i}{n},{name}{i},fear,a.wav," for i in range(10) for n, name in enumerate(("Ann", "ann"))]
    (finding,) = read_csv(table(tmp_path, "\n".join([COLUMNS, *rows]))).findings
    assert finding.startswith("10 speakers go by two names or more, which are different people here; if they are one,")
    assert finding.endswith("give them one name; the first are 'Ann0' and 'ann0'")

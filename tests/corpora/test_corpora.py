"""The readers beyond SAVEE and MELD, and what holds for all of them."""

import os
import re
import types
from collections import Counter
from pathlib import Path

import pytest

from fdan.corpora import cremad, ravdess
from fdan.corpora.folder import Folder
from fdan.corpora.photographs import SUFFIXES, read_images
from fdan.corpora.registry import CORPORA, Corpus, find_corpus, title_of
from fdan.corpora.table import read_csv
from fdan.data import manifest as utterance
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.manifest import Manifest, read_manifest, write_manifest
from stages import manifests


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


# RAVDESS


def test_ravdess_joins_the_copies_of_a_recording(tmp_path):
    touch(tmp_path, *(f"Actor_12/{m}-01-06-01-02-01-12.{s}" for m, s in (("03", "wav"), ("01", "mp4"), ("02", "mp4"))))
    touch(tmp_path, "Actor_12/01-01-05-01-01-01-12.mp4", "Actor_12/02-01-04-01-01-01-12.mp4")
    listing = ravdess.read_ravdess(tmp_path)
    assert [(u.id, u.speaker, u.emotion, u.audio, u.video) for u in listing.utterances] == [
        # no sound in the video-only copy, and the audio-visual one's where there is no wav
        ("01-04-01-01-01-12", "12", Emotion.SADNESS, "", "Actor_12/02-01-04-01-01-01-12.mp4"),
        ("01-05-01-01-01-12", "12", Emotion.ANGER, *["Actor_12/01-01-05-01-01-01-12.mp4"] * 2),
        (
            "01-06-01-02-01-12",
            "12",
            Emotion.FEAR,
            *[f"Actor_12/0{n}-01-06-01-02-01-12.{s}" for n, s in ((3, "wav"), (1, "mp4"))],
        ),
    ]
    assert [u.text for u in listing.utterances][::2] == [
        "Kids are talking by the door.",
        "Dogs are sitting by the door.",
    ]
    assert listing.sentences == {"01-04-01-01-01-12": "01", "01-05-01-01-01-12": "01", "01-06-01-02-01-12": "02"}
    assert listing.notes == (
        "01-04-01-01-01-12: no sound",
        "Actor_12/02-01-06-01-02-01-12.mp4: left out, a further copy of a recording",
    )


def test_ravdess_calm_and_songs_are_left_out_counted(tmp_path):
    touch(tmp_path, "Actor_01/03-01-01-01-01-01-01.wav", "Actor_01/03-01-02-01-01-01-01.wav")
    touch(tmp_path, "Actor_01/03-02-03-01-01-01-01.wav", "Actor_01/03-02-02-01-01-01-01.wav", "readme.txt")
    # A mirror holds everything twice.
    touch(tmp_path, "audio_speech_actors_01-24/Actor_01/03-01-01-01-01-01-01.wav")
    listing = ravdess.read_ravdess(tmp_path)
    assert [(u.id, u.emotion) for u in listing.utterances] == [("01-01-01-01-01-01", Emotion.NEUTRAL)]
    assert listing.notes == (
        "no clips: the corpus has voices alone",
        "Actor_01/03-01-02-01-01-01-01.wav: left out, calm speech, none of the seven emotions",
        "Actor_01/03-02-02-01-01-01-01.wav: left out, a song",
        "Actor_01/03-02-03-01-01-01-01.wav: left out, a song",
        "audio_speech_actors_01-24/Actor_01/03-01-01-01-01-01-01.wav: left out, a second file of its recording, of "
        "which the first is used",
        "readme.txt: left out, not named like RAVDESS'",
    )
    assert [left.path for left in listing.left_out] == [note.partition(":")[0] for note in listing.notes[1:]]


def test_a_whole_ravdess_has_the_published_counts(tmp_path):
    for actor in range(1, 25):
        for emotion in range(1, 9):
            for intensity in (1,) if emotion == 1 else (1, 2):
                touch(
                    tmp_path,
                    *(
                        f"a/03-01-{emotion:02}-{intensity:02}-{s:02}-{r:02}-{actor:02}.wav"
                        for s in (1, 2)
                        for r in (1, 2)
                    ),
                )
    assert len(list(tmp_path.rglob("*.wav"))) == 1440
    utterances = ravdess.read_ravdess(tmp_path).utterances
    assert Counter(u.emotion for u in utterances) == ravdess.COUNTS
    assert len({u.speaker for u in utterances}) == 24


def test_the_real_ravdess_files(real_data):
    listing = ravdess.read_ravdess(real_data / "ravdess_speech")
    assert len(listing.utterances) == 416
    assert Counter(u.emotion for u in listing.utterances) == {e: 64 for e in Emotion} | {Emotion.NEUTRAL: 32}
    assert listing.notes == ("no clips: the corpus has voices alone",)
    seven = ravdess.read_ravdess(real_data / "ravdess_av")
    assert len(seven.utterances) == 6  # one of the seven stills is calm
    assert [(u.id, u.audio, u.video) for u in seven.utterances if u.video] == [
        ("01-06-01-02-01-09", "stills/01-01-06-01-02-01-09.wav", "01-01-06-01-02-01-09.mp4")
    ]


# CREMA-D


def test_cremad_lacks_surprise_and_says_so(tmp_path):
    assert Emotion.SURPRISE not in cremad.COUNTS
    assert sum(cremad.COUNTS.values()) == 7442
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav", "AudioMP3/1001_DFA_ANG_XX.mp3", "VideoFlash/1001_DFA_ANG_XX.flv")
    touch(tmp_path, "AudioWAV/1040_ITH_SAD_X.wav", "AudioWAV/1002_IEO_HAP_HI.wav", "AudioWAV/1001_DFA_SUR_XX.wav")
    touch(tmp_path, "VideoFlash/1003_IEO_NEU_XX.flv")
    listing = cremad.read_cremad(tmp_path)
    assert [(u.id, u.speaker, u.emotion, u.audio, u.video) for u in listing.utterances] == [
        ("1001_DFA_ANG_XX", "1001", Emotion.ANGER, "AudioWAV/1001_DFA_ANG_XX.wav", "VideoFlash/1001_DFA_ANG_XX.flv"),
        ("1002_IEO_HAP_HI", "1002", Emotion.HAPPINESS, "AudioWAV/1002_IEO_HAP_HI.wav", ""),
        ("1003_IEO_NEU_XX", "1003", Emotion.NEUTRAL, *["VideoFlash/1003_IEO_NEU_XX.flv"] * 2),
        ("1040_ITH_SAD_X", "1040", Emotion.SADNESS, "AudioWAV/1040_ITH_SAD_X.wav", ""),
    ]
    assert listing.sentences["1001_DFA_ANG_XX"] == "DFA"
    assert (listing.utterances[0].text, len(set(cremad.SENTENCES.values()))) == ("Don't forget a jacket.", 12)
    assert listing.notes == (
        "1002_IEO_HAP_HI: no clip",
        "1040_ITH_SAD_X: no clip",
        "AudioWAV/1001_DFA_SUR_XX.wav: left out, not named like CREMA-D's",
        "AudioMP3/1001_DFA_ANG_XX.mp3: left out, a further copy of a recording",
    )


# csv


def csv_corpus(root, *rows, header="utterance,speaker,emotion,audio,video"):
    touch(root, "a.wav", "clips/b.mp4")
    data = "\n".join([header, *rows]) + "\n"
    (root / "utterances.csv").write_bytes(data if isinstance(data, bytes) else data.encode())
    return root


def test_any_corpus_from_one_csv(tmp_path):
    rows = ("two,Ann,Fear,clips/b.mp4,clips/b.mp4", "one,,anger,a.wav,", "", "three,Bo,sadness,a.wav,gone.mp4")
    listing = read_csv(csv_corpus(tmp_path, *rows))
    assert [(u.id, u.speaker, u.emotion, u.audio, u.video) for u in listing.utterances] == [
        ("one", "", Emotion.ANGER, "a.wav", ""),
        ("three", "Bo", Emotion.SADNESS, "a.wav", "gone.mp4"),
        ("two", "Ann", Emotion.FEAR, "clips/b.mp4", "clips/b.mp4"),
    ]
    assert listing.notes == ("three: no gone.mp4",)
    assert {u.text for u in listing.utterances} == {""}


def test_a_csv_may_say_what_is_said(tmp_path):
    rows = ('one,,anger,a.wav,,"You  said\nnoon"', "two,,fear,a.wav,,")
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
        (f"{'x' * 101},,anger,a.wav,", "line 2: utterance 'xxx.*': longer than 100 bytes"),
        ("u,,angst,a.wav,", "1 labelled 'angst', none of the seven emotions: left out; expected one of anger, disgust"),
        ("u,,anger,../a.wav,", r"line 2: audio '\.\./a\.wav': leaves the corpus folder"),
        ("u,,anger,clips/../../a.wav,", r"line 2: audio '.*': leaves the corpus folder"),
        ("u,,anger,,/etc/hostname", "line 2: video '/etc/hostname': is absolute; expected a path below"),
        ("u,,anger,C:/a.wav,", "line 2: audio 'C:/a.wav': is absolute"),
        (r"u,,anger,clips\b.mp4,", "expected forward slashes"),
        ("u,,anger,out.wav,", "line 2: audio 'out.wav': a link that leaves the corpus folder"),
        ("u,,anger,out/host.wav,", "line 2: audio 'out/host.wav': a link that leaves the corpus folder"),
        ("u,,anger,clips,", "line 2: audio 'clips': expected a file"),
        (f"u,,anger,{'y' * 300},", "line 2: audio 'yyy.*expected a file's path"),
        ("u,,anger,,", "line 2: u: audio and video are both empty"),
        ("u,,anger,a.wav", "line 2 has 4 cells; expected 5"),
        ("u,,anger,a.wav,,x", "line 2 has 6 cells; expected 5"),
        ("u,,anger,a.wav,\nu,,fear,a.wav,", "line 3: utterance 'u' is stated in line 2 already, otherwise"),
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
    with pytest.raises(CorpusError, match="a link that leaves the corpus folder"):
        read_csv(tmp_path)
    (tmp_path / "utterances.csv").unlink()
    os.mkfifo(tmp_path / "utterances.csv")  # reading it would wait for ever
    with pytest.raises(CorpusError, match="not a file"):
        read_csv(tmp_path)


# images


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
        f"fear/n.txt: left out, no {', '.join(SUFFIXES)} file",
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


# All readers

FILES = {
    "savee": "AudioData/DC/a{}.wav",
    "meld": "train_splits/dia{}_utt0.mp4",
    "ravdess": "Actor_01/03-01-03-01-01-01-0{}.wav",
    "cremad": "AudioWAV/100{}_DFA_ANG_XX.wav",
    "images": "fear/{}.jpg",
}


@pytest.mark.parametrize("name", FILES)
def test_no_reader_follows_a_link_out_of_the_corpus_folder(tmp_path, name):
    outside, root = tmp_path / "outside", tmp_path / "corpus"
    touch(outside, "secret.wav")
    good, within, out, broken, folder, device = (FILES[name].format(n) for n in range(1, 7))
    touch(root, good, f"elsewhere/{good}".replace("1", "7"))
    (root / within).symlink_to(root / good)
    (root / out).symlink_to(outside / "secret.wav")
    (root / broken).symlink_to(root / "nowhere")
    (root / folder).symlink_to(root / "elsewhere")
    os.mkfifo(root / device)
    (root / "linked").symlink_to(outside)
    touch(root, "bad\udcff.wav")
    for part in ("train", "dev", "test"):
        rows = "".join(f"1,Hi,Joey,fear,neg,{n},0\n" for n in range(1, 7)) if part == "train" else ""
        head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
        (root / f"{part}_sent_emo.csv").write_text(head + rows)
    link = tmp_path / "link"  # the corpus folder itself may be one
    link.symlink_to(root)
    listing = CORPORA[name].read(link)
    used = {path for u in listing.utterances for path in (u.audio, u.video) if path}
    assert {good, within} <= used
    assert used.isdisjoint({out, broken, folder, device})
    notes = "\n".join(listing.notes)
    assert f"{out}: left out, a link that leaves the corpus folder; copy the files themselves there" in notes
    assert "linked: left out, a link that leaves the corpus folder" in notes
    assert f"{broken}: left out, a link to no file" in notes
    assert f"{folder}: left out, a link to a folder of the corpus, whose files are read there" in notes
    assert f"{device}: left out, not a regular file" in notes
    assert r"bad\udcff.wav: left out, a name that is not UTF-8" in notes


@pytest.mark.parametrize("name", CORPORA)
def test_no_folder_and_an_empty_one_are_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"no .* here|no such file|no train_sent_emo"):
        CORPORA[name].read(tmp_path / "empty")
    with pytest.raises(CorpusError, match="no such f"):
        CORPORA[name].read(tmp_path / "nowhere")


def test_the_rule_of_names(tmp_path):
    assert find_corpus("savee", tmp_path) is CORPORA["savee"]
    assert find_corpus("mine", tmp_path) is CORPORA["images"]
    (tmp_path / "utterances.csv").touch()
    assert find_corpus("mine", tmp_path) is CORPORA["csv"]
    assert find_corpus("images", tmp_path) is CORPORA["images"]
    with pytest.raises(CorpusError, match=r"corpus mine: .*utterances\.csv is a file; expected its folder"):
        find_corpus("mine", tmp_path / "utterances.csv")
    with pytest.raises(CorpusError, match=r"corpus mine: .*no such folder"):
        find_corpus("mine", tmp_path / "nowhere")
    with pytest.raises(CorpusError, match=r"corpus \.\./up: expected a name"):
        find_corpus("../up", tmp_path)


def test_a_corpus_is_printed_as_its_authors_write_it():
    assert [title_of(name) for name in CORPORA] == ["SAVEE", "MELD", "RAVDESS", "CREMA-D", "csv", "images"]
    assert title_of("my_talks") == "my_talks"


def test_every_reader_s_listing_makes_a_manifest(tmp_path):
    csv_corpus(tmp_path, "b,,anger,a.wav,", "a,,fear,a.wav,")
    manifest = Manifest(read_csv(tmp_path).utterances, synthetic=False)
    write_manifest(manifest, tmp_path / "manifest.csv")
    assert read_manifest(tmp_path / "manifest.csv") == manifest


def test_the_stage_writes_a_manifest_of_any_corpus(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    csv_corpus(tmp_path / "talks", "b,Bo,anger,a.wav,", "a,,fear,a.wav,gone.mp4")
    touch(tmp_path, "crema/AudioWAV/1001_DFA_ANG_XX.wav", "faces/fear/1.jpg")
    (tmp_path / "params.yaml").write_text("raw:\n  mine: talks\n  cremad: crema\n  others: faces\n")
    summaries = {}
    for name in ("mine", "cremad", "others"):
        monkeypatch.setattr("sys.argv", ["manifests", name])
        manifests.main()
        summaries[name] = capsys.readouterr()
    assert [u.id for u in read_manifest(tmp_path / "data/manifests/mine.csv").utterances] == ["a", "b"]
    assert read_manifest(tmp_path / "data/manifests/others.csv").utterances[0].video == "fear/1.jpg"
    assert summaries["mine"].out == "manifests mine: 2 utterances; anger 1, fear 1; 0 findings, 2 notes\n"
    assert summaries["mine"].err == "  a: no gone.mp4\n  clips/b.mp4: left out, of no utterance\n"
    assert summaries["cremad"].out == (
        "manifests cremad: 1 of 7442 published utterances; anger 1 of 1271, disgust 0 of 1271, fear 0 of 1271, "
        "happiness 0 of 1271, neutral 0 of 1087, sadness 0 of 1271; 0 findings, 1 notes\n"
    )


def test_the_documented_new_corpus_is_one_file_and_one_line(tmp_path, monkeypatch):
    """The example of docs/corpora.md as it stands there, with the dots filled in."""
    text = (Path(__file__).parents[2] / "docs/corpora.md").read_text(encoding="utf-8")
    code = text.partition("# fdan/corpora/emodb.py\n")[2].partition("```")[0].replace(", ...}", "}")
    line = re.search(r'`("emodb": Corpus\(.*\)),`', text)[1]
    names = {name: getattr(utterance, name) for name in ("Emotion", "Listing", "Utterance")} | {
        "Path": Path,
        "Folder": Folder,
    }
    module = names | {"EMOTIONS": {"W": Emotion.ANGER}}
    exec(code, module)
    emodb = types.SimpleNamespace(read_emodb=module["read_emodb"], COUNTS=module["COUNTS"])
    monkeypatch.setitem(CORPORA, "emodb", eval(f"{{{line}}}", {"Corpus": Corpus, "emodb": emodb})["emodb"])
    touch(tmp_path, "wav/03a01Wa.wav", "notes.txt")
    corpus = find_corpus("emodb", tmp_path)
    assert [(u.id, u.speaker, u.emotion, u.audio) for u in corpus.read(tmp_path).utterances] == [
        ("03a01Wa", "03", Emotion.ANGER, "wav/03a01Wa.wav")
    ]
    assert corpus.counts[Emotion.ANGER] == 127
    assert title_of("emodb") == "EMO-DB"

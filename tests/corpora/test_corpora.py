"""The readers beyond SAVEE and MELD, and what holds for all of them."""

import os
import re
import types
from collections import Counter
from pathlib import Path

import pytest

from fdan.corpora import cremad, ravdess
from fdan.corpora.folder import Folder
from fdan.corpora.found import read_found
from fdan.corpora.registry import CORPORA, Corpus, find_corpus, title_of
from fdan.corpora.table import read_csv
from fdan.data import manifest as utterance
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.manifest import Manifest, read_manifest, write_manifest
from stages import manifests
from tests.corpora.made import csv_corpus, touch

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


@pytest.mark.parametrize("name", ["savee", "meld", "ravdess", "cremad", "images"])
def test_archives_that_are_not_unpacked_are_named_by_every_reader(tmp_path, name):
    touch(tmp_path, *(f"Video_Speech_Actor_{i:02}.zip" for i in range(1, 25)))
    message = (
        "24 files: left out, an archive, which is not looked into: unpack it; the first is Video_Speech_Actor_01.zip"
    )
    with pytest.raises(CorpusError, match=message):
        find_corpus(name, tmp_path).read(tmp_path)


def test_the_rule_of_names(tmp_path):
    assert find_corpus("savee", tmp_path) is CORPORA["savee"]
    assert find_corpus("mine", tmp_path).read is read_found
    (tmp_path / "labels.csv").touch()
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
    csv_corpus(tmp_path, "b,,anger,a.wav,", "a,,fear,c.wav,")
    manifest = Manifest(read_csv(tmp_path).utterances, synthetic=False)
    write_manifest(manifest, tmp_path / "manifest.csv")
    assert read_manifest(tmp_path / "manifest.csv") == manifest


def test_the_stage_writes_a_manifest_of_any_corpus(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    csv_corpus(tmp_path / "talks", "b,Bo,anger,a.wav,", "a,,fear,c.wav,gone.mp4")
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

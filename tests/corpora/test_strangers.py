"""Folders and tables as other people's machines leave them: what has one reading is read, the rest named."""

import os
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

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

HEADER = "utterance,speaker,emotion,audio,video\n"


def touch(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode(errors="surrogateescape"))


def table(root, text, name="utterances.csv"):
    touch(root, "a.wav", "b.wav")
    (root / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


# Words for emotions


@pytest.mark.parametrize("words", ["angry disgust fear happy neutral sad surprise", "ANG DIS FEA HAP NEU SAD SUR",
                                   "angry disgusted fearful joy neutral sadness pleasant_surprise"])  # fmt: skip
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


# What file managers leave


JUNK = ("._a.jpg", ".DS_Store", "Thumbs.db", "__MACOSX/fear/._1.jpg", "fear/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg",
        "fear/.ipynb_checkpoints/1.jpg", "lost+found/fear/x.jpg", ".git/fear/y.jpg", "fear/._1.jpg")  # fmt: skip


def test_thumbnails_and_forks_are_no_photographs(tmp_path):
    touch(tmp_path, "fear/1.jpg", *JUNK)
    listing = read_images(tmp_path)
    assert [u.video for u in listing.utterances] == ["fear/1.jpg"]
    assert listing.findings == ()
    assert listing.notes == ("9 files: left out, of a file manager, a system or a tool; the first is .git",)


def test_another_user_s_lost_and_found_is_not_looked_into(tmp_path):
    if os.getuid():
        pytest.skip("only root can be somebody else")
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        folder.chmod(0o755)
        touch(folder, "AudioData/DC/a01.wav", "lost+found/x")
        (folder / "lost+found").chmod(0o700)
        code = (
            "import os, sys; from pathlib import Path; from fdan.corpora.savee import read_savee; os.setuid(65534);"
            "print(read_savee(Path(sys.argv[1])).notes[-1])"
        )
        done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parents[2])  # fmt: skip
        assert done.stdout == "lost+found: left out, of a file manager, a system or a tool\n"
    finally:
        shutil.rmtree(folder)


# Labelled twice


def test_an_image_that_is_labelled_twice_counts_once_or_is_named(tmp_path):
    touch(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    rows = "a.jpg,fear\na.jpg,fearful\nb.jpg,fear\nb.jpg,anger\nc.jpg,sad\n"
    table(tmp_path, "image,emotion\n" + rows, "labels.csv")
    listing = read_images(tmp_path)
    assert [(u.video, u.emotion) for u in listing.utterances] == [("a.jpg", Emotion.FEAR), ("c.jpg", Emotion.SADNESS)]
    assert "1 rows are there a second time, the first is used" in listing.notes
    assert listing.findings == ("b.jpg: labelled anger and fear: left out",)


def test_a_row_that_is_there_twice_counts_once(tmp_path):
    listing = read_csv(table(tmp_path, HEADER + "u,S,fear,a.wav,\nu,S,fear,a.wav,\n"))
    assert len(listing.utterances) == 1
    assert "1 rows are there a second time, the first is used" in listing.notes


# Spreadsheets


ROWS = "utterance,speaker,emotion,audio,video\nu,Ann,fear,a.wav,\nv,Ann,anger,b.wav,\n"


@pytest.mark.parametrize(
    "data",
    [
        ROWS.replace("\n", ",,,\n") + ",,,,,,,\n,,,,,,,\n",
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
    ids=["trailing commas", "semicolons", "tabs", "sep=", "spaces", "capitals", "mark", "Excel's Unicode text",
         "UTF-16", "old line ends", "empty lines"],
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
        ("sep=;\n" + ROWS.replace(",", ";").replace("a.wav;", "a.wav"), "line 3 has 4 cells"),
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


@pytest.mark.parametrize("id_", ["हिन्दी_01", "ภาษาไทย-ก็", "مرحبا", "日本語", "ñandú"])
def test_ids_may_be_of_any_script(tmp_path, id_):
    assert read_csv(table(tmp_path, f"{HEADER}{id_},,fear,a.wav,\n")).utterances[0].id == id_
    touch(tmp_path, f"fear/{id_}.jpg")
    assert read_images(tmp_path).utterances[0].id == f"fear_{id_}"


# Speakers


def test_speakers_that_differ_in_case_alone_are_a_finding(tmp_path):
    rows = "u,Ann,fear,a.wav,\nv,ann,fear,b.wav,\nw,Anna,fear,b.wav,\n"
    (finding,) = read_csv(table(tmp_path, HEADER + rows)).findings
    assert finding.startswith("speakers 'Ann' and 'ann' are different people here; if they are one, the protocol")


# MELD


def meld(root, rows, parts=PARTS, suffix="mp4"):
    head = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
    for part in parts:
        touch(root, *(f"{PARTS[part]}/dia{i}_utt0.{suffix}" for i in range(rows)))
        (root / f"{part}_sent_emo.csv").write_text(head + "".join(f"1,Hi,Joey,fear,neg,{i},0\n" for i in range(rows)))
    return root


def test_meld_may_lack_a_part(tmp_path):
    listing = read_meld(meld(tmp_path, 2, ["dev", "test"], "MP4"))
    assert [u.video for u in listing.utterances] == [
        f"{PARTS[part]}/dia{i}_utt0.MP4" for part in ("dev", "test") for i in (0, 1)
    ]
    assert listing.notes == ("no train_sent_emo.csv: the part train is left out",)
    assert listing.left_out == ()


# Links


def test_a_folder_of_links_says_how_to_copy_it(tmp_path):
    """A hub's snapshot: every file is a link into a folder of blobs beside it."""
    snapshot = tmp_path / "snapshots/1a2b"
    for i in range(1, 31):
        touch(tmp_path, f"blobs/{i}")
        name = snapshot / f"AudioData/DC/a{i:02}.wav"
        name.parent.mkdir(parents=True, exist_ok=True)
        name.symlink_to(tmp_path / f"blobs/{i}")
    with pytest.raises(CorpusError, match="no SAVEE file here") as caught:
        read_savee(snapshot)
    assert str(caught.value).endswith(
        "; 30 files: left out, a link that leaves the corpus folder; copy the files themselves there, for example with "
        "cp -rL; the first is AudioData/DC/a01.wav"
    )


def test_meld_of_links_is_two_lines(tmp_path):
    root = meld(tmp_path / "meld", 20)
    for folder in PARTS.values():
        shutil.move(root / folder, tmp_path / folder)
        (root / folder).symlink_to(tmp_path / folder)
    assert read_meld(root).notes == (
        "60 utterances: neither sound nor clip; the first is train_dia0_utt0",
        *(
            f"{folder}: left out, a link that leaves the corpus folder; copy the files themselves there, for example "
            "with cp -rL"
            for folder in sorted(PARTS.values())
        ),
    )


def test_git_annex_s_files_that_are_not_here_are_named(tmp_path):
    touch(tmp_path, "AudioWAV/1001_DFA_ANG_XX.wav")
    for i in range(2, 10):
        target = f"../.git/annex/objects/Xy/{i}/SHA256E-s9--{i}.wav/SHA256E-s9--{i}.wav"
        (tmp_path / f"AudioWAV/100{i}_DFA_ANG_XX.wav").symlink_to(target)
    listing = read_cremad(tmp_path)
    assert len(listing.utterances) == 1
    assert listing.notes[-1] == (
        "8 files: left out, a git-annex link whose file is not here; fetch it with git annex get; the first is "
        "AudioWAV/1002_DFA_ANG_XX.wav"
    )


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
    with pytest.raises(CorpusError, match=f"; {name} is not read: expected [a-z]+.csv in the corpus' folder itself$"):
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


# Closed to us


@pytest.mark.parametrize(
    ("closed", "mode", "said"),
    [
        (".", 0, "{root}: cannot be read (Permission denied)"),
        ("AudioData", 0, "{root}/AudioData: cannot be listed (Permission denied); make it readable, or move it "
         "elsewhere"),
        ("AudioData/DC", 0o644, "{root}: no SAVEE file here; expected for example AudioData/DC/a01.wav; "
         "AudioData/DC/a01.wav: left out, cannot be read (Permission denied)"),
        ("AudioData/DC/a01.wav", 0, "1 utterances, sha256 ''"),
        ("utterances.csv", 0, "{root}/utterances.csv: cannot be read (Permission denied)"),
    ],
)  # fmt: skip
def test_what_is_closed_to_us_is_one_line(closed, mode, said):
    if os.getuid():
        pytest.skip("only root can be somebody else")
    root = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        root.chmod(0o755)
        touch(root, "AudioData/DC/a01.wav")
        name = "savee"
        if closed.endswith(".csv"):
            name = "yours"
            (root / closed).write_text(HEADER + "u,,fear,AudioData/DC/a01.wav,\n")
        (root / closed).chmod(mode)
        code = (
            "import os, sys, tqdm; from pathlib import Path; from fdan.corpora.registry import find_corpus\n"
            "from fdan.media.recordings import _digest; from fdan.runtime.errors import FdanError\n"
            "os.setgroups([]); os.setuid(65534); root = Path(sys.argv[1])\n"
            "try:\n"
            "    found = find_corpus(sys.argv[2], root).read(root).utterances\n"
            "    print(len(found), 'utterances, sha256', repr(_digest(root, found[0].audio)))\n"
            "except FdanError as error:\n"
            "    print(error)\n"
        )
        done = subprocess.run([sys.executable, "-c", code, str(root), name], capture_output=True, text=True, check=True,
                              cwd=Path(__file__).parents[2])  # fmt: skip
        assert done.stdout.removeprefix("corpus savee: ") == said.format(root=root) + "\n"
    finally:
        (root / closed).chmod(0o755)
        shutil.rmtree(root)

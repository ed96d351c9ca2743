"""The check of a corpus: one file, one corpus, several, and what crashes or hangs on the way."""

import json
import os
import re
import subprocess
import sys
import wave
from pathlib import Path
from unittest.mock import Mock

import imageio_ffmpeg
import numpy as np
import pytest
from av.video.frame import VideoFrame

from fdan.check import clips
from fdan.check.clips import ClipExam, Exam, SoundExam, examine
from fdan.check.command import judge, repeated
from fdan.check.copies import SAME, Copies, correlation, find_copies, print_of
from fdan.check.findings import FINDINGS, FINE, KINDS, UNUSABLE, classify, find, overlap, tally
from fdan.check.report import as_json, as_text
from fdan.cli import main
from fdan.corpora.registry import CORPORA, Corpus
from fdan.data.emotions import Emotion
from fdan.data.manifest import Listing, Utterance
from fdan.data.splits import SplitParams
from fdan.faces import frames
from fdan.faces.detectors import FaceParams
from fdan.media.clip import MediaError
from fdan.media.problem import Problem, ProblemKind
from fdan.mels.sound import MelParams

ROOT = Path(__file__).parents[2]
MELS = MelParams(16000, 1024, 256, 128, -80.0, 20.0, 224)
FACES = FaceParams(3, "haar", None, 0.2, 224, 95)
SPLITS = SplitParams(seed=0, train_fraction=0.8)
RATE = 16000


def voice(seed, seconds=1.0, rate=RATE):
    """Noise in syllables: no two seeds are alike, each is like itself."""
    rng = np.random.default_rng(seed)
    n = int(seconds * rate)
    envelope = np.interp(np.arange(n), np.linspace(0, n, 20), rng.uniform(0.05, 1, 20))
    tone = np.sin(
        np.cumsum(np.interp(np.arange(n), np.linspace(0, n, 15), rng.uniform(300, 2500, 15))) * 2 * np.pi / rate
    )
    return (0.3 * envelope * (tone + 0.2 * rng.standard_normal(n))).astype(np.float32)


def write_wav(path, samples, rate=RATE, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.repeat(np.rint(samples * 32767).astype("<i2")[:, None], channels, axis=1)
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(data.tobytes())
    return path


def ffmpeg(*options):
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, options)], check=True)


def exam_of(tmp_path, audio="", video="", monkeypatch=None):
    if monkeypatch:  # a face is a bright picture
        monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [1] * int(image.mean() > 128))
    utterance = Utterance("u", "S", Emotion.FEAR, audio, video)
    return utterance, examine((utterance, tmp_path, MELS, FACES))


def kinds(utterance, exam, needed=()):
    return [(f.kind, f.detail) for f in find(utterance, exam, needed)]


# One file


def test_a_sound_file_that_is_fine_has_no_finding(tmp_path):
    write_wav(tmp_path / "a.wav", voice(0))
    utterance, exam = exam_of(tmp_path, "a.wav")
    assert kinds(utterance, exam) == []
    assert exam.sound.seconds == 1.0


@pytest.mark.parametrize(
    ("make", "finding"),
    [
        (lambda p: write_wav(p, np.zeros(8000)), ("silent", "a.wav: silent")),
        (lambda p: write_wav(p, voice(0, 0.05)), ("short", "a.wav: shorter than one window of 1024 samples")),
        (lambda p: write_wav(p, voice(0, 31, 2000), 2000), ("long", "a.wav: 31.0 s")),
        (lambda p: p.write_bytes(b""), ("broken", "a.wav: the file is empty")),
        (lambda p: p.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"),
         ("broken", "a.wav: a Git LFS pointer, not the recording; fetch it with git lfs pull")),
        (lambda p: p.write_bytes(write_wav(p, voice(0)).read_bytes()[:16044]),
         ("damaged", "a.wav: 16036 of 32036 bytes are there")),
        (lambda p: None, ("missing", "a.wav: no such file")),
        (os.mkfifo, ("broken", "a.wav: not a file")),  # and nobody waits for who writes to it
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_sound(tmp_path, make, finding):
    make(tmp_path / "a.wav")
    assert kinds(*exam_of(tmp_path, "a.wav")) == [finding]


def test_six_channels_are_one_sound(tmp_path):
    write_wav(tmp_path / "mono.wav", voice(3))
    write_wav(tmp_path / "six.wav", voice(3), channels=6)
    (_, mono), (_, six) = exam_of(tmp_path, "mono.wav"), exam_of(tmp_path, "six.wav")
    assert mono.sound.print == six.sound.print


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds: white, black in the first tenth; with a voice."""
    folder = tmp_path_factory.mktemp("clip")
    write_wav(folder / "v.wav", voice(5, 2.0))
    picture = "color=white:s=64x48:r=10:d=2,drawbox=color=black:t=fill:enable='lt(t,0.2)'"
    ffmpeg("-f", "lavfi", "-i", picture, "-i", folder / "v.wav", "-c:v", "mpeg4", "-c:a", "pcm_s16le", folder / "c.avi")
    ffmpeg("-i", folder / "c.avi", "-c:v", "libx264", folder / "c.mp4")
    return folder


def test_pictures_are_looked_at_until_one_shows_a_face(clip, monkeypatch):
    seen = []
    monkeypatch.setattr(
        clips, "detector_of", lambda _: lambda image: seen.append(image.mean()) or [1] * int(image.mean() > 128)
    )
    utterance = Utterance("u", "S", Emotion.FEAR, "", "c.avi")
    exam = examine((utterance, clip, MELS, FACES))
    assert exam.clip == ClipExam(face=True)
    assert len(seen) == 2  # the first picture is black, the one at a sixth is white
    monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [])
    exam = examine((utterance, clip, MELS, FACES))
    assert kinds(utterance, exam) == [("faceless", "c.avi")]


def test_a_clip_cut_off_is_damaged_or_broken(clip, tmp_path, monkeypatch):
    for name in ("c.avi", "c.mp4"):
        data = (clip / name).read_bytes()
        (tmp_path / name).write_bytes(data[: len(data) // 2])
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/hostname\n")
    utterance, exam = exam_of(tmp_path, "", "c.avi", monkeypatch)
    [(kind, detail)] = kinds(utterance, exam)
    assert kind == "damaged"
    assert detail.endswith("of 20 pictures are there")
    for name in ("c.mp4", "list.mp4"):
        utterance, exam = exam_of(tmp_path, name, name, monkeypatch)
        [(kind, detail)] = kinds(utterance, exam)  # one file, said once
        assert (kind, detail.split("(")[0]) == ("broken", f"{name}: not a readable mp4 file ")


def test_check_refuses_a_clip_by_the_pipeline_s_own_words(clip, tmp_path, monkeypatch):
    (tmp_path / "c.avi").write_bytes((clip / "c.avi").read_bytes())
    undrawable = Mock(spec=VideoFrame, format=Mock())  # of a kind that no RGB image can be made of
    undrawable.format.name = "odd"
    undrawable.to_ndarray.side_effect = ValueError("no conversion")
    monkeypatch.setattr(frames, "decode", lambda _: iter([undrawable] * 20))
    with pytest.raises(MediaError) as caught:
        frames.sample_frames(tmp_path / "c.avi", 3)
    utterance, exam = exam_of(tmp_path, "", "c.avi", monkeypatch)
    [(kind, detail)] = kinds(utterance, exam)
    assert kind == "broken"
    assert str(caught.value) == f"{tmp_path / detail}"


def test_what_is_counted_is_the_kind_not_the_words():
    utterance = Utterance("u", "S", Emotion.FEAR, "a.wav", "")
    problems = tuple(Problem(kind, "in other words; of two parts") for kind in ProblemKind)
    found = kinds(utterance, Exam(SoundExam("a.wav", problems=problems), None))
    assert found == [(kind.value, "a.wav: in other words; of two parts") for kind in ProblemKind]
    assert set(ProblemKind) <= set(KINDS)


def test_a_corpus_of_sound_and_clips_misses_what_is_not_there():
    bare = Utterance("u", "S", Emotion.FEAR, "", "")
    assert kinds(bare, Exam(None, None), ("audio", "video")) == [("missing", "no sound"), ("missing", "no clip")]
    assert kinds(bare, Exam(None, None)) == []


def test_a_corpus_of_voices_misses_no_clips_and_its_own_findings_count():
    utterances = tuple(Utterance(f"u{i}", "S", Emotion.FEAR, "a.wav", "") for i in range(3))
    exams, corpus = [Exam(SoundExam("a.wav", seconds=1.0), None)] * 3, Corpus(CORPORA["savee"].read, {Emotion.FEAR: 3})
    checked = judge("c", Listing(utterances, ("no clips: the corpus has voices alone",)), exams, corpus, SPLITS)
    assert (checked.findings, checked.code) == ([], FINE)
    checked = judge("c", Listing(utterances, findings=("1 labelled 'contempt'",)), exams, corpus, SPLITS)
    assert checked.code == FINDINGS
    assert "the corpus itself: 1\n  1 labelled 'contempt'\n" in as_text([checked], [], 0)
    assert as_json([checked], [], 0, 1)["corpora"]["c"]["corpus"] == ["1 labelled 'contempt'"]


def test_a_corpus_of_voices_alone_is_one_fact_and_no_finding_of_each():
    """RAVDESS' speech without its clips: published with both, usable without."""
    utterances = tuple(Utterance(f"u{i}", "S", Emotion.ANGER, f"{i}.wav", "") for i in range(4))
    corpus = Corpus(CORPORA["ravdess"].read, {Emotion.ANGER: 4}, "RAVDESS")
    exams = [Exam(SoundExam(u.audio, seconds=1.0), None) for u in utterances]
    checked = judge("c", Listing(utterances), exams, corpus, SPLITS)
    assert (checked.findings, checked.code) == ([], FINE)
    mixed = (*utterances, Utterance("v", "S", Emotion.ANGER, "v.wav", "v.mp4"))
    some = judge("c", Listing(mixed), [*exams, Exam(exams[0].sound, ClipExam(face=True))], corpus, SPLITS)
    assert [f.detail for f in some.findings] == ["no clip"] * 4


# The same recording twice


def prints(*sounds):
    return [print_of(s, RATE, str(hash(s.tobytes()))) for s in sounds]


def test_a_copy_is_found_through_codec_rate_loudness_and_shift(tmp_path):
    original = write_wav(tmp_path / "o.wav", voice(1, 1.5))
    write_wav(tmp_path / "other.wav", voice(2, 1.5))
    ffmpeg("-i", original, "-c:a", "aac", "-ar", 48000, "-ac", 2, tmp_path / "a.m4a")
    ffmpeg("-i", original, "-c:a", "libmp3lame", "-b:a", "48k", tmp_path / "b.mp3")
    ffmpeg("-i", original, "-ar", 8000, "-af", "volume=0.2", tmp_path / "c.wav")
    ffmpeg("-i", original, "-af", "adelay=333,apad=pad_dur=0.5", tmp_path / "d.wav")
    names = ["o.wav", "other.wav", "a.m4a", "b.mp3", "c.wav", "d.wav", "o.wav"]
    sounds = [clips.read_sound(tmp_path / name, RATE).samples for name in names]
    copies, not_compared = find_copies(prints(*sounds), sounds.__getitem__)
    assert copies == [Copies((0, 2, 3, 4, 5, 6), exact=False)]
    assert not_compared == 0
    assert find_copies(prints(sounds[0], sounds[1], sounds[0]), sounds.__getitem__)[0] == [Copies((0, 2), exact=True)]


def test_two_takes_of_a_sentence_are_no_copies(real_data):
    folder = real_data / "ravdess_speech" / "Actor_01"
    sounds = [clips.read_sound(path, RATE).samples for path in sorted(folder.glob("03-01-0[13]*.wav"))]
    assert len(sounds) == 12
    assert find_copies(prints(*sounds), sounds.__getitem__) == ([], 0)


def test_the_correlation_by_hand():
    a = np.array([1, 2, -1], np.float32)
    assert correlation(a, a) == pytest.approx(1)
    assert correlation(a, -2 * a) == pytest.approx(1)  # turned over, louder
    assert correlation(a, np.array([0, 0, 0, 1, 2, -1, 0], np.float32)) == pytest.approx(1)
    assert correlation(a, np.array([1.0], np.float32)) == pytest.approx(2 / 6**0.5)
    assert correlation(a, np.zeros(3, np.float32)) == 0 < SAME


def corpus_of(name, labels, prints_of=None, sentences=None):
    """A checked corpus without files; labels: id -> (speaker, emotion)."""
    utterances = tuple(Utterance(i, s, e, f"{i}.wav", "") for i, (s, e) in sorted(labels.items()))
    exams = [Exam(SoundExam(u.audio, seconds=1.0, print=(prints_of or {}).get(u.id)), None) for u in utterances]
    return judge(name, Listing(utterances, (), sentences or {}), exams, Corpus(CORPORA["csv"].read, {}), SPLITS)


def test_copies_across_the_split_and_across_corpora_are_told_apart():
    labels = {f"u{i}": ("S", Emotion.FEAR) for i in range(10)} | {"x": ("T", Emotion.ANGER)}
    one, two = corpus_of("one", labels), corpus_of("two", labels)
    train = sorted(u for u, part in one.partition.items() if part == "train")
    test = sorted(u for u, part in one.partition.items() if part == "test")
    assert (len(train), len(test)) == (9, 2)
    of = {u.id: u for u in one.listing.utterances}

    def duplicates(*members, exact=True):
        files = [(corpus, of[i], path) for corpus, i, path in members]
        return classify(Copies(tuple(range(len(files))), exact), files)

    assert duplicates((one, train[0], "a"), (one, test[0], "b")).across == "split"
    assert duplicates((one, train[0], "a"), (one, train[1], "b")).across == ""
    assert duplicates((one, train[0], "a"), (one, train[1], "b"), (one, test[0], "c")).across == "split"
    assert duplicates((one, train[0], "a"), (two, train[0], "a")).across == "corpora"
    assert duplicates((one, "u0", "a"), (one, "x", "b")).emotions == ("anger", "fear")
    assert duplicates((one, "u0", "u0.wav"), (one, "u0", "u0.mp4")) is None  # a clip and its own sound


def test_audio_only_and_audio_visual_copies_of_a_csv_corpus(tmp_path, clip, monkeypatch):
    """The wav of a recording under one id, its mp4 under another: half a naive reading of RAVDESS."""
    monkeypatch.setattr(clips, "detector_of", lambda _: lambda image: [1])
    (tmp_path / "c.mp4").write_bytes((clip / "c.mp4").read_bytes())
    (tmp_path / "v.wav").write_bytes((clip / "v.wav").read_bytes())
    utterances = (
        Utterance("av", "S", Emotion.FEAR, "c.mp4", "c.mp4"),
        Utterance("both", "S", Emotion.FEAR, "v.wav", "c.mp4"),
        Utterance("sound", "S", Emotion.FEAR, "v.wav", ""),
    )
    exams = [examine((u, tmp_path, MELS, FACES)) for u in utterances]
    checked = judge("mine", Listing(utterances), exams, CORPORA["csv"], SPLITS)
    [one], not_compared = repeated([checked], {"mine": tmp_path}, MELS)
    assert [(u, p) for _, u, p in one.files] == [
        ("av", "c.mp4"), ("both", "v.wav"), ("both", "c.mp4"), ("sound", "v.wav"),
    ]  # fmt: skip
    assert (one.container_copy, one.exact, not_compared) == (True, False, 0)


def test_sentences_and_speakers_on_both_sides_by_hand():
    labels = {f"u{i}": ("A" if i < 5 else "B", Emotion.FEAR) for i in range(10)}
    checked = corpus_of("c", labels)
    test = [u for u, part in checked.partition.items() if part == "test"]
    said = {u: "same" if u == test[0] else u for u in labels} | {next(u for u in labels if u not in test): "same"}
    assert overlap(checked, lambda u: said[u.id]) == {"test": 2, "also in training": 1}
    assert overlap(checked, lambda u: u.speaker) == {"test": 2, "also in training": 2}
    assert overlap(checked, lambda u: u.id) == {"test": 2, "also in training": 0}
    assert overlap(checked, lambda u: "") == {"test": 0, "also in training": 0}


# A corpus


def test_counts_stand_beside_the_published_ones():
    utterances = tuple(
        Utterance(f"{e}_{i}", "S", e, "a.wav", "a.avi") for e in (Emotion.ANGER, Emotion.FEAR) for i in "123"
    )
    broken = Problem(ProblemKind.BROKEN, "x")
    good = Exam(SoundExam("a.wav", seconds=1.0), ClipExam(face=True))
    bad = Exam(SoundExam("a.wav", broken), ClipExam())
    corpus = Corpus(CORPORA["savee"].read, {Emotion.ANGER: 3, Emotion.FEAR: 3})
    fine = judge("c", Listing(utterances), [good] * 6, corpus, SPLITS)
    assert fine.code == FINE
    assert judge("c", Listing(utterances[:5]), [good] * 5, corpus, SPLITS).code == FINDINGS  # one of six is not there
    assert (
        judge("c", Listing(utterances), [Exam(SoundExam("a", broken), ClipExam(broken))] * 6, corpus, SPLITS).code
        == UNUSABLE
    )
    checked = judge("c", Listing(utterances), [good, bad, good, good, good, good], corpus, SPLITS)
    assert checked.code == FINDINGS
    row = tally(checked, lambda u: u.emotion.value)["anger"]
    assert {k: v for k, v in row.items() if v} == {"found": 3, "sound": 2, "clip": 3, "broken": 1, "faceless": 1}
    found = as_json([checked], [], 0, 1)["corpora"]["c"]
    assert found["emotions"]["anger"]["published"] == 3
    assert found["counts"]["broken"] == found["counts"]["faceless"] == 1


def write_corpus(folder, n=6, damage=False):
    rows = []
    for i in range(n):
        write_wav(folder / f"{i}.wav", voice(i, 0.5))
        rows.append(f"u{i},S{i % 2},{['anger', 'fear'][i % 2]},{i}.wav,")
    if damage:
        (folder / "0.wav").write_bytes(b"")
        write_wav(folder / "1.wav", np.zeros(8000))
        (folder / "twin.wav").write_bytes((folder / "2.wav").read_bytes())
        rows += ["twin,S0,fear,twin.wav,", "gone,S1,anger,gone.wav,"]
    (folder / "utterances.csv").write_text("\n".join(["utterance,speaker,emotion,audio,video", *rows]) + "\n")
    return folder


def test_the_command_says_fine_findings_or_unusable(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    write_corpus(tmp_path / "good")
    assert main(["check", "csv", str(tmp_path / "good")]) == 0
    write_corpus(tmp_path / "bad", damage=True)
    capsys.readouterr()
    assert (
        main(
            ["check", "csv", str(tmp_path / "good"), "mine", str(tmp_path / "bad"), "--json", str(tmp_path / "r.json")]
        )
        == 1
    )
    text = capsys.readouterr().out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["exit"] == 1
    mine = report["corpora"]["mine"]
    assert {k: n for k, n in mine["counts"].items() if n} == {"missing": 1, "broken": 1, "silent": 1}
    assert [(f["utterance"], f["kind"]) for f in mine["findings"]] == [
        ("gone", "missing"),
        ("u0", "broken"),
        ("u1", "silent"),
    ]
    assert mine["speakers"]["S0"]["broken"] == 1
    # u2 .. u5 stand in both corpora, and u2's sound under `twin` with another label too.
    duplicates = report["recordings there more than once"]
    assert [sorted((f["corpus"], f["utterance"]) for f in one["files"]) for one in duplicates] == [
        [("csv", "u2"), ("mine", "twin"), ("mine", "u2")],
        *[[("csv", f"u{i}"), ("mine", f"u{i}")] for i in (3, 4, 5)],
    ]
    assert [one["across"] for one in duplicates] == ["corpora"] * 4
    assert duplicates[0]["emotions"] == ["anger", "fear"]
    assert "u0: 0.wav: the file is empty" in text
    assert "recordings there more than once: 4; 0 of them across the paper's split, 4 across corpora" in text


def test_what_is_no_corpus_is_one_line_and_exit_code_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    (tmp_path / "empty").mkdir()
    for name, folder, message in (
        ("savee", "empty", "no SAVEE file here"),
        ("savee", "nowhere", "no such folder"),
        ("mine", "empty", "no labelled photograph here"),
    ):
        assert main(["check", name, str(tmp_path / folder)]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert message in error
    monkeypatch.chdir(tmp_path)
    assert main(["check", "savee", str(tmp_path / "empty")]) == 2
    assert "params.yaml: no such file; run from the repository's root" in capsys.readouterr().err
    for wrong in (["savee"], ["savee", "a", "savee", "b"]):
        assert main(["check", *wrong]) == 2


@pytest.mark.slow
def test_the_damaged_real_people_corpora_are_counted_exactly(real_data, tmp_path):
    script = real_data.parent / "checks" / "make_real_corpora.py"
    if not script.is_file():
        pytest.skip(f"no {script}")
    made = subprocess.run(
        [sys.executable, script, tmp_path, "--per-emotion", "2", "--damage"], check=True, capture_output=True, text=True
    ).stdout
    sizes = {name: int(n) for name, n in re.findall(r"(savee|meld): (\d+) utterances", made)}
    command = [sys.executable, "-m", "fdan.cli", "check", "savee", tmp_path / "savee", "meld", tmp_path / "meld"]
    result = subprocess.run(
        [*command, "--json", tmp_path / "r.json"], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert result.returncode == 1, result.stderr
    report = json.loads((tmp_path / "r.json").read_text())
    named = {
        (name, f["utterance"], f["kind"])
        for name, corpus in report["corpora"].items()
        for f in corpus["findings"]
        if f["kind"] != "faceless"  # what the detector sees depends on the photographs
    }
    assert named == {
        ("savee", "DC_a01", "damaged"),
        ("savee", "JE_a02", "broken"),
        ("meld", "train_dia0_utt1", "broken"),
        ("meld", "train_dia0_utt3", "broken"),
        ("meld", "dev_dia0_utt2", "missing"),
    }
    assert [report["corpora"][name]["counts"]["broken"] for name in ("savee", "meld")] == [1, 2]
    assert report["recordings there more than once"] == []
    for name in ("savee", "meld"):
        assert report["corpora"][name]["utterances"] == sizes[name]
        assert report["corpora"][name]["counts"]["faceless"] <= 5


# What crashes, or hangs (the time limit is test_parallel.py's)


def crashing(task):
    if task[0].id == "u2":
        os._exit(3)
    return examine(task)


@pytest.mark.slow
def test_a_file_that_crashes_its_reader_costs_itself_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("fdan.check.command.examine", crashing)
    assert main(["check", "mine", str(write_corpus(tmp_path / "mine")), "--json", str(tmp_path / "r.json")]) == 1
    report = json.loads((tmp_path / "r.json").read_text())
    assert [(f["utterance"], f["kind"], f["detail"]) for f in report["corpora"]["mine"]["findings"]] == [
        ("u2", "broken", "2.wav: the process that reads it ends with status 3")
    ]


def test_the_table_is_aligned_and_its_parts_stand_apart():
    checked = corpus_of("c", {f"u{i}": ("A" if i < 2 else "", Emotion.FEAR) for i in range(10)})
    lines = as_text([checked], [], 0).splitlines()
    assert lines[0] == "c: 10 utterances, 1 known speakers"
    head, fear, blank, unknown, ann = lines[1:6]
    assert head.split()[:4] == ["published", "found", "sound", "clip"]
    assert (fear.split()[:2], blank, unknown.split()[:2], ann.split()[:2]) == (
        ["fear", "10"], "", ["(unknown)", "8"], ["A", "2"],
    )  # fmt: skip
    assert len({line.index(n) + len(n) for line, n in ((head, "found"), (fear, "10"), (unknown, "8"), (ann, "2"))}) == 1

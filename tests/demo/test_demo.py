import csv
import hashlib
from collections import Counter
from dataclasses import astuple
from fractions import Fraction
from pathlib import Path

import av
import cv2
import joblib
import numpy as np
import pytest

from fdan.data.emotions import Emotion
from fdan.data.manifest import is_synthetic
from fdan.demo import expression, face, voice
from fdan.demo.cast import CUES, MELD_CAST, SAVEE_CAST, SENTENCES
from fdan.demo.clip import SITCOM, STUDIO, Format, film
from fdan.demo.corpus import DemoParams, Task, _cue, make_meld, make_savee, meld_counts

SMALL = DemoParams(seed=7, savee_per_emotion=1, meld_utterances=14, expressiveness=1.4, noise=0.5)
MELD_COLUMNS = [
    "Sr No.",
    "Utterance",
    "Speaker",
    "Emotion",
    "Sentiment",
    "Dialogue_ID",
    "Utterance_ID",
    "Season",
    "Episode",
    "StartTime",
    "EndTime",
]
MELD_FOLDERS = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}


def one_by_one(tasks: list[Task]) -> None:
    for task in tasks:
        task()


def side_by_side(tasks: list[Task]) -> None:
    joblib.Parallel(n_jobs=2)(joblib.delayed(task)() for task in tasks)


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    assert make_savee(folder / "savee", SMALL, side_by_side) == 4 * 8
    assert make_meld(folder / "meld", SMALL, side_by_side) == 14
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(f.relative_to(folder)): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    read = {}
    for part in MELD_FOLDERS:
        with (folder / f"{part}_sent_emo.csv").open(newline="", encoding="utf-8") as file:
            read[part] = list(csv.DictReader(file))
    return read


def test_savee_has_the_real_names_and_twice_as_many_neutral(corpora: Path) -> None:
    numbers = {"a": 1, "d": 1, "f": 1, "h": 1, "n": 2, "sa": 1, "su": 1}
    sounds = {f"AudioData/{s}/{p}{i:02d}.wav" for s in ("DC", "JE", "JK", "KL") for p, n in numbers.items()
              for i in range(1, n + 1)}  # fmt: skip
    clips = {f"AudioVisualClip/{s}/{p}{i}.avi" for s in ("DC", "JE", "JK", "KL") for p, n in numbers.items()
             for i in range(1, n + 1)}  # fmt: skip
    assert set(digests(corpora / "savee")) == sounds | clips | {"SYNTHETIC.txt"}


def test_meld_has_the_real_tables_and_a_clip_for_every_row(corpora: Path) -> None:
    expected = {"SYNTHETIC.txt"}
    for part, rows in tables(corpora / "meld").items():
        assert list(rows[0]) == MELD_COLUMNS
        expected |= {f"{MELD_FOLDERS[part]}/dia{r['Dialogue_ID']}_utt{r['Utterance_ID']}.mp4" for r in rows}
        expected.add(f"{part}_sent_emo.csv")
        assert (rows[0]["Dialogue_ID"], rows[0]["Utterance_ID"]) == ("0", "0")  # ids repeat across the parts
        assert {r["Speaker"] for r in rows} <= {actor.name for actor in MELD_CAST}
    assert set(digests(corpora / "meld")) == expected


def test_meld_calls_happiness_joy_and_knows_every_emotion(corpora: Path) -> None:
    found = Counter(row["Emotion"] for rows in tables(corpora / "meld").values() for row in rows)
    assert found == Counter({"joy" if e is Emotion.HAPPINESS else e.value: n for e, n in meld_counts(14).items()})


def test_a_transcript_is_a_sentence_that_may_open_with_a_cue(corpora: Path) -> None:
    said = [row["Utterance"] for rows in tables(corpora / "meld").values() for row in rows]
    assert all(text.endswith(SENTENCES) for text in said)
    assert any(text not in SENTENCES for text in said)


def test_some_cues_tell_the_emotion_and_some_mislead() -> None:
    rng = np.random.default_rng(0)
    cues = [_cue(Emotion.FEAR, rng) for _ in range(1000)]
    telling = sum(cue.strip() in CUES[Emotion.FEAR] for cue in cues)
    assert 300 < telling < 420
    assert 50 < sum(map(bool, cues)) - telling < 130


@pytest.mark.parametrize(("utterances", "least"), [(14, 2), (28, 2), (100, 2), (280, 8), (1000, 26)])
def test_meld_is_mostly_neutral_but_no_emotion_is_missing(utterances: int, least: int) -> None:
    counts = meld_counts(utterances)
    assert set(counts) == set(Emotion)
    assert sum(counts.values()) == utterances
    assert min(counts.values()) >= least
    if utterances >= 280:
        assert 0.44 < counts[Emotion.NEUTRAL] / utterances < 0.50


def test_both_corpora_say_that_they_are_synthetic(corpora: Path) -> None:
    for name in ("savee", "meld"):
        assert is_synthetic(corpora / name)
        assert "synthetic" in (corpora / name / "SYNTHETIC.txt").read_text(encoding="utf-8")


def test_savee_has_the_stated_codecs(corpora: Path) -> None:
    with av.open(str(corpora / "savee" / "AudioVisualClip" / "KL" / "sa1.avi")) as clip:
        video, audio = clip.streams.video[0], clip.streams.audio[0]
        assert (video.codec_context.name, video.width, video.height) == ("mpeg4", 320, 256)
        assert video.average_rate == 25
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("pcm_s16le", 44_100, 1)
    with av.open(str(corpora / "savee" / "AudioData" / "KL" / "sa01.wav")) as sound:
        audio = sound.streams.audio[0]
        assert (audio.codec_context.name, audio.rate, audio.channels) == ("pcm_s16le", 44_100, 1)


def test_meld_has_the_stated_codecs_and_sound_as_long_as_its_picture(corpora: Path) -> None:
    for path in sorted((corpora / "meld").rglob("*.mp4")):
        with av.open(str(path)) as clip:
            video, audio = clip.streams.video[0], clip.streams.audio[0]
            assert video.codec_context.name == "h264"
            assert video.average_rate == Fraction(24000, 1001)
            assert (audio.codec_context.name, audio.rate, audio.channels) == ("aac", 48_000, 2)
            frames = sum(1 for _ in clip.decode(video))
        with av.open(str(path)) as clip:
            samples = sum(frame.samples for frame in clip.decode(audio=0))
        assert 0.7 < samples / 48_000 < 2.2
        assert frames / 23.976 == pytest.approx(samples / 48_000, abs=0.12)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_bytes_for_any_number_of_workers(corpora: Path, tmp_path: Path) -> None:
    make_meld(tmp_path / "meld", SMALL, one_by_one)
    make_savee(tmp_path / "savee", SMALL, one_by_one)
    assert digests(tmp_path) == digests(corpora)


def test_haar_finds_the_faces_after_compression(corpora: Path) -> None:
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
    found = []
    for path in sorted([*corpora.rglob("*.avi"), *corpora.rglob("*.mp4")])[::2]:
        with av.open(str(path)) as clip:
            frames = [frame.to_ndarray(format="gray") for frame in clip.decode(video=0)]
        picture = cv2.equalizeHist(frames[len(frames) // 2])
        found.append(len(cascade.detectMultiScale(picture, 1.1, 4)) > 0)
    assert np.mean(found) >= 0.95


@pytest.mark.parametrize("actor", [*SAVEE_CAST, *MELD_CAST], ids=lambda actor: actor.name)
def test_every_face_shows_each_emotion_differently(actor) -> None:
    heads = {e: face.draw_head(actor.face, expression.FULL[e])[0].astype(float) for e in Emotion}
    inner = (slice(60, 170), slice(70, 175))  # brows to chin
    for one in Emotion:
        for other in Emotion:
            if one < other:
                assert np.abs(heads[one][inner] - heads[other][inner]).mean() > 2.0, (one, other)


def test_without_intensity_and_stray_everything_is_calm() -> None:
    rng = np.random.default_rng(0)
    for emotion in Emotion:
        assert expression.act(emotion, 0.0, 0.0, rng) == expression.Expression()
        assert voice.act(emotion, 0.0, 0.0, rng) == voice.Manner()
        assert astuple(voice.act(emotion, 1.0, 0.0, rng)) == astuple(voice.FULL[emotion])


def spoken(emotion: Emotion, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return voice.speak(SAVEE_CAST[0].voice, voice.FULL[emotion], 16_000, rng)[0]


def test_anger_is_louder_and_brighter_than_sadness() -> None:
    for seed in range(5):
        angry, sad = spoken(Emotion.ANGER, seed), spoken(Emotion.SADNESS, seed)
        assert np.std(angry) > 3.0 * np.std(sad)
        share = [np.sum(p[len(p) // 4 :]) / np.sum(p) for p in (np.abs(np.fft.rfft(s)) ** 2 for s in (angry, sad))]
        assert share[0] > 2.0 * share[1]  # of the energy, what lies above 2 kHz


def test_the_pitch_is_the_one_asked_for() -> None:
    def pitch(manner: voice.Manner) -> float:
        sound = voice.speak(SAVEE_CAST[0].voice, manner, 16_000, np.random.default_rng(3))[0]
        spectrum = np.abs(np.fft.rfft(sound, 1 << 16)) ** 2
        lags = np.fft.irfft(spectrum)[: 16_000 // 60]
        return 16_000 / (16_000 // 400 + int(np.argmax(lags[16_000 // 400 :])))

    steady = {"lively": -9.0}  # without accents
    assert pitch(voice.Manner(**steady)) == pytest.approx(112 * 2 ** (-1.5 / 12), rel=0.12)
    assert pitch(voice.Manner(pitch=12.0, **steady)) == pytest.approx(224 * 2 ** (-1.5 / 12), rel=0.12)


def test_a_voice_is_finite_within_range_and_moves_the_mouth() -> None:
    for seed, emotion in enumerate(Emotion):
        sound, opening = voice.speak(MELD_CAST[2].voice, voice.FULL[emotion], 48_000, np.random.default_rng(seed))
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 1.0
        assert 0.0 <= opening.min() < 0.1
        assert 0.4 < opening.max() <= 1.0
        assert 0.8 < len(sound) / 48_000 < 2.0
        heard = voice.add_room(sound, 48_000, 0.3, -45.0, np.random.default_rng(seed))
        assert heard.shape == (len(sound), 2)
        assert np.abs(heard).max() <= 1.0
        assert not np.array_equal(heard[:, 0], heard[:, 1])


@pytest.mark.parametrize("style", [STUDIO, SITCOM], ids=["studio", "sitcom"])
def test_a_film_lasts_as_long_as_the_voice(style: Format) -> None:
    rng = np.random.default_rng(0)
    frames = film(SAVEE_CAST[0].face, expression.Expression(), np.zeros(200, np.float32), style, 1.0, rng)
    assert frames.shape == (25 if style is STUDIO else 24, style.height * 3 // 2, style.width)
    assert np.array_equal(frames[0], frames[style.hold - 1])
    assert not np.array_equal(frames[0], frames[style.hold])

"""Sounds and corpora for the tests of this folder."""

import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from fdan.check.clips import Exam, SoundExam
from fdan.commands.check import judge
from fdan.corpora.registry import CORPORA, Corpus
from fdan.data.manifest import Listing, Utterance
from fdan.data.splits import SplitParams
from fdan.media.sound import MelParams
from fdan.samples.detectors import FaceParams

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


def corpus_of(name, labels, prints_of=None, sentences=None):
    """A checked corpus without files; labels: id -> (speaker, emotion)."""
    utterances = tuple(Utterance(i, s, e, f"{i}.wav", "") for i, (s, e) in sorted(labels.items()))
    exams = [Exam(SoundExam(u.audio, seconds=1.0, print=(prints_of or {}).get(u.id)), None) for u in utterances]
    return judge(name, Listing(utterances, (), sentences or {}), exams, Corpus(CORPORA["csv"].read, {}), SPLITS)


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

"""Two synthetic corpora in the folders, names, tables and codecs of SAVEE and MELD."""

import csv
import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
from annotated_types import Ge, Le

from fdan.corpora.savee import PREFIXES
from fdan.data.emotions import Emotion
from fdan.data.manifest import SYNTHETIC_MARKER
from fdan.demo import expression as expressions
from fdan.demo import voice as voices
from fdan.demo.cast import CUES, MELD_CAST, SAVEE_CAST, SENTENCES, Actor
from fdan.demo.clip import SITCOM, STUDIO, film, write_clip, write_wav


@dataclass(frozen=True)
class DemoParams:
    """How much is made, and how hard it is.

    Attributes:
        seed: of everything random; each utterance draws from its own generator.
        savee_per_emotion: utterances per speaker and emotion; neutral has twice as many.
        meld_utterances: utterances in all; each emotion has at least two.
        expressiveness: how strongly the most expressive utterance shows its emotion in face and
            voice, 1 being the full expression; the weakest shows it six tenths as strongly.
        noise: how far utterances stray from their emotion, and how restless head, light and room are.
    """

    seed: Annotated[int, Ge(0)]
    savee_per_emotion: Annotated[int, Ge(1), Le(15)]
    meld_utterances: Annotated[int, Ge(14), Le(13_708)]
    expressiveness: Annotated[float, Ge(0), Le(2)]
    noise: Annotated[float, Ge(0), Le(3)]


Task = Callable[[], None]
Runner = Callable[[list[Task]], object]
"""Runs tasks in any order, in any processes: no file depends on another."""

_MARKER = (
    "This {} corpus is synthetic: drawn faces and computed voices, made by `dvc repro demo` in the layout of the\n"
    "real one. No person, recording or label of the real corpus is in it, and no result on it says anything about\n"
    "the real one.\n"
)
_MELD_SHARE = {  # of the 13,708 utterances of the real corpus
    Emotion.NEUTRAL: 0.470,
    Emotion.HAPPINESS: 0.168,
    Emotion.SURPRISE: 0.119,
    Emotion.ANGER: 0.117,
    Emotion.SADNESS: 0.073,
    Emotion.DISGUST: 0.0265,
    Emotion.FEAR: 0.0265,
}
_MELD_PARTS = {  # folder of the clips, share of the utterances
    "train": ("train_splits", 0.73),
    "dev": ("dev_splits_complete", 0.08),
    "test": ("output_repeated_splits_test", 0.19),
}
_MELD_COLUMNS = (
    "Sr No.", "Utterance", "Speaker", "Emotion", "Sentiment", "Dialogue_ID", "Utterance_ID",
    "Season", "Episode", "StartTime", "EndTime",
)  # fmt: skip
_TELLING = 0.35  # of MELD's transcripts hold words of their emotion
_MISLEADING = 0.1  # hold words of any
_WEAKEST = 0.6  # relative to the most expressive utterance
_LEAST = 2  # utterances of each emotion in MELD; or one in 35, if that is more


def make_savee(folder: Path, params: DemoParams, run: Runner) -> int:
    """Make the corpus in the form of SAVEE: one speaker at a time, in a studio, with as many of each emotion.

    Args:
        folder: is made if it is not there.
        params: how many, how hard.
        run: runs the tasks that it is given.

    Returns:
        The number of utterances, each a sound file and a clip.
    """
    tasks: list[Task] = []
    for actor in SAVEE_CAST:
        for part in ("AudioData", "AudioVisualClip"):
            (folder / part / actor.name).mkdir(parents=True, exist_ok=True)
        for prefix, emotion in PREFIXES.items():
            count = params.savee_per_emotion * (2 if emotion is Emotion.NEUTRAL else 1)
            for number in range(1, count + 1):
                sound = folder / "AudioData" / actor.name / f"{prefix}{number:02d}.wav"
                clip = folder / "AudioVisualClip" / actor.name / f"{prefix}{number}.avi"
                rng = _generator(params.seed, f"savee {actor.name}_{prefix}{number:02d}")
                tasks.append(partial(_act_in_studio, actor, emotion, sound, clip, params, rng))
    return _make_all(folder, "SAVEE", tasks, run)


def make_meld(folder: Path, params: DemoParams, run: Runner) -> int:
    """Make the corpus in the form of MELD: dialogues of several speakers, mostly neutral, in three parts.

    Args:
        folder: is made if it is not there.
        params: how many, how hard.
        run: runs the tasks that it is given.

    Returns:
        The number of utterances, each a clip and a row of one of the three tables.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rng = _generator(params.seed, "meld plan")
    emotions = [e for e, count in meld_counts(params.meld_utterances).items() for _ in range(count)]
    shuffled = [emotions[i] for i in rng.permutation(len(emotions))]
    shares = np.cumsum([0.0, *(share for _, share in _MELD_PARTS.values())])
    ends = np.round(shares * len(shuffled)).astype(int).tolist()
    tasks: list[Task] = []
    for (part, (below, _)), first, last in zip(_MELD_PARTS.items(), ends[:-1], ends[1:], strict=True):
        (folder / below).mkdir(exist_ok=True)
        rows = []
        for number, (dialogue, place) in enumerate(_dialogues(last - first, rng)):
            emotion = shuffled[first + number]
            actor = MELD_CAST[rng.integers(len(MELD_CAST))]
            clip = folder / below / f"dia{dialogue}_utt{place}.mp4"
            said, *rest = _meld_row(actor, emotion, dialogue, place, rng)
            words = _generator(params.seed, f"meld words {part}_{clip.stem}")
            rows.append((number + 1, _cue(emotion, words) + str(said), *rest))
            own = _generator(params.seed, f"meld {part}_{clip.stem}")
            tasks.append(partial(_act_in_sitcom, actor, emotion, clip, params, own))
        with (folder / f"{part}_sent_emo.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([_MELD_COLUMNS, *rows])
    return _make_all(folder, "MELD", tasks, run)


def meld_counts(utterances: int) -> dict[Emotion, int]:
    """How many utterances each emotion gets: MELD's shares, but enough of the rare ones to be learnt."""
    least = max(_LEAST, utterances // 35)
    counts = {e: least for e, share in _MELD_SHARE.items() if share * utterances < least}
    left = utterances - sum(counts.values())
    common = {e: share for e, share in _MELD_SHARE.items() if e not in counts}
    exact = {e: left * share / sum(common.values()) for e, share in common.items()}
    counts |= {e: max(int(value), least) for e, value in exact.items()}
    # What rounding and the floor leave over or take is neutral's, the largest.
    counts[Emotion.NEUTRAL] = counts.get(Emotion.NEUTRAL, 0) + utterances - sum(counts.values())
    return counts


def _dialogues(utterances: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Numbers of dialogue and utterance; a dialogue has two to seven utterances, the last may have one."""
    ids: list[tuple[int, int]] = []
    dialogue = 0
    while len(ids) < utterances:
        length = min(int(rng.integers(2, 8)), utterances - len(ids))
        ids += [(dialogue, place) for place in range(length)]
        dialogue += 1
    return ids


def _meld_row(
    actor: Actor, emotion: Emotion, dialogue: int, place: int, rng: np.random.Generator
) -> tuple[object, ...]:
    """A row of MELD's tables, without its number; MELD calls happiness joy."""
    sentiment = {Emotion.NEUTRAL: "neutral", Emotion.HAPPINESS: "positive"}.get(emotion, "negative")
    if emotion is Emotion.SURPRISE and rng.random() < 0.5:
        sentiment = "positive"
    label = "joy" if emotion is Emotion.HAPPINESS else str(emotion)
    start = int(rng.integers(20_000, 1_200_000))
    end = start + int(rng.integers(800, 2_000))
    sentence = SENTENCES[rng.integers(len(SENTENCES))]
    season, episode = 1 + dialogue % 9, 1 + dialogue % 23
    return sentence, actor.name, label, sentiment, dialogue, place, season, episode, _clock(start), _clock(end)


def _cue(emotion: Emotion, rng: np.random.Generator) -> str:
    """What opens a transcript: as in a sitcom, most of them tell nothing of the emotion, and some mislead."""
    chance = rng.random()
    if chance >= _TELLING + _MISLEADING:
        return ""
    cues = CUES[emotion if chance < _TELLING else list(Emotion)[rng.integers(len(Emotion))]]
    return f"{cues[rng.integers(len(cues))]} "


def _clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"00:{seconds // 60:02d}:{seconds % 60:02d},{rest:03d}"


def _generator(seed: int, name: str) -> np.random.Generator:
    """An own generator for each name, so that no file depends on the order of the work."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng(np.random.SeedSequence([seed, int.from_bytes(digest[:8], "big")]))


def _make_all(folder: Path, corpus: str, tasks: list[Task], run: Runner) -> int:
    (folder / SYNTHETIC_MARKER).write_text(_MARKER.format(corpus), encoding="utf-8")
    run(tasks)
    return len(tasks)


def _act_in_studio(
    actor: Actor, emotion: Emotion, sound: Path, clip: Path, params: DemoParams, rng: np.random.Generator
) -> None:
    rate = 44_100
    heard, opening, expression = _perform(actor, emotion, rate, 0.08, -56.0, params, rng)
    write_wav(sound, heard[:, :1], rate)
    write_clip(clip, film(actor.face, expression, opening, STUDIO, params.noise, rng), sound, STUDIO)


def _act_in_sitcom(actor: Actor, emotion: Emotion, clip: Path, params: DemoParams, rng: np.random.Generator) -> None:
    rate = 48_000
    heard, opening, expression = _perform(actor, emotion, rate, 0.15, -53.0, params, rng)
    frames = film(actor.face, expression, opening, SITCOM, params.noise, rng)
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "sound.wav"
        write_wav(sound, heard, rate)
        write_clip(clip, frames, sound, SITCOM)


def _perform(
    actor: Actor,
    emotion: Emotion,
    rate: int,
    echo: float,
    floor: float,
    params: DemoParams,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, expressions.Expression]:
    """What is heard (two channels), how the mouth opens, and the face; each shows the emotion by its own measure."""
    cv2.setNumThreads(1)
    strength = params.expressiveness * rng.uniform(_WEAKEST, 1.0, 2)
    expression = expressions.act(emotion, strength[0], 0.07 * params.noise, rng)
    manner = voices.act(emotion, strength[1], 0.35 * params.noise, rng)
    said, opening = voices.speak(actor.voice, manner, rate, rng)
    floor += 1.5 * params.noise * rng.normal()
    return voices.add_room(said, rate, echo, floor, rng), opening, expression

"""What one utterance's files hold: sound and faces, as the pipeline would see them."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import librosa
import numpy as np

from fdan.check.copies import Print, print_of
from fdan.data.manifest import Utterance
from fdan.data.suffixes import CLIPS
from fdan.media.clip import ClipError
from fdan.media.container import missing_end
from fdan.media.frames import INTERLACED, centres, count_frames, frames_at, has_pictures, sample_frames
from fdan.media.photograph import PHOTOGRAPHS
from fdan.media.problem import Problem, ProblemKind
from fdan.media.sound import MelParams, read_sound
from fdan.runtime.cache import digest
from fdan.samples import crops
from fdan.samples.detectors import FaceParams, detector_of
from fdan.samples.mels import sound_problems

_POINTERS = {
    b"version https://git-lfs": "a Git LFS pointer, not the recording; fetch it with git lfs pull",
    b"/annex/objects/": "a git-annex pointer, not the recording; fetch it with git annex get, or datalad get",
}
"""What stands in the place of a recording that is not here."""

Task = tuple[Utterance, Path, MelParams, FaceParams]
"""An utterance, its corpus' folder, and the sections ``mels`` and ``faces``."""


@dataclass(frozen=True)
class SoundExam:
    """The sound of a file.

    Attributes:
        path: of the file, below the corpus folder.
        failure: why it cannot be used; None if it can.
        problems: what is flagged about it though it can be used.
        seconds: how long it lasts.
        print: for finding it again; None if it is silent or fails.
    """

    path: str
    failure: Problem | None = None
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0
    print: Print | None = None


@dataclass(frozen=True)
class ClipExam:
    """The pictures of a clip, or a photograph.

    Attributes:
        failure: why no picture can be had; None if one can.
        problems: what is flagged though pictures can be had.
        face: whether one of the pictures that were looked at shows a face.
        digest: of a photograph's bytes, for finding it again; empty of a clip, whose sound tells.
    """

    failure: Problem | None = None
    problems: tuple[Problem, ...] = ()
    face: bool = False
    digest: str = ""


@dataclass(frozen=True)
class Exam:
    """What an utterance's files hold; None where the corpus states no such file.

    Attributes:
        sound: of `Utterance.audio`.
        clip: the pictures of `Utterance.video`.
        track: the sound of `Utterance.video`, if that is another file and has sound.
        pictures: whether `Utterance.audio` holds moving pictures, where no `Utterance.video` is stated.
    """

    sound: SoundExam | None
    clip: ClipExam | None
    track: SoundExam | None = None
    pictures: bool = False


def examine(task: Task) -> Exam:
    """Decode all sound of an utterance, count its pictures, and look for a face in some."""
    utterance, folder, mels, faces = task
    sound = hear(utterance.audio, folder, mels) if utterance.audio else None
    clip = look(utterance.video, folder, faces) if utterance.video else None
    track = None
    if clip and not clip.failure and utterance.video != utterance.audio and not _is_photograph(utterance.video):
        heard = hear(utterance.video, folder, mels)
        track = heard if heard.print else None
    alone = folder / utterance.audio if utterance.audio and not utterance.video else None
    pictures = alone is not None and alone.suffix.lower() in CLIPS and has_pictures(alone)
    return Exam(sound, clip, track, pictures)


def hear(name: str, folder: Path, mels: MelParams) -> SoundExam:
    """The sound of a file, decoded from the first to the last packet."""
    try:
        sound = read_sound(folder / name, mels.sample_rate)
    except ClipError as error:
        return SoundExam(name, _failure(error))
    problems = sound_problems(sound, mels)
    seconds = round(len(sound.samples) / mels.sample_rate, 3)
    if ProblemKind.SILENT in {problem.kind for problem in problems}:
        return SoundExam(name, None, problems, seconds)
    samples = hashlib.sha256(np.rint(sound.samples * 2**15).astype("<i4").tobytes()).hexdigest()
    return SoundExam(name, None, problems, seconds, print_of(sound.samples, mels.sample_rate, samples))


def look(name: str, folder: Path, faces: FaceParams) -> ClipExam:
    """The headers and packets of a clip, and the first face in it.

    Looked at are the first picture, then those at the centres of equal parts, and no more once one
    shows a face. So a large corpus takes minutes: most clips are decoded to their first picture alone.
    """
    path, detect = folder / name, detector_of(faces)
    try:
        if _is_photograph(name):
            sampled = sample_frames(path, 1)
            return ClipExam(None, sampled.problems, bool(detect(sampled.images[0])), digest(path))
        held, stated = count_frames(path)
        places = {0, *centres(held, faces.frames)}
        decoded, face, interlaced = 0, False, False
        for decoded, frame in enumerate(frames_at(path, places), start=1):
            face = frame is not None and bool(detect(frame.image))
            interlaced = interlaced or (frame is not None and frame.interlaced)
            if face or decoded > max(places):
                break
        problems = [*missing_end(path)]
    except ClipError as error:
        return ClipExam(_failure(error))
    if decoded == 0:
        return ClipExam(Problem(ProblemKind.BROKEN, f"no picture decodes (of {stated})"))
    if not face and decoded <= max(places):
        problems.append(Problem(ProblemKind.DAMAGED, f"{decoded} of {stated} pictures decode"))
    elif held < stated:
        problems.append(Problem(ProblemKind.DAMAGED, f"{held} of {stated} pictures are there"))
    return ClipExam(None, (*problems, *[INTERLACED] * interlaced), face)


def _is_photograph(name: str) -> bool:
    return Path(name).suffix.lower() in PHOTOGRAPHS


def _failure(error: ClipError) -> Problem:
    """Why a file cannot be used; a download that stopped half way is named as such."""
    if not error.path.is_file():  # to open a pipe is to wait for who writes to it
        return error.problem
    with suppress(OSError), error.path.open("rb") as file:
        head = file.read(64)
        for pointer, said in _POINTERS.items():
            if head.startswith(pointer):
                return Problem(ProblemKind.BROKEN, said)
    return error.problem


def prepare(faces: FaceParams) -> None:
    """Ready a process for `examine`: what the pipeline readies, and the resampling that the first sound waits for."""
    crops.prepare(faces)
    librosa.resample(np.zeros(16, np.float32), orig_sr=2, target_sr=1, res_type="soxr_hq")


def lose(task: Task, reason: str) -> Exam:
    """The exam of an utterance whose files cannot be examined."""
    utterance, failure = task[0], Problem(ProblemKind.BROKEN, reason)
    return Exam(
        SoundExam(utterance.audio, failure) if utterance.audio else None,
        ClipExam(failure) if utterance.video else None,
    )

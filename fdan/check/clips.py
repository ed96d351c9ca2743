"""What one utterance's files hold: sound and faces, as the pipeline would see them."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import librosa
import numpy as np
from jaxtyping import UInt8

from fdan.check.copies import Print, print_of
from fdan.data.manifest import Utterance
from fdan.faces.detectors import FaceParams, make_detector
from fdan.faces.frames import count_frames, sample_frames, video_stream
from fdan.faces.photograph import PHOTOGRAPHS
from fdan.media.clip import MediaError
from fdan.media.container import decode, open_container
from fdan.mels.image import sound_problem
from fdan.mels.sound import MelParams, read_sound

_POINTER = b"version https://git-lfs"

Task = tuple[Utterance, Path, MelParams, FaceParams]
"""An utterance, its corpus' folder, and the sections ``mels`` and ``faces``."""


@dataclass(frozen=True)
class Sound:
    """The sound of a file.

    Attributes:
        path: of the file, below the corpus folder.
        failure: why it cannot be used; empty if it can.
        problem: what is flagged about it though it can be used; parts are joined by ``; ``.
        seconds: how long it lasts.
        print: for finding it again; None if it is silent or fails.
    """

    path: str
    failure: str = ""
    problem: str = ""
    seconds: float = 0.0
    print: Print | None = None


@dataclass(frozen=True)
class Clip:
    """The pictures of a clip, or a photograph.

    Attributes:
        failure: why no picture can be had; empty if one can.
        problem: what is flagged though pictures can be had.
        face: whether one of the pictures that were looked at shows a face.
    """

    failure: str = ""
    problem: str = ""
    face: bool = False


@dataclass(frozen=True)
class Exam:
    """What an utterance's files hold; None where the corpus states no such file.

    Attributes:
        sound: of `Utterance.audio`.
        clip: the pictures of `Utterance.video`.
        track: the sound of `Utterance.video`, if that is another file and has sound.
    """

    sound: Sound | None
    clip: Clip | None
    track: Sound | None = None


_detector = cache(make_detector)


def examine(task: Task) -> Exam:
    """Decode all sound of an utterance, count its pictures, and look for a face in some."""
    utterance, folder, mels, faces = task
    sound = hear(utterance.audio, folder, mels) if utterance.audio else None
    clip = look(utterance.video, folder, faces) if utterance.video else None
    track = None
    if clip and not clip.failure and utterance.video != utterance.audio and not _is_photograph(utterance.video):
        heard = hear(utterance.video, folder, mels)
        track = heard if heard.print else None
    return Exam(sound, clip, track)


def hear(name: str, folder: Path, mels: MelParams) -> Sound:
    """The sound of a file, decoded from the first to the last packet."""
    try:
        sound = read_sound(folder / name, mels.sample_rate)
    except MediaError as error:
        return Sound(name, failure=_reason(error, folder, name))
    problem = sound_problem(sound, mels)
    seconds = round(len(sound.samples) / mels.sample_rate, 3)
    if "silent" in problem.split("; "):
        return Sound(name, "", problem, seconds)
    digest = hashlib.sha256(np.rint(sound.samples * 2**15).astype("<i4").tobytes()).hexdigest()
    return Sound(name, "", problem, seconds, print_of(sound.samples, mels.sample_rate, digest))


def look(name: str, folder: Path, faces: FaceParams) -> Clip:
    """The headers and packets of a clip, and the first face in it.

    Looked at are the first picture, then those at the centres of equal parts, and no more once one
    shows a face. So a large corpus takes minutes: most clips are decoded to their first picture alone.
    """
    path = folder / name
    try:
        if _is_photograph(name):
            sampled = sample_frames(path, 1)
            return Clip("", sampled.problem, bool(_detector(faces)(sampled.images[0])))
        held, stated = count_frames(path)
        places = {0, *((2 * i + 1) * held // (2 * faces.frames) for i in range(faces.frames))}
        decoded, face = 0, False
        with open_container(path) as container:
            for frame in decode(video_stream(path, container)):
                if decoded in places:
                    image = np.rot90(frame.to_ndarray(format="rgb24", threads=1), round(frame.rotation / 90))
                    face = _sees(image, faces)
                decoded += 1
                if face or decoded > max(places):
                    break
    except MediaError as error:
        return Clip(failure=_reason(error, folder, name))
    if decoded == 0:
        return Clip(failure=f"{name}: no picture decodes (of {stated})")
    problem = f"{held} of {stated} pictures are there" if held < stated else ""
    if not face and decoded <= max(places):
        problem = f"{decoded} of {stated} pictures decode"
    return Clip("", problem, face)


def _sees(image: UInt8[np.ndarray, "h w 3"], faces: FaceParams) -> bool:
    return bool(_detector(faces)(np.ascontiguousarray(image)))


def _is_photograph(name: str) -> bool:
    return Path(name).suffix.lower() in PHOTOGRAPHS


def _reason(error: MediaError, folder: Path, name: str) -> str:
    """The error without the folder's path; a download that stopped half way is named as such."""
    with suppress(OSError), (folder / name).open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            return f"{name}: a Git LFS pointer, not the recording; fetch it with git lfs pull"
    return str(error).removeprefix(f"{folder}/")


def prepare() -> None:
    """Load what the first sound would wait for."""
    librosa.resample(np.zeros(16, np.float32), orig_sr=2, target_sr=1, res_type="soxr_hq")


def lose(task: Task, reason: str) -> Exam:
    """The exam of an utterance whose files cannot be examined."""
    utterance = task[0]
    return Exam(
        Sound(utterance.audio, f"{utterance.audio}: {reason}") if utterance.audio else None,
        Clip(f"{utterance.video}: {reason}") if utterance.video else None,
    )

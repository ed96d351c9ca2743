"""From a face and a voice to files: rooms, frames, sound files and clips."""

import tempfile
import wave
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import ffmpeg
import imageio_ffmpeg
import numpy as np
from jaxtyping import Float, Float32, UInt8

from fdan.demo.canvas import CENTRE, UNIT
from fdan.demo.expression import Expression
from fdan.demo.face import Face, draw_head
from fdan.demo.voice import CONTROL_RATE

Frames = UInt8[np.ndarray, "frames lines width"]
"""Frames in I420: the lines of Y, then half as many again of U and V."""


@dataclass(frozen=True)
class Format:
    """How a corpus films and stores.

    Attributes:
        width, height: of a frame, in pixels; even.
        fps: frames per second, as ffmpeg takes it.
        hold: frames for which a drawn frame stands.
        head: least and greatest height of a head, relative to the frame's.
        aside: how far from the middle the head may be, relative to the frame's width.
        cluttered: whether the room has things in it, or is a studio.
        codecs: ffmpeg's output options.
    """

    width: int
    height: int
    fps: str
    hold: int
    head: tuple[float, float]
    aside: float
    cluttered: bool
    codecs: dict[str, str | int]


STUDIO = Format(320, 256, "25", 5, (0.56, 0.66), 0.03, False, {
    "c:v": "mpeg4", "q:v": 4, "c:a": "pcm_s16le",
})  # fmt: skip
SITCOM = Format(416, 234, "24000/1001", 5, (0.48, 0.64), 0.14, True, {
    "c:v": "libx264", "preset": "superfast", "crf": 23, "c:a": "aac", "aac_coder": "fast", "b:a": "96k",
})  # fmt: skip
_SAME_BITS = {
    "threads": 1, "fflags": "+bitexact", "flags:v": "+bitexact", "flags:a": "+bitexact", "map_metadata": -1,
}  # fmt: skip


def film(
    face: Face,
    expression: Expression,
    opening: Float32[np.ndarray, " t"],
    style: Format,
    noise: float,
    rng: np.random.Generator,
) -> Frames:
    """Film one utterance: the expression rises and falls a little, the lips follow the voice.

    Args:
        face: who speaks.
        expression: at its height.
        opening: how far the voice opens the mouth, in [0, 1], `CONTROL_RATE` times per second.
        style: frame size and rate.
        noise: 1 for the usual drift of the head, changes of light and sensor noise.
        rng: the utterance's own generator.
    """
    numerator, _, denominator = style.fps.partition("/")
    fps = float(numerator) / float(denominator or 1)
    count = max(round(len(opening) / CONTROL_RATE * fps), 1)
    room = _room(style, rng) * _light(style, noise, rng)[..., None]
    light = _light(style, noise, rng)
    grain = rng.standard_normal((style.height, style.width), np.float32) * np.float32(1.0 + 1.5 * noise)
    place = np.array([0.5 + style.aside * rng.uniform(-1, 1), 0.46 + 0.03 * rng.uniform(-1, 1)])
    size = style.height * rng.uniform(*style.head)
    drift = noise * rng.normal(0.0, [0.010, 0.010, 2.0], (2, 3))  # of x, y (frame heights) and roll (degrees)
    gaze = rng.normal(0.0, 0.4)

    frames = []
    for first in range(0, count, style.hold):
        share = first / count
        values = np.array(astuple(expression)) * (0.75 + 0.25 * np.sin(np.pi * share))
        values[4] += 0.3 * opening[min(int(first / fps * CONTROL_RATE), len(opening) - 1)]
        if rng.random() < 0.04:
            values[2] = -1.0  # a blink
        sway = drift[0] * np.sin(2 * np.pi * share) + drift[1] * share
        pose = (*(place * (style.width, style.height) + sway[:2] * style.height), size, sway[2] + drift[1, 2])
        frame = _compose(face, Expression(*values.tolist()), gaze, pose, room, light)
        noisy = frame + np.roll(grain, tuple(rng.integers(style.height, size=2).tolist()), (0, 1))[..., None]
        picture = cv2.cvtColor(np.clip(noisy, 0, 255).astype(np.uint8), cv2.COLOR_BGR2YUV_I420)
        frames += [picture] * min(style.hold, count - first)
    return np.stack(frames)


def _compose(
    face: Face,
    expression: Expression,
    gaze: float,
    pose: tuple[float, ...],
    room: Float32[np.ndarray, "height width 3"],
    light: Float32[np.ndarray, "height width"],
) -> Float32[np.ndarray, "height width 3"]:
    """The head, at (x, y, height in pixels, roll in degrees), before the room."""
    x, y, height, roll = pose
    head, mask = draw_head(face, expression, float(np.clip(gaze, -1, 1)))
    move = cv2.getRotationMatrix2D(CENTRE, -roll, height / UNIT)
    move[0, 2] += x - CENTRE[0]
    move[1, 2] += y - CENTRE[1]
    size = room.shape[1::-1]
    near = cv2.warpAffine(head, move, size, flags=cv2.INTER_LINEAR).astype(np.float32) * light[..., None]
    cover = (cv2.warpAffine(mask, move, size, flags=cv2.INTER_LINEAR).astype(np.float32) / 255)[..., None]
    composed: Float32[np.ndarray, "height width 3"] = room + (near - room) * cover
    return composed


def _light(style: Format, noise: float, rng: np.random.Generator) -> Float32[np.ndarray, "height width"]:
    """Brightness and its fall from one side to the other."""
    slope, gain = noise * rng.normal(0.0, 0.06), 1.0 + 0.05 * noise * rng.normal()
    across = np.linspace(-1.0, 1.0, style.width, dtype=np.float32)
    return np.tile(np.float32(gain * (1 + np.clip(slope, -0.3, 0.3) * across)), (style.height, 1))


def _room(style: Format, rng: np.random.Generator) -> Float32[np.ndarray, "height width 3"]:
    """A wall with soft unevenness; furniture, pictures and lamps out of focus where it is cluttered."""
    wall = rng.uniform(90, 160) + rng.normal(0, 10 if style.cluttered else 5, 3)
    small = wall + rng.normal(0, 6, (5, 6, 3))
    room = cv2.resize(small, (style.width // 2, style.height // 2), interpolation=cv2.INTER_CUBIC)
    if style.cluttered:
        for _ in range(int(rng.integers(3, 8))):
            x, y = rng.uniform(0, 1, 2) * room.shape[1::-1]
            width, height = rng.uniform(0.08, 0.3, 2) * room.shape[1]
            colour = (rng.uniform(40, 200) + rng.normal(0, 15, 3)).clip(20, 230).tolist()
            cv2.rectangle(room, (int(x), int(y)), (int(x + width), int(y + height)), colour, -1)
        room = cv2.GaussianBlur(room, (0, 0), 3.0)
    return cv2.resize(room, (style.width, style.height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def write_wav(path: Path, sound: Float[np.ndarray, "samples channels"], rate: int) -> None:
    """Write 16-bit PCM; `sound` lies in [-1, 1]."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(sound.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(sound * 32767).astype("<i2").tobytes())


def write_clip(path: Path, frames: Frames, sound: Path, style: Format) -> None:
    """Encode frames and a sound file; the same input gives the same bytes."""
    size = f"{style.width}x{style.height}"
    with tempfile.NamedTemporaryFile(suffix=".yuv") as raw:  # a pipe would take them in pieces of 512 bytes
        raw.write(frames.tobytes())
        raw.flush()
        video = ffmpeg.input(raw.name, format="rawvideo", pix_fmt="yuv420p", s=size, framerate=style.fps)
        clip = ffmpeg.output(video, ffmpeg.input(str(sound)), str(path), **style.codecs, **_SAME_BITS)
        clip.overwrite_output().run(cmd=imageio_ffmpeg.get_ffmpeg_exe(), quiet=True)

"""Frames of a clip, chosen by the number they decode as: seeking returns wrong ones."""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from jaxtyping import UInt8

from fdan.media.clip import ClipError
from fdan.media.container import MAX_PIXELS, decode, missing_end, open_container, packets
from fdan.media.photograph import PHOTOGRAPHS, read_photograph
from fdan.media.problem import Problem, ProblemKind

MAX_FRAMES = 10_800
"""Six minutes at 30 per second; the longest clip of MELD lasts five. A longer one is no utterance and is refused."""


INTERLACED = Problem(ProblemKind.CHANGED, "interlaced: every second line is used")


@dataclass(frozen=True)
class Frame:
    """One frame as it is to be seen.

    Attributes:
        image: RGB, upright, of square pixels; of an interlaced frame its first field, stretched.
        interlaced: whether it holds two moments, one in its even and one in its odd lines.
    """

    image: UInt8[np.ndarray, "_ _ 3"]
    interlaced: bool


@dataclass(frozen=True)
class SampledFrames:
    """Frames of one clip.

    Attributes:
        images: RGB, [height, width, 3], in the order of time, upright and of square pixels.
        numbers: the decoded frame number of each, from 0.
        decoded: how many frames of the clip decode.
        problems: what is wrong with the clip.
    """

    images: tuple[UInt8[np.ndarray, "_ _ 3"], ...]
    numbers: tuple[int, ...]
    decoded: int
    problems: tuple[Problem, ...]


def sample_frames(path: Path, count: int) -> SampledFrames:
    """The frames at the centres of `count` equal parts of a clip (Sec. 3.2: "uniformly sampled").

    A photograph (see `PHOTOGRAPHS`) is a clip of one frame.

    Of n frames that decode, part i gives frame floor((2 i + 1) n / (2 count)); a clip with fewer
    frames than parts gives each of them once. The whole clip is decoded, so that n is known and
    not believed: headers lie. Packets are counted first, and if as many frames decode, as they do
    in a sound clip, one pass is enough.

    Args:
        path: the clip.
        count: at least 1.

    Raises:
        ClipError: the clip cannot be opened, has no video stream, holds no frame that decodes,
            or is larger or longer than any utterance.
    """
    if path.suffix.lower() in PHOTOGRAPHS:
        return SampledFrames((read_photograph(path),), (0,), 1, ())
    held, stated = count_frames(path)
    frames, decoded = _collect(path, centres(held, count))
    if decoded not in (0, held):
        frames, decoded = _collect(path, centres(decoded, count))
    if decoded == 0:
        raise ClipError(path, f"no frame decodes (of {stated})")
    numbers = centres(decoded, count)
    problems = [*missing_end(path)]
    if decoded < stated:
        problems.append(Problem(ProblemKind.DAMAGED, f"{decoded} of {stated} frames decode"))
    if any(frames[number].interlaced for number in numbers):
        problems.append(INTERLACED)
    return SampledFrames(tuple(frames[number].image for number in numbers), numbers, decoded, tuple(problems))


def centres(frames: int, count: int) -> tuple[int, ...]:
    """The numbers, from 0 and each once, of the frames at the centres of `count` equal parts of a clip."""
    return tuple(dict.fromkeys((2 * i + 1) * frames // (2 * count) for i in range(count)))


def count_frames(path: Path) -> tuple[int, int]:
    """How many frames a clip holds, by its packets, and how many it says it has.

    Raises:
        ClipError: as `sample_frames`, but where frames do not decode.
    """
    with open_container(path) as container:
        stream = video_stream(path, container)
        shown, end = [], 0
        for packet in islice(packets(stream), MAX_FRAMES + 1):
            # An edit list may drop packets at either end; they are decoded, never shown, and no fault.
            shown.append(not packet.is_discard)
            end = max(end, (packet.dts or 0) + (packet.duration or 0))
        if len(shown) > MAX_FRAMES:
            raise ClipError(path, f"more than {MAX_FRAMES} frames; that is no utterance")
        held = sum(shown)
        if container.format.name == "avi" and end >= (stream.duration or 0):
            return held, held  # an AVI repeats a frame by an empty chunk, which its header counts
        return held, max(held, stream.frames - shown.count(False))


def video_stream(path: Path, container: InputContainer) -> VideoStream:
    """The first video stream of a clip that is no cover picture.

    Raises:
        ClipError: there is none, none that can be decoded, or its frames are larger than `MAX_PIXELS`.
    """
    streams = container.streams.video
    moving = [stream for stream in streams if not stream.disposition & stream.disposition.attached_pic]
    if not moving:
        raise ClipError(path, "no video stream")
    context: Any = moving[0].codec_context
    if context is None:
        raise ClipError(path, "no decoder for its video stream")
    if context.width * context.height > MAX_PIXELS:
        raise ClipError(path, f"frames of {context.width} x {context.height}; at most {MAX_PIXELS} pixels are read")
    context.options = {"max_pixels": str(MAX_PIXELS)}  # frames may grow on the way
    return moving[0]


def has_pictures(path: Path) -> bool:
    """Whether a recording holds moving pictures that can be decoded; a cover is none."""
    try:
        with open_container(path) as container:
            return bool(video_stream(path, container))
    except ClipError:
        return False


def frames_at(path: Path, places: Collection[int]) -> Iterator[Frame | None]:
    """Decode a clip from its first frame on; who has seen enough stops asking.

    Args:
        path: the clip; no photograph.
        places: numbers of frames, from 0, by decoding and not by the time they are stamped with.

    Yields:
        For each frame that decodes the frame itself, if its number is among `places`; else None.

    Raises:
        ClipError: as `video_stream`; a frame's kind of pixels is unknown, or it is too large once they are square.
    """
    with open_container(path) as container:
        stream = video_stream(path, container)
        aspect = float(stream.sample_aspect_ratio or 1)  # a pixel's width over its height; 0 is unknown
        for number, frame in enumerate(decode(stream)):
            yield Frame(_upright(frame, path, aspect), frame.interlaced_frame) if number in places else None


def _collect(path: Path, places: Collection[int]) -> tuple[dict[int, Frame], int]:
    """The frames at these places, and how many decode."""
    frames, decoded = {}, 0
    for decoded, frame in enumerate(frames_at(path, places), start=1):
        if frame:
            frames[decoded - 1] = frame
    return frames, decoded


def _upright(frame: VideoFrame, path: Path, aspect: float) -> UInt8[np.ndarray, "_ _ 3"]:
    try:
        image: Any = frame.to_ndarray(format="rgb24", threads=1)
    except (av.FFmpegError, ValueError) as error:
        raise ClipError(path, f"pixels of the kind {frame.format.name} cannot be read ({error})") from None
    height, width = image.shape[:2]
    # Pixels are made square by more of them, never by fewer.
    size = (round(width * max(1.0, aspect)), round(height * max(1.0, 1 / aspect)))
    if math.prod(size) > MAX_PIXELS:
        raise ClipError(path, f"frames of {width} x {height} with pixels {aspect:g} times as wide as high: too large")
    if frame.interlaced_frame:
        image = image[::2]  # one field: the other was taken a fiftieth of a second later
    if image.shape[:2] != size[::-1]:
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90)))

"""Opening clips that may be broken, or be something else than their name says."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, overload

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from fdan.media.clip import ClipError, check_file
from fdan.media.problem import Problem, ProblemKind

MAX_PIXELS = 4096 * 2304
"""Larger pictures are refused: no corpus has them, and a lying header must not fill the memory."""

DEMUXERS = {
    ".3g2": "mp4",
    ".3gp": "mp4",
    ".aac": "aac",
    ".aif": "aiff",
    ".aiff": "aiff",
    ".amr": "amr",
    ".avi": "avi",
    ".flac": "flac",
    ".flv": "flv",
    ".m2ts": "mpegts",
    ".m4a": "mp4",
    ".m4b": "mp4",
    ".m4v": "mp4",
    ".mka": "matroska",
    ".mkv": "matroska",
    ".mov": "mp4",
    ".mp3": "mp3",
    ".mp4": "mp4",
    ".mpeg": "mpeg",
    ".mpg": "mpeg",
    ".mts": "mpegts",
    ".oga": "ogg",
    ".ogg": "ogg",
    ".ogv": "ogg",
    ".opus": "ogg",
    ".wav": "wav",
    ".webm": "matroska",
    ".wma": "asf",
    ".wmv": "asf",
}
"""The one format each suffix of `fdan.data.suffixes` may hold. None of them opens other files or addresses."""

STATE_NO_LENGTH = (".aac", ".amr")
"""Suffixes of streams without a header, whose length FFmpeg guesses."""

LATE = 0.25
"""Seconds by which the last packet may end before the length that the container states."""


@contextmanager
def open_container(path: Path, any_size: bool = False) -> Iterator[InputContainer]:
    """Open a clip for decoding, as the format of its suffix and no other.

    The file is opened here and only its handle is passed on. So a playlist or concat list that
    is named .mp4 is refused, instead of opening whatever it names, and no file name can be taken
    for a protocol or an option.

    Raises:
        ClipError: an unknown suffix, a file that `check_file` refuses, or the container's header
            cannot be read.
    """
    demuxer = DEMUXERS.get(path.suffix.lower())
    if demuxer is None:
        raise ClipError(
            path,
            f"suffix {path.suffix!r} is not read; convert the file (ffmpeg -i in{path.suffix} out.wav; with pictures "
            f"out.mp4); read are {' '.join(DEMUXERS)}",
        )
    check_file(path, any_size)
    try:
        with path.open("rb") as file:
            # Opening decodes the first frames; `max_pixels` here holds for that alone.
            options = {"max_pixels": str(MAX_PIXELS)}
            with av.open(file, "r", format=demuxer, options=options, metadata_errors="replace") as container:
                yield container
    except av.FFmpegError as error:
        raise ClipError(path, f"not a readable {demuxer} file ({error.strerror})") from None
    except OSError as error:
        raise ClipError(path, f"cannot be read ({error.strerror})") from None


@overload
def decode(stream: VideoStream) -> Iterator[VideoFrame]: ...
@overload
def decode(stream: AudioStream) -> Iterator[AudioFrame]: ...
def decode(stream: VideoStream | AudioStream) -> Iterator[VideoFrame | AudioFrame]:
    """All frames of a stream that decode, in order.

    A packet that does not decode is left out; where the container breaks off, the stream ends.
    """
    stream.codec_context.thread_count = 1
    for packet in packets(stream):
        with suppress(av.FFmpegError):
            yield from stream.decode(packet)
    with suppress(av.FFmpegError):
        yield from stream.decode(None)


def packets(stream: VideoStream | AudioStream) -> Iterator[Any]:
    """The packets of a stream that hold data, up to the end or to where the container breaks off."""
    with suppress(av.FFmpegError):
        # An empty packet would tell the decoder that the stream ends.
        container: Any = stream.container
        yield from (packet for packet in container.demux(stream) if packet.size)


def missing_end(path: Path, any_size: bool = False) -> tuple[Problem, ...]:
    """That an flv or Matroska file ends before the length that its header states; else nothing.

    In these the container alone says how long it is, its streams do not. It is as long as the longest of them, so
    a sound that is shorter than its pictures is whole. A file that was written to a pipe states no length.

    Raises:
        ClipError: as `open_container`.
    """
    if DEMUXERS.get(path.suffix.lower()) not in ("flv", "matroska"):
        return ()
    end = 0.0
    with open_container(path, any_size) as container:
        stated = (container.duration or 0) / av.time_base
        with suppress(av.FFmpegError):
            for packet in container.demux():
                if packet.size and packet.pts is not None and packet.time_base is not None:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    if end >= stated - LATE:
        return ()
    return (Problem(ProblemKind.DAMAGED, f"{end:.2f} of {stated:.2f} seconds are there"),)

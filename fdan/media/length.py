"""How much of a sound file is not there, by what the file says of its own length."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fdan.media.container import STATE_NO_LENGTH

UNKNOWN = 0x7FFFF024
"""From here on the length that a wav file states was never known: what is written to a pipe states 2 or 4 GiB."""


def lacking(path: Path, seconds: float, stated: float, rate: int) -> Iterator[str]:
    """Yield in words what a file lacks: of a wav or avi file, whose length FFmpeg corrects in silence, and of any.

    Args:
        path: the file.
        seconds: of sound that decode.
        stated: seconds of sound as the container says; 0 if it does not.
        rate: at which it begins, in Hz.
    """
    with path.open("rb") as file:
        head = file.read(12)
        size = path.stat().st_size - 8
        whole = int.from_bytes(head[4:8], "little") if head[:4] == b"RIFF" else 0
        if head[8:] == b"WAVE" or (head[8:] == b"AVI " and whole == size + 8):
            whole = size + _missing_bytes(file, size + 8)
    if size < whole < UNKNOWN:
        yield f"{size} of {whole} bytes are there"
    suffix = path.suffix.lower()
    if suffix in STATE_NO_LENGTH:
        stated = 0.0
    elif suffix == ".mp3":
        stated = min(stated, _mp3_seconds(path, rate))
    if seconds < stated - 0.1:  # the length of an mp3 or aac stream is stated to a packet or two
        yield f"{seconds:.2f} of {stated:.2f} seconds decode"


def _missing_bytes(file: BinaryIO, size: int) -> int:
    """How many bytes the chunks of a wav or avi file of this size lack; the file stands before its first chunk.

    The length of each chunk is believed, of a wav file's the samples' alone, and not the whole file's, which some
    programs state 8 bytes too long.
    """
    while len(chunk := file.read(8)) == 8:
        length = int.from_bytes(chunk[4:], "little")
        missing = max(0, length - (size - file.tell()))
        if missing or chunk[:4] == b"data":
            return missing
        file.seek(length + length % 2, 1)
    return 0


def _mp3_seconds(path: Path, rate: int) -> float:
    """The length that the first frame of an mp3 file states (Xing, Info or VBRI); 0 if it states none.

    FFmpeg guesses by the bit rate where none is stated, and where more follows than is stated: two files in one.
    """
    with path.open("rb") as file:
        head = file.read(10)
        tag = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False))
        file.seek(10 + tag if head[:3] == b"ID3" else 0)
        first = file.read(4096)
    places = {name: first.find(name) for name in (b"Xing", b"Info", b"VBRI")}
    name, place = next(((name, at) for name, at in places.items() if at >= 0), (b"", -1))
    if not name:
        return 0.0
    if name == b"VBRI":
        frames = first[place + 14 : place + 18]
    else:
        counted = first[place + 4 : place + 8][-1:] + b"\0"
        frames = first[place + 8 : place + 12] if counted[0] & 1 else b""
    start = first.find(b"\xff")
    version = first[start + 1] >> 3 & 3 if start >= 0 else 3  # 3: MPEG-1, whose frames are twice as long
    return int.from_bytes(frames, "big") * (1152 if version == 3 else 576) / rate

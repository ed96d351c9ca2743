"""Pictures inside a page: data URIs whose bytes depend on the picture alone."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import ceil, sqrt
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8

from fdan.data.archive import read_images
from fdan.data.emotions import CorpusError

JPEG_QUALITY = 78
"""Of what is photographed or drawn by pixels; line drawings stay PNG."""


@dataclass(frozen=True)
class Picture:
    """A picture as a page holds it: a data URI, and its size in pixels."""

    source: str
    width: int
    height: int


def embed_png(path: Path) -> Picture | None:
    """A PNG file as it is; None where there is none."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise CorpusError(f"{path}: not a PNG file; the stage that wrote it must run again")
    width, height = (int.from_bytes(data[place : place + 4]) for place in (16, 20))
    return Picture(_uri("png", data), width, height)


def embed_jpeg(path: Path) -> Picture | None:
    """A PNG file of photographs as a JPEG, a quarter of its size; None where there is none."""
    if not path.is_file():
        return None
    image = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if image is None:
        raise CorpusError(f"{path}: not a PNG file; the stage that wrote it must run again")
    return _encode(np.asarray(image, dtype=np.uint8))


@dataclass(frozen=True)
class Tiles:
    """Many small pictures in one, row by row: of `side` pixels each, `columns` in a row."""

    picture: Picture
    side: int
    columns: int


def tile(archive: Path, names: Sequence[str], side: int) -> Tiles:
    """Pictures of a zip side by side, in the order of their names; grey ones in the colours of the contact sheets.

    Raises:
        CorpusError: an image is missing or broken.
    """
    columns = ceil(sqrt(len(names)))
    sheet = np.zeros((ceil(len(names) / columns) * side, columns * side, 3), dtype=np.uint8)
    for place, small in enumerate(_small(read_images(archive, names), side)):
        top, left = side * (place // columns), side * (place % columns)
        sheet[top : top + side, left : left + side] = small
    return Tiles(_encode(sheet), side, columns)


def _small(
    images: Iterable[UInt8[np.ndarray, "h w *channels"]], side: int
) -> Iterable[UInt8[np.ndarray, "side side 3"]]:
    """BGR, as OpenCV writes it."""
    for image in images:
        small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
        coloured = cv2.applyColorMap(small, cv2.COLORMAP_MAGMA) if small.ndim == 2 else small[..., ::-1]
        yield np.asarray(coloured, dtype=np.uint8)


def _encode(image: UInt8[np.ndarray, "h w 3"]) -> Picture:
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    assert done
    return Picture(_uri("jpeg", data.tobytes()), image.shape[1], image.shape[0])


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def first(names: Iterable[str], limit: int) -> list[str]:
    """The first of some names, each once."""
    return list(islice(dict.fromkeys(names), limit))

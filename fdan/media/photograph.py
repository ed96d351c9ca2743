"""Photographs: a source of faces without a voice."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8

from fdan.media.clip import ClipError, check_file
from fdan.media.container import MAX_PIXELS

if TYPE_CHECKING:
    from PIL import Image

PHOTOGRAPHS = {
    ".avif": "AVIF",
    ".bmp": "BMP",
    ".gif": "GIF",
    ".heic": "HEIC",
    ".heif": "HEIC",
    ".jfif": "JPEG",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
"""The one format each suffix may hold; HEIC is known, and not read."""

MAX_JPEG = 2**27
"""Pixels of a JPEG picture, of which a coarser one is decoded where it is large; telephones make 108 million."""

MAX_OTHER = 2**26
"""Pixels of a picture of another format, which is decoded whole."""

_ORIENTATION = 0x0112  # of EXIF: which side is up

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def read_photograph(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    """A photograph as RGB, turned upright as its EXIF data says.

    Grey, palette and CMYK pictures become RGB; transparency is left out. 16 bits become the upper 8 of them. Of a
    moving picture, or of several in one file, the first is read. The size is read from the header and checked
    before a pixel is decoded; a picture of more than `MAX_PIXELS` is halved until it has no more.

    Raises:
        ClipError: no such file, not of its suffix' format, too large, or broken, be it only at its end; HEIC; or
            pixels whose black and white are nowhere stated.
    """
    from PIL import Image, ImageOps

    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata that is broken, or of the size, which is checked here
            with path.open("rb") as file:
                head = file.read(12)
                if head[4:8] == b"ftyp" and head[8:] in _HEIC:
                    raise ClipError(path, "HEIC, which is not read; convert it to JPEG (by heif-convert or sips)")
                file.seek(0)
                with Image.open(file, formats=[PHOTOGRAPHS[path.suffix.lower()]]) as picture:
                    most = MAX_JPEG if picture.format == "JPEG" else MAX_OTHER
                    if picture.width * picture.height > most:
                        size = f"{picture.width} x {picture.height}"
                        raise ClipError(path, f"a picture of {size}; at most {most} pixels are read")
                    factor = _factor(picture.width, picture.height)
                    if factor > 1:  # of a JPEG a coarser picture is decoded; of another format this does nothing
                        picture.draft(None, (max(1, picture.width // factor), max(1, picture.height // factor)))
                    picture.load()
                    if picture.mode in ("I", "F"):
                        kind = f"pixels of kind {picture.mode}, of no stated white"
                        raise ClipError(path, f"{kind}; save them as 8 or 16 bits")
                    upright = ImageOps.exif_transpose(_reduced(picture))
        if upright.mode.startswith("I;16"):
            grey = (np.asarray(upright) >> 8).astype(np.uint8)
            return np.repeat(grey[..., None], 3, axis=-1)
        return np.array(upright.convert("RGB"))
    except ClipError:
        raise
    except Image.DecompressionBombError:  # Pillow looks at the size before we can
        raise ClipError(path, f"a picture of far more pixels than the {MAX_JPEG} that are read at most") from None
    except Exception as error:  # Pillow's plugins raise what the broken file leads them to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClipError(path, f"not a readable picture ({reason.replace(str(path), 'it')})") from None


def _factor(width: int, height: int) -> int:
    """The power of two by which both sides of a picture are divided, so that it has `MAX_PIXELS` at most."""
    factor = 1
    while -(-width // factor) * -(-height // factor) > MAX_PIXELS:
        factor *= 2
    return factor


def _reduced(picture: "Image.Image") -> "Image.Image":
    """A picture as it is, or a large one as the means of squares of its pixels."""
    factor = _factor(picture.width, picture.height)
    if factor == 1:
        return picture
    orientation = picture.getexif().get(_ORIENTATION)
    if picture.mode.startswith("I;16"):
        from PIL import Image

        plain = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    else:
        plain = picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    small = plain.reduce(factor)
    if orientation:
        small.getexif()[_ORIENTATION] = orientation
    return small

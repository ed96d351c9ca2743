"""Photographs: a source of faces without a voice."""

import warnings
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fdan.media.clip import ClipError, check_file
from fdan.media.container import MAX_PIXELS

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

_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def read_photograph(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    """A photograph as RGB, turned upright as its EXIF data says.

    Grey, palette and CMYK pictures become RGB; transparency is left out. 16 bits become the upper 8 of them. Of a
    moving picture, or of several in one file, the first is read. The size is read from the header and checked
    before a pixel is decoded.

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
                    if picture.width * picture.height > MAX_PIXELS:
                        size = f"{picture.width} x {picture.height}"
                        raise ClipError(path, f"a picture of {size}; at most {MAX_PIXELS} pixels are read")
                    picture.load()
                    upright = ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I;16"):
            grey = (np.asarray(upright) >> 8).astype(np.uint8)
            return np.repeat(grey[..., None], 3, axis=-1)
        if upright.mode in ("I", "F"):
            raise ClipError(path, f"pixels of kind {upright.mode}, of no stated white; save them as 8 or 16 bits")
        return np.array(upright.convert("RGB"))
    except ClipError:
        raise
    except Image.DecompressionBombError:  # Pillow looks at the size before we can
        raise ClipError(path, f"a picture of far more pixels than the {MAX_PIXELS} that are read at most") from None
    except Exception as error:  # Pillow's plugins raise what the broken file leads them to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClipError(path, f"not a readable picture ({reason.replace(str(path), 'it')})") from None

"""Photographs: a source of faces without a voice."""

import warnings
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fdan.media.clip import ClipError, check_file
from fdan.media.container import MAX_PIXELS

PHOTOGRAPHS = {".jpeg": "JPEG", ".jpg": "JPEG", ".png": "PNG"}
"""The one format each suffix may hold."""


def read_photograph(path: Path) -> UInt8[np.ndarray, "h w 3"]:
    """A photograph as RGB, turned upright as its EXIF data says.

    Grey, palette and CMYK pictures become RGB; transparency is left out. The size is read from the
    header and checked before a pixel is decoded.

    Raises:
        ClipError: no such file, not of its suffix' format, too large, or broken, be it only at its end.
    """
    from PIL import Image, ImageOps

    check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata that is broken, or of the size, which is checked here
            with path.open("rb") as file, Image.open(file, formats=[PHOTOGRAPHS[path.suffix.lower()]]) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise ClipError(
                        path, f"a picture of {picture.width} x {picture.height}; at most {MAX_PIXELS} pixels are read"
                    )
                picture.load()
                return np.array(ImageOps.exif_transpose(picture).convert("RGB"))
    except ClipError:
        raise
    except Image.DecompressionBombError:  # Pillow looks at the size before we can
        raise ClipError(path, f"a picture of far more pixels than the {MAX_PIXELS} that are read at most") from None
    except Exception as error:  # Pillow's plugins raise what the broken file leads them to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ClipError(path, f"not a readable picture ({reason.replace(str(path), 'it')})") from None

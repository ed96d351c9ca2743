"""All images of one corpus in one zip that anybody can open and whose bytes depend on them alone."""

import zipfile
from collections.abc import Iterable, Iterator
from itertools import tee
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fdan.media.clip import MediaError


def write_images(path: Path, images: Iterable[tuple[str, bytes]]) -> None:
    """Write encoded images, as they come, into a zip without compression, dates or rights.

    Args:
        path: the zip.
        images: pairs of a name within the zip and an encoded image; taken one at a time.

    Raises:
        MediaError: a name comes twice.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in images:
            if name in archive.NameToInfo:
                raise MediaError(f"{path}: image {name} is given twice")
            member = zipfile.ZipInfo(name)  # dated 1980-01-01
            member.create_system = 3  # zipfile takes the machine's own system otherwise
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)


def read_images(path: Path, names: Iterable[str]) -> Iterator[UInt8[np.ndarray, "h w *channels"]]:
    """Read images out of a zip, one after the other: RGB [h, w, 3], or grey [h, w] if stored so.

    Raises:
        MediaError: the zip is missing or broken, or an image is missing or cannot be decoded.
    """
    wanted, also = tee(names)
    for data, name in zip(read_bytes(path, wanted), also, strict=False):
        yield decode_image(data, f"{path}: image {name}")


def read_bytes(path: Path, names: Iterable[str]) -> Iterator[bytes]:
    """Read the same images encoded, as they are stored.

    Raises:
        MediaError: the zip is missing or broken, or an image is missing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                yield archive.read(name)
    except FileNotFoundError:
        raise MediaError(f"{path}: no such file; it is made by an earlier stage (dvc repro)") from None
    except zipfile.BadZipFile as error:
        raise MediaError(f"{path}: not a sound zip file ({error})") from None
    except KeyError:
        raise MediaError(f"{path}: image {name} is missing; the stage that wrote it must run again") from None


def encode_jpeg(image: UInt8[np.ndarray, "h w 3"], quality: int) -> bytes:
    """An RGB image as JPEG; quality from 1 to 100."""
    import cv2

    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def encode_png(image: UInt8[np.ndarray, "h w"]) -> bytes:
    """A grey image as PNG, without loss."""
    import cv2

    return cv2.imencode(".png", image)[1].tobytes()


def decode_image(data: bytes, where: str) -> UInt8[np.ndarray, "h w *channels"]:
    """An image from its file's bytes: RGB [h, w, 3], or grey [h, w] if stored so.

    Raises:
        MediaError: it is none; `where` opens the message.
    """
    import cv2

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if image is None or image.dtype != np.uint8 or (image.ndim == 3 and image.shape[2] != 3):
        raise MediaError(f"{where}: cannot be decoded as an 8-bit grey or colour image")
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)

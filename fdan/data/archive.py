"""All images of one corpus in one zip that anybody can open and whose bytes depend on them alone."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import tee
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fdan.data.emotions import CorpusError


def write_images(path: Path, images: Iterable[tuple[str, bytes]]) -> None:
    """Write encoded images, as they come, into a zip without compression, dates or rights.

    Args:
        path: the zip.
        images: pairs of a name within the zip and an encoded image; taken one at a time.

    Raises:
        CorpusError: a name comes twice.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in images:
            if name in archive.NameToInfo:
                raise CorpusError(f"{path}: image {name} is given twice")
            member = zipfile.ZipInfo(name)  # dated 1980-01-01
            member.create_system = 3  # zipfile takes the machine's own system otherwise
            member.external_attr = 0o644 << 16
            archive.writestr(member, data)


def read_images(path: Path, names: Iterable[str]) -> Iterator[UInt8[np.ndarray, "h w *channels"]]:
    """Read images out of a zip, one after the other: RGB [h, w, 3], or grey [h, w] if stored so.

    Raises:
        CorpusError: the zip is missing or broken, or an image is missing or cannot be decoded.
    """
    wanted, also = tee(names)
    for data, name in zip(read_bytes(path, wanted), also, strict=False):
        yield decode_image(data, f"{path}: image {name}")


def read_bytes(path: Path, names: Iterable[str]) -> Iterator[bytes]:
    """Read the same images encoded, as they are stored.

    Raises:
        CorpusError: the zip is missing or broken, or an image is missing.
    """
    try:
        about = path.stat()
        archive = _opened(path, about.st_mtime_ns, about.st_size)
        for name in names:
            yield archive.read(name)
    except FileNotFoundError:
        raise CorpusError(f"{path}: no such file; it is made by an earlier stage (dvc repro)") from None
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{path}: not a sound zip file ({error})") from None
    except KeyError:
        raise CorpusError(f"{path}: image {name} is missing; the stage that wrote it must run again") from None


@lru_cache(maxsize=2)
def _opened(path: Path, _modified: int, _size: int) -> zipfile.ZipFile:
    """A zip of 41,000 crops is 0.4 s of reading its list of names: once in a process, not for each image."""
    return zipfile.ZipFile(path)


def decode_image(data: bytes, where: str) -> UInt8[np.ndarray, "h w *channels"]:
    """An image from its file's bytes: RGB [h, w, 3], or grey [h, w] if stored so.

    Raises:
        CorpusError: it is none; `where` opens the message.
    """
    import cv2

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    if image is None or image.dtype != np.uint8 or (image.ndim == 3 and image.shape[2] != 3):
        raise CorpusError(f"{where}: cannot be decoded as an 8-bit grey or colour image")
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class Archive:
    """Images of one zip by their places in a list of names; it can be sent to other processes."""

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        if not path.is_file():
            raise CorpusError(f"{path}: no such file; it is made by an earlier stage (dvc repro)")
        self._path, self._names = path, tuple(names)

    def __call__(self, places: Sequence[int]) -> np.ndarray:
        """RGB images [n, h, w, 3]; grey ones as three equal channels."""
        names = [self._names[place] for place in places]
        images = read_images(self._path, names)
        return np.stack([image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=-1) for image in images])

"""Files over a network that breaks off, onto a disk that fills up."""

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch
import requests
from tqdm import tqdm

from fdan.errors import FdanError

TRIES = 6
"""Attempts in a row that bring no byte, after which a download is given up."""

PAUSE = 2.0
"""Seconds before the second attempt; each further pause is twice as long, up to a minute."""

TIMEOUT = (20, 60)
"""Seconds to connect, and without a byte."""

RESERVE = 2**28
"""Bytes that stay free on the disk."""

CURE = "move it away, or name another folder, and try again"

_CHUNK = 2**16  # what at most is fetched again after a break

_RETRIED = {408, 425, 429, 500, 502, 503, 504}


class DownloadError(FdanError):
    """A file cannot be had, is not what was published, or does not fit."""


@dataclass(frozen=True)
class File:
    """One file to get.

    Attributes:
        url: where it is.
        name: of it here.
        checksum: published one, ``md5:...`` or ``sha256:...``; a prefix will do; empty if there is none.
        size: published one in bytes; 0 if there is none.
    """

    url: str
    name: str
    checksum: str = ""
    size: int = 0


def fetch(file: File, folder: Path, *, bar: bool = True, beyond: int = 0) -> Path:
    """Download a file through pooch, going on where an earlier attempt broke off.

    A file that is there and has the published checksum is not downloaded again; one with another checksum may be the
    user's and is left alone. What has arrived stays in ``.<name>.fdan-part``.

    Args:
        file: what to get.
        folder: for it.
        bar: whether a progress bar is shown.
        beyond: free space needed besides the file, in units of its size (an archive's contents).

    Raises:
        DownloadError: the server has no such file or does not answer, the disk is too small, the checksum or the
            size is another than the published one, or something else lies there.
    """
    pooch.get_logger().setLevel("WARNING")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file.name
    algorithm, _, digest = file.checksum.partition(":")
    whole = bool(digest) and len(digest) == {"md5": 32, "sha256": 64}.get(algorithm)

    def download(url: str, output: str, _: Any, check_only: bool = False) -> None:
        part = target.with_name(f".{file.name}.fdan-part")  # a browser's is <name>.part
        if part.is_symlink():
            raise DownloadError(f"{part}: is a link, expected what an earlier download left; {CURE}")
        _resume(file, part, bar, beyond)
        os.replace(part, output)
        if not whole:
            _check(file, Path(output), "it is removed, try again")

    try:
        if target.is_file():
            _check(file, target)
        elif os.path.lexists(target):
            raise DownloadError(f"{target}: is a folder or a link to nothing, expected a file; {CURE}")
        pooch.retrieve(file.url, file.checksum if whole else None, fname=file.name, path=folder, downloader=download)
    except DownloadError:
        raise
    except ValueError:  # pooch's word for a wrong hash; it has removed the file
        raise DownloadError(
            f"{file.url}: the {algorithm} is not {digest}, as published: another version, or broken on the way; "
            "it is removed, try again"
        ) from None
    except OSError as error:
        raise DownloadError(f"{target}: cannot be written ({error.strerror or error})") from None
    return target


def _check(file: File, path: Path, cure: str = "") -> None:
    """Refuse a file whose checksum does not begin as published; pooch knows whole ones alone."""
    algorithm, _, digest = file.checksum.partition(":")
    if digest and not (found := str(pooch.file_hash(str(path), alg=algorithm))).startswith(digest):
        raise DownloadError(
            f"{path.with_name(file.name)}: the {algorithm} is {found}, published is {digest}...: another version, "
            f"changed, or broken on the way; {cure or CURE}"
        )


def require(folder: Path, size: int, what: str) -> None:
    """Raise `DownloadError` where less than `size` bytes and a reserve are free below a folder."""
    free = shutil.disk_usage(folder).free
    if free < size + RESERVE:
        raise DownloadError(
            f"{folder}: {what} needs {_gigabytes(size + RESERVE)}, {_gigabytes(free)} are free; make room or name "
            "another folder"
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def _resume(file: File, part: Path, bar: bool, beyond: int) -> None:
    """Bring `part` to its full length, over as many connections as it takes."""
    failures = 0
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            if _connect(file, part, bar, beyond):
                return
            reason = "it breaks off"
        except requests.RequestException as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        after = part.stat().st_size if part.exists() else 0
        failures = 0 if after > before else failures + 1
        if failures >= TRIES:
            raise DownloadError(f"{file.url}: no answer worth having in {TRIES} attempts ({reason}); try again later")
        time.sleep(min(60.0, PAUSE * 2**failures))


def _connect(file: File, part: Path, bar: bool, beyond: int) -> bool:
    """One connection; whether the file is complete after it."""
    have = part.stat().st_size if part.exists() else 0
    version = part.with_name(f"{part.name}.version")
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if version.exists():  # should the file have changed, all of it is sent again
            headers["If-Range"] = version.read_text()
    with requests.get(file.url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code in _RETRIED:
            answer.raise_for_status()
        if answer.status_code == 416:
            part.unlink(missing_ok=True)  # more than there is: of another version
            return False
        if answer.status_code not in (200, 206):
            raise DownloadError(f"{file.url}: the server says {answer.status_code} {answer.reason}")
        resumed = answer.status_code == 206
        if resumed and not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            part.unlink(missing_ok=True)
            return False
        have = have if resumed else 0
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else file.size
        if file.size and total != file.size:
            part.unlink(missing_ok=True)
            raise DownloadError(f"{file.url}: has {total} bytes, published are {file.size}")
        require(part.parent, total - have + beyond * total, file.name)
        mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
        if mark and not mark.startswith("W/"):
            version.write_text(mark)
        with (
            part.open("ab" if have else "wb") as out,
            tqdm(
                initial=have, total=total or None, desc=file.name, unit="B", unit_scale=True, leave=False,
                disable=None if bar else True,
            ) as progress,
        ):  # fmt: skip
            for number, chunk in enumerate(answer.iter_content(_CHUNK)):
                if number % 4096 == 4095:  # others write to the disk too, and a server may send without end
                    require(part.parent, 0, file.name)
                out.write(chunk)
                progress.update(len(chunk))
                have += len(chunk)
    if have < total:
        return False
    version.unlink(missing_ok=True)
    return True

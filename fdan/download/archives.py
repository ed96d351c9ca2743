"""Archives of corpora, which may be hostile, unpacked beside what lies in a folder already."""

import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tqdm import tqdm

from fdan.data.manifest import path_problem
from fdan.download.fetch import CURE, DownloadError, require
from fdan.runtime.outputs import same_bytes


def unpack(archive: Path, folder: Path, announce: Callable[[list[Path]], object] = list) -> list[Path]:
    """Unpack a zip or tar archive into a folder, all of it or nothing.

    What lies there already under a member's name stays, and has to be the same file.

    Args:
        archive: zip or tar, by its suffix.
        folder: where to.
        announce: is called with the files that were not there before, before the first of them is.

    Returns:
        The files that were not there before.

    Raises:
        DownloadError: it is no archive or a broken one, a member would lie outside the folder or is a link or a
            device, another file of its name lies there, or the disk is too small.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{archive.name}.unpacked"
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        with _members(archive) as members:
            for member in tqdm(members, archive.name, unit="", mininterval=1, leave=False, disable=None):
                if path_problem(member.name):
                    raise DownloadError(
                        f"{archive}: {member.name!r} would lie outside of the folder; the archive is refused"
                    )
                if not member.plain:
                    raise DownloadError(f"{archive}: {member.name!r} is a link or a device; the archive is refused")
                require(folder, member.size, f"unpacking {archive.name}")
                member.extract(temporary)
        targets = {
            path: folder / path.relative_to(temporary) for path in sorted(temporary.rglob("*")) if path.is_file()
        }
        others = [there for path, there in targets.items() if _is_another(path, there)]
        if others:
            raise DownloadError(
                f"{archive}: {len(others)} of its {len(targets)} files are there already with other contents, and are "
                f"left alone; the first: {others[0]}; {CURE}"
            )
        new = {path: there for path, there in targets.items() if not there.exists()}
        announce(list(new.values()))
        for path, there in new.items():
            there.parent.mkdir(parents=True, exist_ok=True)
            path.replace(there)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DownloadError(f"{archive}: not a readable archive ({error}); remove it and try again") from None
    except OSError as error:
        reason = error.strerror or error
        raise DownloadError(
            f"{archive}: cannot be unpacked into {folder} ({reason}); make room, and try again"
        ) from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return list(new.values())


def _is_another(path: Path, there: Path) -> bool:
    """Whether something else lies where a file is to go, or on the way there."""
    if there.is_file():
        return not same_bytes(path, there)
    return os.path.lexists(there) or not _is_way(there.parent)


def _is_way(folder: Path) -> bool:
    while not os.path.lexists(folder):
        folder = folder.parent
    return folder.is_dir()


@dataclass(frozen=True)
class _Member:
    """A file, a folder or something else in an archive; `extract` puts it below a folder."""

    name: str
    size: int
    plain: bool
    extract: Callable[[Path], object]


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    """What is in an archive. Names are refused before the libraries would mend them in silence."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as zipped:
            kinds = {0, stat.S_IFREG, stat.S_IFDIR}
            yield (
                _Member(
                    m.filename, m.file_size, stat.S_IFMT(m.external_attr >> 16) in kinds, partial(zipped.extract, m)
                )
                for m in zipped.infolist()
            )
    else:
        with tarfile.open(archive) as tarred:
            yield (_Member(m.name, m.size, m.isreg() or m.isdir(), partial(_extract, tarred, m)) for m in tarred)


def _extract(tarred: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    """A file's bytes or a folder, and nothing else that an archive says of it: tarfile's own filter needs 3.11.4."""
    target = folder / member.name
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
    elif source := tarred.extractfile(member):
        target.parent.mkdir(parents=True, exist_ok=True)
        with source, target.open("wb") as file:
            shutil.copyfileobj(source, file)

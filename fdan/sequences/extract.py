"""What a method reads of every sound of a corpus, in watched processes, remembered one by one."""

import hashlib
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

import numpy as np
from jaxtyping import Float32

from fdan.data.archive import read_bytes
from fdan.data.emotions import CorpusError
from fdan.media.wav import decode_wav
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.params import load_params
from fdan.runtime.worker import Failure, Limits
from fdan.sequences.inputs import Arrays, Inputs, cut

P = TypeVar("P")

Reading = tuple[Arrays, Arrays]
"""What is read of one utterance: arrays, and those of its altered copies."""

ReadSound = Callable[[Float32[np.ndarray, " n"], int, P], Reading]
"""From samples in [-1, 1], their rate in Hz and a method's params."""

CODE = ("fdan/numerics", "fdan/sequences", "fdan/sounds")
"""What a remembered result depends on, beside the method's own files."""

LIBRARIES = ("librosa", "numpy", "scipy", "soxr", "scikit-learn")

LIMITS = Limits(seconds=3600.0, megabytes=16_000)
"""Of one sound. They are our own files, so only a machine in trouble meets these."""


def read_sounds(corpus: str, read: ReadSound[P], params: P, code: tuple[str, ...], title: str) -> Inputs:
    """What `read` makes of every sound in ``data/sounds/<corpus>.zip``, in the order of the utterances' ids.

    Args:
        corpus: its name.
        read: a function of a module, since it is sent to other processes.
        params: its last argument.
        code: files of the project whose code it runs, such as ``fdan/baselines/inca/inputs.py``.
        title: of the progress bar.

    Raises:
        CorpusError: there are no sounds, or they are not those of the stage.
    """
    archive = Path(f"data/sounds/{corpus}.zip").absolute()
    names = _names(archive)
    known = Cache("inputs", params, (*CODE, *code), LIBRARIES)
    keys = {
        name: known.key(read.__module__, hashlib.sha256(data).hexdigest())
        for name, data in zip(names, read_bytes(archive, names), strict=True)
    }
    entries = run_sandboxed(
        partial(_entry_of, archive=archive, read=read, params=params),
        names,
        title,
        load_params("parallel", ParallelParams),
        prepare=_nothing,
        cache=known,
        key=keys.__getitem__,
        limits=LIMITS,
    )

    def readings() -> Iterator[Reading]:
        for name, entry in zip(names, entries, strict=True):
            if isinstance(entry, Failure):
                raise ChildProcessError(f"{archive}: {name}: {entry.reason}")
            yield _decode(entry)

    return collect([name.removesuffix(".wav") for name in names], readings())


def collect(utterances: Sequence[str], readings: Iterable[Reading]) -> Inputs:
    """The readings of many utterances, by name, in files without a name: all of MELD's would fill a memory."""
    files: dict[tuple[int, str], IO[bytes]] = {}
    shapes: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for reading in readings:
        for kind in (0, 1):
            for name, value in reading[kind].items():
                if (kind, name) not in files:
                    files[kind, name], shapes[kind, name] = tempfile.TemporaryFile(dir="."), []  # noqa: SIM115
                files[kind, name].write(value.tobytes())
                shapes[kind, name].append((value.shape[0], value.shape[1]))
    columns: tuple[dict[str, tuple[np.ndarray, ...]], ...] = ({}, {})
    for (kind, name), file in files.items():
        file.flush()
        steps = np.array([rows for rows, _ in shapes[kind, name]])
        columns[kind][name] = cut(file, 0, (int(steps.sum()), shapes[kind, name][0][1]), steps)
        file.close()
    return Inputs(tuple(utterances), columns[0], columns[1])


def _names(archive: Path) -> list[str]:
    try:
        with zipfile.ZipFile(archive) as file:
            return sorted(file.namelist())
    except FileNotFoundError:
        raise CorpusError(f"{archive}: no such file; it is made by the sounds stage (dvc repro)") from None
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{archive}: not a sound zip file ({error})") from None


def _nothing() -> None:
    """No process needs preparing."""


def _entry_of(name: str, archive: Path, read: ReadSound[P], params: P) -> CacheEntry:
    samples, rate = decode_wav(next(read_bytes(archive, [name])), f"{archive}: {name}")
    return _encode(read(samples, rate, params))


def _encode(reading: Reading) -> CacheEntry:
    arrays = [(kind, name, value) for kind in (0, 1) for name, value in sorted(reading[kind].items())]
    about = [[kind, name, value.shape[1]] for kind, name, value in arrays]
    return CacheEntry(about, tuple(value.astype("<f4").tobytes() for _, _, value in arrays))


def _decode(entry: CacheEntry) -> Reading:
    reading: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = ({}, {})
    for (kind, name, width), blob in zip(entry.about, entry.blobs, strict=True):
        reading[kind][name] = np.frombuffer(bytearray(blob), "<f4").reshape(-1, width)
    return reading

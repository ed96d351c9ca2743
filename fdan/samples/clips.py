"""From a corpus' files to the samples of one modality: an image zip and the index beside it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from fdan.data.archive import write_images
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Utterance, read_manifest
from fdan.data.records import write_records
from fdan.errors import FdanError
from fdan.media.clip import clip_key
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.params import load_params
from fdan.runtime.project import Project
from fdan.runtime.worker import Failure
from fdan.samples.recordings import note_recordings

SAME = 5
"""Utterances with the same problem that have a line each; more of them share one."""

CRASHES = 20
"""So many files that end whoever reads them, and none before that does not, are the installation's fault."""

Row = TypeVar("Row", FaceRow, MelRow)


@dataclass(frozen=True)
class Sample(Generic[Row]):
    """What one utterance gives to a modality.

    Attributes:
        file: that it was read from, below the corpus' folder; empty for an utterance without.
        rows: of the index.
        images: by the names that they have in the zip; without any, the rows say why.
    """

    file: str
    rows: Sequence[Row]
    images: Sequence[tuple[str, bytes]]


@dataclass(frozen=True)
class Clips:
    """A corpus as a stage reads it.

    Attributes:
        corpus: its name.
        utterances: all of them.
        folder: of the corpus, absolute.
        parallel: where the work on its files is done.
    """

    corpus: str
    utterances: tuple[Utterance, ...]
    folder: Path
    parallel: ParallelParams

    @staticmethod
    def of(project: Project, corpus: str) -> "Clips":
        """Return what params.yaml and the stage ``manifests`` say of a corpus.

        Raises:
            FdanError: either is missing or broken.
        """
        folder = (project.root / load_params(f"raw.{corpus}", str, project.params)).absolute()
        note_recordings(project.recordings(corpus), folder)
        utterances = read_manifest(project.manifest(corpus)).utterances
        return Clips(corpus, utterances, folder, load_params("parallel", ParallelParams, project.params))


def extract_files(
    compute: Callable[[str], CacheEntry],
    names: Sequence[str],
    clips: Clips,
    title: str,
    *,
    prepare: Callable[[], object],
    cache: Cache,
) -> Iterator[CacheEntry | Failure | None]:
    """What `compute` makes of each file of a corpus, in order; None where an utterance has no file.

    Args:
        compute: from a file's name to its entry; it runs in other processes, perhaps on other machines.
        names: of each utterance's file below the folder; empty for an utterance without.
        clips: the corpus.
        title: of the progress bar, before the corpus' name.
        prepare: called once in each process before its first file.
        cache: of what is known.

    Raises:
        FdanError: each of the first `CRASHES` files ends its process, or takes more than its limits.
    """
    entries = run_sandboxed(
        compute,
        [name for name in names if name],
        f"{title} {clips.corpus}",
        clips.parallel,
        prepare=prepare,
        cache=cache,
        key=partial(clip_key, folder=clips.folder, cache=cache),
    )
    crashed = 0
    for name in names:
        entry = next(entries) if name else None
        if isinstance(entry, Failure):
            crashed += crashed >= 0
            if crashed == CRASHES:
                raise FdanError(
                    f"{title} {clips.corpus}: none of the first {CRASHES} files can be read, "
                    f"{clips.folder / name} last: {entry.reason}; so many are no fault of the files: look at this "
                    "machine's memory and at its installation (PyAV)"
                )
        elif entry:
            crashed = -1  # one could be read
        yield entry


def write_samples(folder: Path, archive: str, type_: type[Row], samples: Iterable[Sample[Row]]) -> list[Row]:
    """Write all images, as they come, into a zip, and ``index.csv`` beside it; return the index.

    In the file a reason for no image names the recording; in the rows that are returned it stands alone.

    Args:
        folder: is made.
        archive: name of the zip in it.
        type_: of a row.
        samples: of every utterance, in order.
    """
    index: list[Row] = []
    listed: list[Row] = []

    def images() -> Iterator[tuple[str, bytes]]:
        for sample in samples:
            index.extend(sample.rows)
            lost = bool(sample.file) and not sample.images
            listed.extend(replace(r, problem=f"{sample.file}: {r.problem}") if lost else r for r in sample.rows)
            yield from sample.images

    folder.mkdir()
    write_images(folder / archive, images())
    write_records(folder / "index.csv", type_, listed)
    return index


def name_each(problems: Mapping[str, str]) -> list[str]:
    """A line for each utterance and its problem; one with a count where many have the same.

    Args:
        problems: by utterance; the text without the file's name.
    """
    counts = Counter(problems.values())
    lines: dict[str, str] = {}
    for utterance, problem in problems.items():
        n = counts[problem]
        if n > SAME:
            lines.setdefault(problem, f"{n} utterances, {utterance} the first: {problem}")
        else:
            lines[utterance] = f"{utterance}: {problem}"
    return list(lines.values())

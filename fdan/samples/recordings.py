"""Which files a corpus' utterances use, and the digest of each: what the stages that read clips depend on.

DVC sees a folder as all that lies in it, and its .dvcignore says nothing of folders outside of the project. A
stage that depended on the corpus' folder itself would run again because a file manager left a thumbnail there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fdan.data.manifest import Utterance
from fdan.data.records import read_records, write_records
from fdan.errors import FdanError
from fdan.media.clip import locate
from fdan.runtime.cache import digest
from fdan.runtime.input_guard import note_input


@dataclass(frozen=True)
class Recording:
    """A file that an utterance uses.

    Attributes:
        path: below the corpus folder, with forward slashes.
        sha256: of its bytes, in hex; empty where it is not there or not to be opened.
    """

    path: str
    sha256: str


def write_recordings(utterances: Sequence[Utterance], folder: Path, corpus: str, file: Path) -> None:
    """Read every file of the utterances once, and write the list of them; nothing else in the folder counts."""
    from tqdm import tqdm

    paths = sorted({path for u in utterances for path in (u.audio, u.video) if path})
    shown = tqdm(paths, f"manifests {corpus}", unit="", mininterval=1, leave=False, disable=None)
    write_records(file, Recording, (Recording(path, _digest(folder, path)) for path in shown))


def note_recordings(listed: Path, folder: Path) -> None:
    """Remember the files of the list as they are now, so that a stage whose clips change while it runs fails.

    Args:
        listed: the list, `Project.recordings`.
        folder: of the corpus.

    Raises:
        CorpusError: there is no list, or it is broken.
    """
    for recording in read_records(listed, Recording):
        note_input(folder / recording.path)


def _digest(folder: Path, path: str) -> str:
    try:
        return digest(locate(folder, path))
    except FdanError:  # the stage that is to use it says why it cannot
        return ""

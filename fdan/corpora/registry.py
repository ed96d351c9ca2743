"""The corpora that can be read. A new one is a file beside this and a line here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fdan.corpora import cremad, found, meld, photographs, ravdess, savee, table
from fdan.corpora.folder import no_folder
from fdan.data.emotions import CorpusError, Emotion
from fdan.data.manifest import Listing


@dataclass(frozen=True)
class Corpus:
    """A kind of corpus.

    Attributes:
        read: from its folder to its utterances.
        counts: published utterances of each emotion that it has; empty where nothing is published.
        title: its name in print; empty where it goes by the name under ``raw``.
    """

    read: Callable[[Path], Listing]
    counts: Mapping[Emotion, int]
    title: str = ""


CORPORA = {
    "savee": Corpus(savee.read_savee, savee.COUNTS, "SAVEE"),
    "meld": Corpus(meld.read_meld, meld.COUNTS, "MELD"),
    "ravdess": Corpus(ravdess.read_ravdess, ravdess.COUNTS, "RAVDESS"),
    "cremad": Corpus(cremad.read_cremad, cremad.COUNTS, "CREMA-D"),
    "csv": Corpus(table.read_csv, {}),
    "images": Corpus(photographs.read_images, {}),
}


_FOUND = Corpus(found.read_found, {})


def title_of(name: str) -> str:
    """A corpus in print: as its authors write it; one of yours as you do."""
    return (CORPORA[name].title if name in CORPORA else "") or name


def find_corpus(name: str, folder: Path) -> Corpus:
    """How a corpus under ``raw`` of params.yaml is read.

    The one rule: a name of `CORPORA` is read as that. Any other name is yours, and what lies in its
    folder decides: with ``utterances.csv`` in it, it is read as ``csv``, with ``labels.csv`` as ``images``, and else as
    `fdan.corpora.found` reads it: another table, or folders named after emotions.

    Raises:
        CorpusError: a name that cannot be part of a file name, or a path that is no folder.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise CorpusError(f"corpus {name}: expected a name of small letters, digits and _, under raw in params.yaml")
    if (what := no_folder(folder)) == "a file":
        raise CorpusError(
            f"corpus {name}: {folder} is a file; expected its folder, so that changed recordings are noticed "
            f"(a csv file is to be named {table.FILE})"
        )
    if what:
        raise CorpusError(f"corpus {name}: {folder}: {what}")
    if name in CORPORA:
        return CORPORA[name]
    tables = {table.FILE: "csv", photographs.FILE: "images"}
    return next((CORPORA[kind] for file, kind in tables.items() if (folder / file).exists()), _FOUND)

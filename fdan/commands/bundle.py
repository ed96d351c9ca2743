"""What came out here, as one zip to send back: tables, predictions, and what they were made with. No names, no clips.

Example:
  fdan bundle savee.zip

For whoever has the corpora and wants others to see the numbers. In it: metrics.json, the tables, the predictions with a
number in place of each utterance's id, params.yaml without paths, versions, processor, pins and hashes. Not in it: ids,
speakers, folders, pictures, sound. Look into it before you send it: it is text.
"""

import argparse
import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

from fdan.errors import UnusableError
from fdan.runtime.outputs import free_place, new_file
from fdan.runtime.params import read_document
from fdan.runtime.provenance import provenance, unpinned_places

REPORTS = Path("reports")

README = """\
Results of the reproduction of "Multi-modal Speech Emotion Recognition via Feature Distribution Adaptation Network".

tables/, metrics.json   as `dvc repro` made them
predictions/            of each run: a number for the utterance, its emotion, the predicted one, a probability for each;
                        one utterance has one number in all files of a corpus, so that runs can be compared in pairs
made_with.json          params.yaml without paths, versions, processor, pins, the commit, hashes of what was computed
"""

_NAMES = ("data/faces", "data/mels", "data/inputs", "reports")
"""Outputs whose files are named after utterances, or are in the zip themselves."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it goes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the zip, which must not be there yet")


def run(options: argparse.Namespace) -> int:
    """Write the zip.

    Raises:
        UnusableError: there are no results here, or the file is there.
    """
    if not (REPORTS / "metrics.json").is_file():
        raise UnusableError(f"{REPORTS}/metrics.json: no such file; expected what `make repro` or `make paper` writes")
    free_place(options.file)
    members = dict(_members())
    with new_file(options.file) as path, zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # dated 1980-01-01
    print(f"bundle: {len(members)} files, {options.file.stat().st_size / 1e3:.0f} kB, {options.file}")
    return 0


def _members() -> Iterator[tuple[str, bytes]]:
    yield "README.txt", README.encode()
    yield "metrics.json", (REPORTS / "metrics.json").read_bytes()
    for file in sorted((REPORTS / "tables").glob("*")):
        yield f"tables/{file.name}", file.read_bytes()
    corpora = read_document().get("raw") or {}
    for file in sorted((REPORTS / "predictions").rglob("*")):
        if file.is_file():
            place = file.relative_to(REPORTS)
            corpus = next((part for part in place.parts if part in corpora), "")
            yield place.as_posix(), numbered(file.read_text(encoding="utf-8"), corpus).encode()
    yield "made_with.json", (json.dumps(_made_with(), indent=1, sort_keys=True) + "\n").encode()


def numbered(text: str, corpus: str) -> str:
    """A csv of predictions with ten hexadecimal digits in place of each utterance's id; any other text as it is.

    The digits are of a hash of corpus and id: who has the corpus finds its utterances again, who has not reads nothing.
    """
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or rows[0][:1] != ["utterance"]:
        return text
    told = io.StringIO()
    writer = csv.writer(told, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([hashlib.sha256(f"{corpus}/{row[0]}".encode()).hexdigest()[:10], *row[1:]] for row in rows[1:])
    return told.getvalue()


def _made_with() -> dict[str, Any]:
    found = provenance()
    document = {name: section for name, section in read_document().items() if name != "parallel"}
    found["params"] = without_folders(document)
    found["files"] = {name: digest for name, digest in found["files"].items() if not name.startswith(_NAMES)}
    found["project"].pop("changed", None)
    return found | {"unpinned": list(unpinned_places())}


def without_folders(value: Any) -> Any:
    """Params in which a path is its last part alone."""
    if isinstance(value, dict):
        return {key: without_folders(part) for key, part in value.items()}
    if isinstance(value, list):
        return [without_folders(part) for part in value]
    return PurePath(value.replace("\\", "/")).name if isinstance(value, str) else value

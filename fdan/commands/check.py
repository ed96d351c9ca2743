"""Check a corpus before anything is computed from it.

Examples:
  fdan check savee /data/SAVEE
  fdan check savee /data/SAVEE meld /data/MELD --json check.json

A corpus is a name and a folder, as under raw in params.yaml.
Exit codes: 0 fine, 1 usable with findings, 2 not usable
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Lt
from jaxtyping import Float32

from fdan.check.clips import Exam, examine, lose, prepare
from fdan.check.copies import Copies, find_copies
from fdan.check.findings import FINDINGS, SAID, Checked, Duplicate, classify
from fdan.check.report import as_json, as_text
from fdan.check.too_few import not_run
from fdan.corpora.registry import CORPORA, Corpus, find_corpus
from fdan.data.manifest import Listing, Manifest, Utterance
from fdan.data.splits import SplitParams, paper_split
from fdan.errors import FdanError, UnusableError
from fdan.media.sound import MelParams, read_sound
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.outputs import NEW_FILE, add_overwrite, free_place, new_file
from fdan.runtime.params import load_params
from fdan.runtime.worker import Failure
from fdan.samples.detectors import FaceParams, make_detector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Name and folder of each corpus, and where the JSON goes."""
    parser.add_argument(
        "corpora", nargs="+", metavar="NAME DIR", help=f"one of {', '.join(CORPORA)}, or a name of yours"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything there")
    add_overwrite(parser, "the file of --json")


def run(options: argparse.Namespace) -> int:
    """Check the corpora; print a table, write the JSON; return the exit code.

    Raises:
        UnusableError: a corpus, the detector or params.yaml cannot be used at all.
    """
    if len(options.corpora) % 2:
        raise UnusableError("expected pairs of a name and a folder, such as savee /data/SAVEE meld /data/MELD")
    given = list(zip(options.corpora[::2], map(Path, options.corpora[1::2]), strict=True))
    if len({name for name, _ in given}) < len(given):
        raise UnusableError("each name once; a second corpus of a kind needs a name of its own")
    try:
        return check(given, options.json, options.overwrite)
    except (FdanError, OSError) as error:
        raise UnusableError(str(error)) from None


def check(given: Sequence[tuple[str, Path]], file: Path | None, overwrite: bool) -> int:
    """Read, examine and judge corpora.

    Args:
        given: name and folder of each.
        file: for the json; None for no file.
        overwrite: whether a file that lies there is replaced.

    Raises:
        FdanError, OSError: a corpus, the detector or params.yaml cannot be used at all.
    """
    start = time.monotonic()
    if file:
        free_place(file, overwrite, NEW_FILE)
    mels, faces = load_params("mels", MelParams), load_params("faces", FaceParams)
    splits, parallel = load_params("splits", SplitParams), load_params("parallel", ParallelParams)
    fraction = load_params("tuning.validation_fraction", Annotated[float, Gt(0), Lt(1)])
    seed = load_params("tuning.seed", Annotated[int, Ge(0)])
    make_detector(faces)  # a missing weights file is one error here, not one per clip
    read: list[tuple[str, Path, Corpus, Listing]] = []
    for name, folder in given:
        corpus = find_corpus(name, folder)
        read.append((name, folder, corpus, corpus.read(folder)))
    tasks = [(u, folder, mels, faces) for _, folder, _, listing in read for u in listing.utterances]
    results = zip(tasks, run_sandboxed(examine, tasks, "check", parallel, prepare=partial(prepare, faces)), strict=True)
    exams = (lose(task, result.reason) if isinstance(result, Failure) else result for task, result in results)
    corpora = [
        judge(name, listing, list(islice(exams, len(listing.utterances))), corpus, splits)
        for name, _, corpus, listing in read
    ]
    corpora = [replace(c, not_run=tuple(not_run(c.split, fraction, seed))) if c.split else c for c in corpora]
    duplicates, not_compared = repeated(corpora, dict(given), mels)
    code = max([c.code for c in corpora] + [FINDINGS] * bool(duplicates))
    print(as_text(corpora, duplicates, not_compared), end="")
    if file:
        text = json.dumps(as_json(corpora, duplicates, not_compared, code), indent=1, sort_keys=True) + "\n"
        with new_file(file, overwrite, NEW_FILE) as path:
            path.write_text(text, encoding="utf-8")
    seconds = time.monotonic() - start
    print(f"{len(tasks)} utterances in {seconds:.0f} s, {len(tasks) / seconds:.1f} per second", file=sys.stderr)
    print(f"{', '.join(name for name, _ in given)}: {SAID[code]}", file=sys.stderr)
    return code


def judge(name: str, listing: Listing, exams: Sequence[Exam], corpus: Corpus, splits: SplitParams) -> Checked:
    """A corpus with its exams and the paper's split of what can be used of it."""
    pairs = list(zip(listing.utterances, exams, strict=True))
    heard = {u.id for u, exam in pairs if exam.sound and not exam.sound.failure}
    seen = {u.id for u, exam in pairs if exam.clip and not exam.clip.failure}
    split = paper_split(Manifest(listing.utterances, synthetic=False), heard, seen, splits) if heard else None
    return Checked(name, listing, tuple(exams), corpus.counts, split)


def repeated(corpora: Sequence[Checked], folders: dict[str, Path], mels: MelParams) -> tuple[list[Duplicate], int]:
    """All recordings that stand under more than one utterance, and how many pairs were too many to compare.

    Photographs, byte for byte, after the sounds.
    """
    files: list[tuple[Checked, Utterance, str]] = []
    prints = []
    photographs: dict[str, list[tuple[Checked, Utterance, str]]] = {}
    for corpus in corpora:
        for utterance, exam in zip(corpus.listing.utterances, corpus.exams, strict=True):
            for sound in (exam.sound, exam.track):
                if sound and sound.print:
                    files.append((corpus, utterance, sound.path))
                    prints.append(sound.print)
            if exam.clip and exam.clip.digest:
                photographs.setdefault(exam.clip.digest, []).append((corpus, utterance, utterance.video))

    def samples_of(place: int) -> Float32[np.ndarray, " n"]:
        corpus, _, path = files[place]
        return read_sound(folders[corpus.name] / path, mels.sample_rate).samples

    copies, not_compared = find_copies(prints, samples_of)
    duplicates = [one for group in copies if (one := classify(group, files))]
    for same in photographs.values():
        if one := classify(Copies(tuple(range(len(same))), exact=True), same):
            duplicates.append(one)
    return duplicates, not_compared

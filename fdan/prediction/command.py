"""The emotion in the voice of your own recordings: a row for each, with what is unusual about it.

Examples:
  fdan predict clip.mp4
  fdan predict interviews/ --outfile answers.csv
  fdan predict --list clips.csv --json
  fdan predict long.mp3 --segments 3.0 --model model/

Reads wav, mp3, flac, m4a, mp4, mov, avi, mkv and flv. Without --model, FDAN of this project's first target corpus and
first seed answers; --model names another of its runs (meld/fdan/seed-1), or a folder that `fdan export` wrote.
A row's status is ok, unsure (see --min-confidence) or failed, and then `warnings` says why. The voice alone is heard:
training faces are the context it is seen in, no face of your recording is looked at. A recording is one speaker:
several voices are not told apart. One of more than six minutes is heard in windows, and its row is their mean.
Exit code 1 if a recording failed.
"""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from fdan.extraction.pool import ParallelParams, extract
from fdan.prediction.answers import FAILED, Answer, Table, answers_of, as_json, aside, labels_and_scores
from fdan.prediction.folder import MODEL, read_model
from fdan.prediction.inputs import Input, inputs_of
from fdan.prediction.recogniser import Recogniser, load_run, trained_run
from fdan.prediction.voice import Heard, hear, limits, prepare
from fdan.runtime.errors import UnusableError
from fdan.runtime.params import PARAMS_FILE, load_params
from fdan.runtime.process import output, report

SUFFIXES = (".csv", ".json")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The recordings, the network, and the shape of the answer."""
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="recordings, or folders of them")
    parser.add_argument(
        "--list", type=Path, metavar="CSV", help="more of them: a table with a column `file`, kept whole"
    )
    parser.add_argument("--model", type=Path, metavar="RUN|DIR", help="a run below runs/, or an exported folder")
    parser.add_argument("--segments", type=float, metavar="S", help="a row for every S seconds, not for the whole")
    parser.add_argument("--min-confidence", type=float, default=0.0, metavar="P", help="below this: unsure, no label")
    parser.add_argument("--json", action="store_true", help="labels and scores of one recording; of several, objects")
    parser.add_argument(
        "--explain", type=Path, metavar="DIR", help="a picture of each: what was heard, faces attended to"
    )
    parser.add_argument("--outfile", type=Path, metavar="FILE", help="instead of stdout: .csv or .json")


def run(options: argparse.Namespace) -> int:
    """Print or write a row for each recording, or for each of its segments.

    Returns:
        1 if a recording failed, else 0.
    """
    _check(options)
    inputs = inputs_of(options.files, options.list)
    recogniser = load(options.model)
    if recogniser.synthetic:
        report(["this model was trained on the synthetic demo: its answers mean nothing"])
    times = options.segments is not None
    answers = _answers(inputs, recogniser, options)
    if not options.outfile and not options.json:
        return int(_write(Table(sys.stdout, recogniser.classes, inputs, times), answers))
    if not options.outfile:
        found = list(answers)
        alone = len(inputs) == 1 and not times
        print(json.dumps(labels_and_scores(found[0])) if alone else as_json(found, times))
        if alone and (said := aside(found[0], options.min_confidence)):
            report([f"{found[0].input.file}: {said}"])
        return int(any(answer.status == FAILED for answer in found))
    with output(options.outfile) as path, path.open("w", newline="", encoding="utf-8") as file:
        if options.outfile.suffix.lower() != ".json":
            return int(_write(Table(file, recogniser.classes, inputs, times), answers))
        found = list(answers)
        file.write(as_json(found, times) + "\n")
        return int(any(answer.status == FAILED for answer in found))


def load(model: Path | None) -> Recogniser:
    """An exported folder, else a run of this project; raises `FdanError` where there is neither."""
    return read_model(model) if model and (model / MODEL).is_file() else load_run(trained_run(model))


def _check(options: argparse.Namespace) -> None:
    if options.outfile and options.outfile.suffix.lower() not in SUFFIXES:
        raise UnusableError(f"--outfile {options.outfile}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if options.segments is not None and not 0.1 <= options.segments <= 360:
        raise UnusableError(f"--segments {options.segments:g}: expected 0.1 to 360 seconds")
    if not 0 <= options.min_confidence <= 1:
        raise UnusableError(f"--min-confidence {options.min_confidence:g}: expected a probability, 0 to 1")


def _answers(inputs: Sequence[Input], recogniser: Recogniser, options: argparse.Namespace) -> Iterator[Answer]:
    segments: float | None = options.segments
    there = PARAMS_FILE.is_file()
    parallel = load_params("parallel", ParallelParams) if there else ParallelParams("loky", None, None)
    if parallel.backend == "loky":
        parallel = ParallelParams("loky", min(parallel.workers or os.cpu_count() or 1, len(inputs)), None)
    heard = extract(
        partial(
            hear,
            voice=recogniser.voice,
            seconds=segments,
            pictures=bool(options.explain),
            window=recogniser.window,
        ),
        [str(input_.path.absolute()) for input_ in inputs],
        "predict",
        parallel,
        prepare=partial(prepare, recogniser.voice),
        limits=limits(recogniser.voice, segments),
    )
    for number, (input_, found) in enumerate(zip(inputs, heard, strict=True), 1):
        if options.explain and isinstance(found, Heard) and found.pieces:
            from fdan.prediction.explain import explain  # matplotlib: a second

            explain(recogniser, input_.path, found.pieces, options.explain, number)
        yield from answers_of(recogniser, input_, found, options.min_confidence, whole=segments is None)


def _write(table: Table, answers: Iterator[Answer]) -> bool:
    """Write each answer as it comes, and keep none: whether one failed."""
    failed = False
    for answer in answers:
        table.write(answer)
        failed |= answer.status == FAILED
    return failed

"""What `fdan predict` does with its arguments: hear each recording, ask the network, write a row."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from fdan.errors import FdanError
from fdan.prediction.answers import FAILED, Answer, Table, answers_of, as_json, aside, labels_and_scores
from fdan.prediction.folder import MODEL, read_model
from fdan.prediction.inputs import Input, inputs_of
from fdan.prediction.recogniser import Recogniser, load_run, trained_run
from fdan.prediction.voice import Heard, hear, limits, prepare
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.outputs import new_file
from fdan.runtime.params import load_params
from fdan.runtime.process import report
from fdan.runtime.project import Project


def answer(options: argparse.Namespace) -> int:
    """Print or write a row for each recording, or for each of its segments.

    Returns:
        1 if a recording failed, else 0.
    """
    inputs = inputs_of(options.files, options.list)
    recogniser = load(Project(), options.model)
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
    with new_file(options.outfile, options.overwrite) as path, path.open("w", newline="", encoding="utf-8") as file:
        if options.outfile.suffix.lower() != ".json":
            return int(_write(Table(file, recogniser.classes, inputs, times), answers))
        found = list(answers)
        file.write(as_json(found, times) + "\n")
        return int(any(answer.status == FAILED for answer in found))


def load(project: Project, model: Path | None) -> Recogniser:
    """Return an exported folder's model, else a run of the project; raises `FdanError` where there is neither."""
    return read_model(model) if model and (model / MODEL).is_file() else load_run(project, trained_run(project, model))


def _answers(inputs: Sequence[Input], recogniser: Recogniser, options: argparse.Namespace) -> Iterator[Answer]:
    segments: float | None = options.segments
    project, parallel = Project(), ParallelParams("loky", None, None)
    if project.params.is_file():
        parallel = load_params("parallel", ParallelParams, project.params)
    if parallel.backend == "loky":
        parallel = ParallelParams("loky", min(parallel.workers or os.cpu_count() or 1, len(inputs)), None)
    heard = run_sandboxed(
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

            try:
                explain(project, recogniser, input_.path, found.pieces, options.explain, number)
            except (FdanError, OSError) as error:
                report([f"{input_.file}: no picture ({error})"])
        yield from answers_of(recogniser, input_, found, options.min_confidence, whole=segments is None)


def _write(table: Table, answers: Iterator[Answer]) -> bool:
    """Write each answer as it comes, and keep none: whether one failed."""
    failed = False
    for answer in answers:
        table.write(answer)
        failed |= answer.status == FAILED
    return failed

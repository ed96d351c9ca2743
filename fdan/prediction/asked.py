"""What `fdan predict` does with its arguments: hear each recording, ask the network, write a row."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from fdan.errors import FdanError
from fdan.prediction.answers import FAILED, Answer, JsonList, Table, answers_of, aside, labels_and_scores
from fdan.prediction.entries import cache_of, hear_entry, hear_pictures, key_by_content, to_heard
from fdan.prediction.folder import MODEL, read_model
from fdan.prediction.inputs import Input, inputs_of
from fdan.prediction.journal import Journal, key_of
from fdan.prediction.recogniser import Recogniser, identity, load_run, trained_run
from fdan.prediction.voice import Heard, limits, prepare
from fdan.runtime.cache import CacheEntry
from fdan.runtime.crash_log import log_unforeseen
from fdan.runtime.jobs import ParallelParams, run_sandboxed
from fdan.runtime.outputs import is_stream, new_file
from fdan.runtime.params import load_params
from fdan.runtime.process import report
from fdan.runtime.project import Project
from fdan.runtime.worker import Failure

TERMINATED = 143
"""Exit code after SIGTERM, as a shell has it."""


def answer(options: argparse.Namespace) -> int:
    """Print or write a row for each recording, or for each of its segments.

    With an outfile the rows are kept beside it as they come (`Journal`), and the file appears when all are there.

    Returns:
        1 if a recording failed, else 0.

    Raises:
        SystemExit: 143 after SIGTERM.
    """
    inputs = inputs_of(options.files, options.list)
    recogniser, project = load(Project(), options.model)
    if recogniser.synthetic:
        report(["this model was trained on the synthetic demo: its answers mean nothing"])
    with _ended_by_sigterm():
        if options.outfile and not is_stream(options.outfile):
            return _into_file(inputs, recogniser, project, options)
        with closing(_answers(list(enumerate(inputs, 1)), recogniser, project, options)) as answers:
            if options.outfile:
                with new_file(options.outfile) as path, path.open("w", newline="", encoding="utf-8") as file:
                    return _write(_form(file, recogniser, inputs, options, options.outfile), answers, file)
            if options.json and len(inputs) == 1 and options.segments is None:
                [[alone]] = answers
                print(json.dumps(labels_and_scores(alone)))
                if said := aside(alone, options.min_confidence):
                    report([f"{alone.input.file}: {said}"])
                return int(alone.status == FAILED)
            return _write(_form(sys.stdout, recogniser, inputs, options, None), answers, sys.stdout)


def load(project: Project, model: Path | None) -> tuple[Recogniser, Project | None]:
    """Return an exported folder's model and None, so that nothing of the current folder counts, or a run of a project.

    Raises:
        FdanError: there is neither.
    """
    if model and (model / MODEL).is_file():
        return read_model(model), None
    return load_run(project, trained_run(project, model)), project


def _into_file(
    inputs: Sequence[Input], recogniser: Recogniser, project: Project | None, options: argparse.Namespace
) -> int:
    about = {"model": identity(recogniser), "segments": options.segments}
    journal = Journal(options.outfile, about, options.resume, options.overwrite)
    keys, finished = [key_of(input_) for input_ in inputs], False
    try:
        waiting = [(number, one) for number, one in enumerate(inputs, 1) if not journal.knows(keys[number - 1])]
        if options.resume:
            report([f"{len(inputs) - len(waiting)} of {len(inputs)} recordings are answered already"])
        with closing(_answers(waiting, recogniser, project, options)) as answers:
            for (number, input_), rows in zip(waiting, answers, strict=True):
                journal.add(keys[number - 1], input_, rows)
        told = (options.outfile, options.overwrite)
        with new_file(*told) as path, path.open("w", newline="", encoding="utf-8") as file:
            ready = (
                journal.answers(key, input_, recogniser.classes, options.min_confidence)
                for key, input_ in zip(keys, inputs, strict=True)
            )
            code = _write(_form(file, recogniser, inputs, options, options.outfile), ready, file)
        finished = True
        return code
    finally:
        if said := journal.close(finished):
            report([said])


def _form(
    file: Any, recogniser: Recogniser, inputs: Sequence[Input], options: argparse.Namespace, place: Path | None
) -> Table | JsonList:
    times = options.segments is not None
    if options.json if place is None else place.suffix.lower() == ".json":
        return JsonList(file, times)
    return Table(file, recogniser.classes, inputs, times)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end this as an exception does, so that what is known is kept and said."""

    def end(*_: object) -> None:
        raise SystemExit(TERMINATED)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _answers(
    inputs: Sequence[tuple[int, Input]], recogniser: Recogniser, project: Project | None, options: argparse.Namespace
) -> Generator[list[Answer]]:
    """The rows of each recording, in order; its number names its picture."""
    segments, voice = options.segments, recogniser.voice
    readable = [input_ for _, input_ in inputs if not input_.problem]
    parallel = ParallelParams("loky", None, None)
    if project:
        parallel = load_params("parallel", ParallelParams, project.params)
    if parallel.backend == "loky":
        parallel = ParallelParams("loky", max(1, min(parallel.workers or os.cpu_count() or 1, len(readable))), None)
    cache = cache_of(voice) if project and not options.explain else None
    heard = run_sandboxed(
        partial(
            hear_pictures if options.explain else hear_entry, voice=voice, seconds=segments, window=recogniser.window
        ),
        [(str(input_.path.absolute()), input_.span) for input_ in readable],
        "predict",
        parallel,
        prepare=partial(prepare, voice),
        cache=cache,
        key=key_by_content(cache, segments, recogniser.window) if cache else None,
        limits=limits(voice, segments),
    )
    for number, input_ in inputs:
        found: Any = Failure(input_.problem) if input_.problem else next(heard)
        found = to_heard(found) if isinstance(found, CacheEntry) else found
        if options.explain and isinstance(found, Heard) and found.pieces:
            _draw(project, recogniser, input_, found, options.explain, number)
        yield answers_of(recogniser, input_, found, options.min_confidence, whole=segments is None)


def _draw(
    project: Project | None, recogniser: Recogniser, input_: Input, heard: Heard, folder: Path, number: int
) -> None:
    """A picture, or a line that says why there is none: no picture costs a row."""
    from fdan.prediction.explain import explain  # matplotlib: a second

    try:
        explain(project, recogniser, input_.path, heard.pieces, folder, number)
    except (FdanError, OSError) as error:
        report([f"{input_.file}: no picture ({error})"])
    except Exception as error:
        report([f"{input_.file}: no picture ({log_unforeseen('explain', error)})"])


def _write(form: Table | JsonList, answers: Iterable[list[Answer]], file: Any) -> int:
    """Write the rows of each recording as they come, and keep none; return 1 if one failed, else 0."""
    code = 0
    for rows in answers:
        for row in rows:
            form.write(row)
            code |= row.status == FAILED
        file.flush()
    form.end()
    return int(code)

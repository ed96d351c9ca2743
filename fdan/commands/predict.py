"""The emotion in the voice of your own recordings: a row for each, with what is unusual about it.

Examples:
  fdan predict clip.mp4
  fdan predict interviews/ --outfile answers.csv
  fdan predict interviews/ --outfile answers.csv --resume
  fdan predict -- -3nNcZdcdvU.wav
  fdan predict --list clips.csv --json
  fdan predict long.mp3 --segments 3.0 --model model/

Reads wav, mp3, flac, m4a, mp4, mov, avi, mkv and flv. Without --model, FDAN of this project's first target corpus and
first seed answers; --model names another of its runs (meld/fdan/seed-1), or a folder that `fdan export` wrote.
A row's status is ok, unsure (see --min-confidence) or failed, and then `warnings` says why. The voice alone is heard:
training faces are the context it is seen in, no face of your recording is looked at. A recording is one speaker:
several voices are not told apart. One of more than six minutes is heard in windows, and its row is their mean.
A list may say which part of a recording a row means, in columns start and end, or start and duration, in seconds.
An --outfile that exists already is not replaced without --overwrite. While it is made, answers are kept beside it in
<outfile>.partial.jsonl: after Ctrl-C, SIGTERM or a crash the same command with --resume goes on from there. It answers
anew what failed or has changed since, and refuses another model or other --segments. Exit code 1 if a recording failed.
"""

import argparse
from pathlib import Path

from fdan.errors import UnusableError
from fdan.runtime.outputs import NEW_FILE, OVERWRITE, add_overwrite, free_folder, free_place

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
    parser.add_argument("--resume", action="store_true", help="go on with an --outfile that was not finished")
    add_overwrite(parser, "the file of --outfile, and pictures of the same names below --explain,")


def run(options: argparse.Namespace) -> int:
    """Print or write a row for each recording, or for each of its segments.

    Returns:
        1 if a recording failed, else 0.
    """
    _check(options)
    from fdan.prediction.asked import answer  # torch: seconds

    return answer(options)


def _check(options: argparse.Namespace) -> None:
    if options.outfile and options.outfile.suffix.lower() not in SUFFIXES:
        raise UnusableError(f"--outfile {options.outfile}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if options.segments is not None and not 0.1 <= options.segments <= 360:
        raise UnusableError(f"--segments {options.segments:g}: expected 0.1 to 360 seconds")
    if options.resume and not options.outfile:
        raise UnusableError("--resume: goes on with an --outfile that was not finished, and none is named")
    if not 0 <= options.min_confidence <= 1:
        raise UnusableError(f"--min-confidence {options.min_confidence:g}: expected a probability, 0 to 1")
    if options.outfile:
        place = free_place(options.outfile, options.overwrite, NEW_FILE)
        if options.list and options.list.exists() and place.exists() and place.samefile(options.list):
            raise UnusableError(f"--outfile {options.outfile}: is the file of --list; {NEW_FILE}")
    if options.explain:
        if options.outfile and options.explain.absolute() == options.outfile.absolute():
            raise UnusableError(f"--explain {options.explain}: is the place of --outfile too; name a folder")
        may_hold = options.overwrite or options.resume
        free_folder(options.explain, may_hold, f"name a new or an empty folder, or add {OVERWRITE}")

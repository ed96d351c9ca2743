"""Corpora of SAVEE's and MELD's size and shape, cheap to draw: a few clips, and of these a copy for every utterance."""

import subprocess
from collections.abc import Sequence
from functools import partial
from itertools import cycle
from operator import call
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from fdan.demo.corpus import DemoParams, Task, make_meld, make_savee
from fdan.runtime.process import output, pool

SIZES = {"savee": 480, "meld": 13_708}
"""Utterances of the real corpora."""

DRAWN = 120
"""Clips of each corpus that are drawn, of a small one a quarter. The others are copies, each with bytes of its own, so
that no cache knows it; what is read out of them is alike, and is told apart anew (`fdan.rehearsal.given.stretch`)."""

FEWEST = 8

LONG = (305.0, 235.0, 41.0)
"""Seconds of MELD's longest clips."""

_MEDIAN, _SIGMA = {"savee": 3.7, "meld": 3.0}, {"savee": 0.25, "meld": 0.65}  # of the logarithm of seconds

_VIDEO = {
    "savee": ("-c:v", "mpeg4", "-q:v", "4", "-c:a", "pcm_s16le"),
    # MELD's are 1280 x 720.
    "meld": ("-vf", "scale=1280:720", "-c:v", "libx264", "-preset", "superfast", "-crf", "28", "-c:a", "aac"),
}


def make_corpus(corpus: str, folder: Path, drawings: Path, scale: float) -> None:
    """One corpus, whole or not at all; a clip that was drawn before is not drawn again.

    Args:
        corpus: ``savee`` or ``meld``.
        folder: to make; if it is there, nothing is done.
        drawings: where the drawn clips are kept.
        scale: of the corpus' size.
    """
    if folder.is_dir():
        return
    each = max(2, round(15 * scale))
    params = DemoParams(7, min(each, 15), max(28, round(SIZES["meld"] * scale)), 1.4, 0.5)
    make = {"savee": make_savee, "meld": make_meld}[corpus]
    with output(folder) as there:
        make(there, params, partial(_fill, corpus, drawings))


def _fill(corpus: str, drawings: Path, tasks: list[Task]) -> None:
    """Draw what some tasks would, at lengths of the real corpus; every task's files are copies of one of them."""
    wanted = [_files(task) for task in tasks]
    drawn = min(DRAWN, max(FEWEST, len(tasks) // 4))
    chosen = list(range(0, len(tasks), max(1, len(tasks) // drawn)))[:drawn]
    rng = np.random.default_rng(0)
    seconds = np.exp(np.log(_MEDIAN[corpus]) + _SIGMA[corpus] * rng.standard_normal(len(chosen))).clip(0.4, 20)
    if corpus == "meld" and len(tasks) == SIZES["meld"]:
        seconds[: len(LONG)] = LONG
    drawings.mkdir(parents=True, exist_ok=True)
    stems = [drawings / f"{corpus}_{number}_{1000 * length:.0f}ms" for number, length in enumerate(seconds)]
    work = [
        partial(_draw, tasks[place], wanted[place], stem, float(length), _VIDEO[corpus])
        for place, stem, length in zip(chosen, stems, seconds, strict=True)
    ]
    list(pool(call, work, f"{corpus}: drawing"))
    # The long ones once each, the others in turn.
    long = len(LONG) if seconds.max() > 20 else 0
    turn = cycle(range(long, len(chosen))) if len(chosen) > long else cycle(range(len(chosen)))
    for number, files in enumerate(wanted):
        source = number if number < long else next(turn)
        for file in files:
            data = stems[source].with_suffix(file.suffix).read_bytes()
            file.write_bytes(data + trailer(file.suffix, number))


def _files(task: Task) -> list[Path]:
    """The files that a task of the demo makes: its arguments say where."""
    assert isinstance(task, partial)
    return [argument for argument in task.args if isinstance(argument, Path)]


def _draw(task: Task, files: Sequence[Path], stem: Path, seconds: float, video: Sequence[str]) -> None:
    """One utterance of the demo, then repeated until it is as long as wanted."""
    places = {file: stem.with_suffix(file.suffix) for file in files}
    if all(place.is_file() for place in places.values()):
        return
    task()
    for file, place in places.items():
        options = video if file.suffix != ".wav" else ()
        with output(place) as path:
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", "-stream_loop", "-1", "-i", str(file)]
            subprocess.run([*command, "-t", f"{seconds:.2f}", *options, "-threads", "1", str(path)], check=True)
        file.unlink()


def trailer(suffix: str, number: int) -> bytes:
    """What readers pass over at a file's end, with a number in it: a box (mp4), a chunk (avi, wav), bytes (images)."""
    body = number.to_bytes(8, "big")
    if suffix in {".jpg", ".png"}:
        return body
    if suffix == ".mp4":
        return (8 + len(body)).to_bytes(4, "big") + b"free" + body
    return b"JUNK" + len(body).to_bytes(4, "little") + body

"""What the network says of each recording, and its csv and JSON forms."""

import csv
import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float64
from torch import Tensor

from fdan.data.emotions import Emotion
from fdan.prediction.inputs import FILE, Input
from fdan.prediction.recogniser import Recogniser
from fdan.prediction.voice import Heard, Piece
from fdan.runtime.worker import Failure

OK, UNSURE, FAILED = "ok", "unsure", "failed"


@dataclass(frozen=True)
class Answer:
    """One row.

    Attributes:
        input: the recording.
        status: ``ok``; ``unsure``: the highest probability is too low; ``failed``: it cannot be used.
        scores: a probability for each of the network's emotions; empty if failed.
        warnings: what is wrong or unusual, or why it failed.
        span: start and end of what was heard, in seconds; None if failed.
    """

    input: Input
    status: str
    scores: dict[Emotion, float]
    warnings: tuple[str, ...]
    span: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """The most probable emotion; empty unless `status` is ok."""
        return max(self.scores, key=self.scores.__getitem__).value if self.status == OK else ""


def answers_of(
    recogniser: Recogniser, input_: Input, heard: Heard | Failure, least: float, whole: bool
) -> list[Answer]:
    """A row for each segment of a recording, one for a whole, and one where there is neither.

    A whole that was heard in windows has the mean of their probabilities, each window weighted by its length.

    Args:
        recogniser: the network.
        input_: the recording.
        heard: what `hear` made of it.
        least: the highest probability below which a row is unsure.
        whole: whether the row is of the whole recording, whose length is compared with the training's.
    """
    if isinstance(heard, Failure) or not heard.pieces:
        return [answered(input_, None, recogniser.classes, (heard.reason,), None, least)]
    pieces = heard.pieces
    x = torch.stack([torch.from_numpy(piece.features) for piece in pieces])
    rows: Float64[Tensor, "n c"] = recogniser.probabilities(x)
    if whole and len(pieces) > 1:
        lengths = torch.tensor([piece.end - piece.start for piece in pieces], dtype=torch.float64)
        rows = ((lengths[:, None] * rows).sum(dim=0) / lengths.sum())[None]
        told, spans = [_of_windows(recogniser, heard)], [(pieces[0].start, pieces[-1].end)]
    else:
        told = [_of_piece(recogniser, heard.rate, piece, whole) for piece in pieces]
        spans = [(piece.start, piece.end) for piece in pieces]
    found = [
        answered(input_, row, recogniser.classes, tuple(warnings), span, least)
        for row, warnings, span in zip(rows.tolist(), told, spans, strict=True)
    ]
    if heard.reason:  # of segments: from here on it cannot be read
        reason = f"not read from {pieces[-1].end:.3f} s on: {heard.reason}"
        found.append(answered(input_, None, recogniser.classes, (reason,), None, least))
    return found


def answered(
    input_: Input,
    row: Sequence[float] | None,
    classes: Sequence[Emotion],
    warnings: Sequence[str],
    span: tuple[float, float] | None,
    least: float,
) -> Answer:
    """One row from its probabilities; None where it failed."""
    if row is None:
        return Answer(input_, FAILED, {}, tuple(warnings))
    status = OK if max(row) >= least else UNSURE
    return Answer(input_, status, dict(zip(classes, row, strict=True)), tuple(warnings), span)


def _of_piece(recogniser: Recogniser, rate: int, piece: Piece, whole: bool) -> Iterator[str]:
    yield from (problem.detail for problem in piece.problems)
    yield from _of_rate(recogniser, rate)
    yield from recogniser.ranges.outside(piece.end - piece.start, piece.level, whole)


def _of_windows(recogniser: Recogniser, heard: Heard) -> Iterator[str]:
    """What is unusual about a recording that was heard in windows: of these, how many have which problem."""
    pieces, end = heard.pieces, heard.pieces[-1].end - heard.pieces[0].start
    for kind, count in Counter(problem.kind for piece in pieces for problem in piece.problems).items():
        yield f"{kind}: {count} of {len(pieces)} windows"
    yield from _of_rate(recogniser, heard.rate)
    power = sum((piece.end - piece.start) * 10 ** (piece.level / 10) for piece in pieces) / end
    yield from recogniser.ranges.outside(end, 10 * math.log10(power))
    yield f"the mean over {len(pieces)} windows of {pieces[0].end - pieces[0].start:g} s"


def _of_rate(recogniser: Recogniser, rate: int) -> Iterator[str]:
    needed = recogniser.voice.mels.sample_rate
    if rate < needed:
        yield f"other sample rate: {rate} Hz; nothing above {rate / 2000:g} kHz is heard of {needed / 2000:g}"


class Table:
    """Answers as csv, row by row: kept columns, file, [start, end,] status, label, a column per emotion, warnings.

    A column of the list that has the name of one of these stays as it is, and ours is called ``predicted_<name>``.

    Args:
        file: text file that is written to as rows come.
        classes: the network's emotions.
        inputs: say which columns are kept.
        times: whether there are columns start and end.
    """

    def __init__(self, file: Any, classes: Sequence[Emotion], inputs: Sequence[Input], times: bool) -> None:
        self._kept = list(dict.fromkeys(column for input_ in inputs for column in input_.kept))
        self._classes, self._times = classes, times
        self._writer = csv.writer(file, lineterminator="\n")
        ours = [*(("start", "end") if times else ()), "status", "label", *classes, "warnings"]
        named = [f"predicted_{name}" if name in self._kept else name for name in ours]
        self._writer.writerow([FILE, *self._kept, *named])

    def write(self, answer: Answer) -> None:
        """One row; numbers with six decimals, times with three."""
        times = ([f"{time:.3f}" for time in answer.span] if answer.span else ["", ""]) if self._times else []
        scores = [f"{answer.scores[emotion]:.6f}" if answer.scores else "" for emotion in self._classes]
        kept = [answer.input.kept.get(column, "") for column in self._kept]
        row = [answer.input.file, *kept, *times, answer.status, answer.label, *scores, "; ".join(answer.warnings)]
        self._writer.writerow(row)

    def end(self) -> None:
        """A table has no end of its own."""


class JsonList:
    """Answers as a JSON list of objects, one by one.

    Args:
        file: text file that is written to as they come.
        times: whether they have start and end.
    """

    def __init__(self, file: Any, times: bool) -> None:
        self._file, self._times, self._before = file, times, "[\n "

    def write(self, answer: Answer) -> None:
        """One object."""
        text = json.dumps(_object(answer, self._times), indent=1, ensure_ascii=False).replace("\n", "\n ")
        self._file.write(f"{self._before}{text}")
        self._before = ",\n "

    def end(self) -> None:
        """The end of the list, after which nothing is written."""
        self._file.write("[]\n" if self._before.startswith("[") else "\n]\n")


def labels_and_scores(answer: Answer) -> list[dict[str, Any]]:
    """``[{"label": ..., "score": ...}, ...]``, the most probable first."""
    ranked = sorted(answer.scores.items(), key=lambda item: -item[1])
    return [{"label": emotion.value, "score": round(score, 6)} for emotion, score in ranked]


def aside(answer: Answer, least: float) -> str:
    """What `labels_and_scores` leave out, in one line: that it failed or is unsure, and its warnings; perhaps empty."""
    said = list(answer.warnings)
    if answer.status == UNSURE:
        said.insert(0, f"a probability of {max(answer.scores.values()):.3f} is below --min-confidence {least:g}")
    return f"{answer.status}: {'; '.join(said)}" if said else ""


def _object(answer: Answer, times: bool) -> dict[str, Any]:
    found: dict[str, Any] = {FILE: answer.input.file}
    if answer.input.kept:
        found["list"] = answer.input.kept
    if times and answer.span:
        found |= {"start": round(answer.span[0], 3), "end": round(answer.span[1], 3)}
    warnings = list(answer.warnings)
    return found | {
        "status": answer.status,
        "label": answer.label,
        "scores": labels_and_scores(answer),
        "warnings": warnings,
    }

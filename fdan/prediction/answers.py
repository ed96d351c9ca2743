"""What the network says of each recording, and its csv and JSON forms."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float64
from torch import Tensor

from fdan.data.emotions import Emotion
from fdan.extraction.worker import Failure
from fdan.prediction.inputs import FILE, Input
from fdan.prediction.recogniser import Recogniser
from fdan.prediction.voice import Heard, Piece

OK, UNSURE, FAILED = "ok", "unsure", "failed"


@dataclass(frozen=True)
class Answer:
    """One row.

    Attributes:
        input: the recording.
        status: ``ok``; ``unsure``: the highest probability is too low; ``failed``: it cannot be used.
        scores: a probability for each of the network's emotions; empty if failed.
        warnings: what is wrong or unusual, or why it failed.
        piece: what was heard; None if failed.
    """

    input: Input
    status: str
    scores: dict[Emotion, float]
    warnings: tuple[str, ...]
    piece: Piece | None = None

    @property
    def label(self) -> str:
        """The most probable emotion; empty unless `status` is ok."""
        return max(self.scores, key=self.scores.__getitem__).value if self.status == OK else ""


def answers_of(
    recogniser: Recogniser, input_: Input, heard: Heard | Failure, least: float, whole: bool
) -> list[Answer]:
    """A row for each piece of a recording, and one where there is none.

    Args:
        recogniser: the network.
        input_: the recording.
        heard: what `hear` made of it.
        least: the highest probability below which a row is unsure.
        whole: whether the recording is one piece, whose length is compared with the training's.
    """
    if isinstance(heard, Failure) or not heard.pieces:
        return [Answer(input_, FAILED, {}, (heard.reason,))]
    x = torch.stack([torch.from_numpy(piece.features) for piece in heard.pieces])
    rows: Float64[Tensor, "n c"] = recogniser.probabilities(x)
    return [
        Answer(
            input_,
            OK if max(row) >= least else UNSURE,
            dict(zip(recogniser.classes, row, strict=True)),
            tuple(_warnings(recogniser, heard.rate, piece, whole)),
            piece,
        )
        for piece, row in zip(heard.pieces, rows.tolist(), strict=True)
    ]


def _warnings(recogniser: Recogniser, rate: int, piece: Piece, whole: bool) -> Iterator[str]:
    yield from (problem.detail for problem in piece.problems)
    needed = recogniser.voice.mels.sample_rate
    if rate < needed:
        yield f"other sample rate: {rate} Hz; nothing above {rate / 2000:g} kHz is heard of {needed / 2000:g}"
    for line in recogniser.ranges.outside(piece.end - piece.start, piece.level):
        if whole or not line.startswith("too long"):
            yield line


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
        piece = answer.piece
        times = ([f"{piece.start:.3f}", f"{piece.end:.3f}"] if piece else ["", ""]) if self._times else []
        scores = [f"{answer.scores[emotion]:.6f}" if answer.scores else "" for emotion in self._classes]
        kept = [answer.input.kept.get(column, "") for column in self._kept]
        row = [answer.input.file, *kept, *times, answer.status, answer.label, *scores, "; ".join(answer.warnings)]
        self._writer.writerow(row)


def as_json(answers: Sequence[Answer], times: bool) -> str:
    """Answers as a JSON list of objects."""
    return json.dumps([_object(answer, times) for answer in answers], indent=1, ensure_ascii=False)


def labels_and_scores(answer: Answer) -> list[dict[str, Any]]:
    """``[{"label": ..., "score": ...}, ...]``, the most probable first."""
    ranked = sorted(answer.scores.items(), key=lambda item: -item[1])
    return [{"label": emotion.value, "score": round(score, 6)} for emotion, score in ranked]


def _object(answer: Answer, times: bool) -> dict[str, Any]:
    found: dict[str, Any] = {FILE: answer.input.file}
    if answer.input.kept:
        found["list"] = answer.input.kept
    if times and answer.piece:
        found |= {"start": round(answer.piece.start, 3), "end": round(answer.piece.end, 3)}
    warnings = list(answer.warnings)
    return found | {
        "status": answer.status,
        "label": answer.label,
        "scores": labels_and_scores(answer),
        "warnings": warnings,
    }

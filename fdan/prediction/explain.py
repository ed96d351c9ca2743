"""What an answer came from: the Mel images, the probabilities over time, and the training faces attended to."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from matplotlib.figure import Figure, SubFigure
from torch import Tensor

from fdan.data.archive import read_images
from fdan.data.manifest import safe_name
from fdan.data.records import write_records
from fdan.figures.style import PAGE_DPI, save
from fdan.numerics.products import inner
from fdan.prediction.answers import Answer
from fdan.prediction.recogniser import Recogniser

SHOWN = 6
"""Training faces that are drawn, those attended to most."""

PICTURES = 12
"""Mel images that are drawn of a long recording, evenly apart."""


@dataclass(frozen=True)
class Attended:
    """A training face.

    Attributes:
        face: ``<corpus>/<crop>``.
        share: of the attention of the last layer, mean over the recording's pieces.
    """

    face: str
    share: float


@torch.inference_mode()
def attention(recogniser: Recogniser, x: Float[Tensor, "n p"]) -> Float[Tensor, "n m"] | None:
    """The last layer's ``softmax(Q K^T / sqrt(d))`` (Eq. 3) of each voice over the bank; None without attention."""
    network, weights = recogniser.network, None
    z = network.embed_acoustic(x[None])
    for layer, z_v in zip(network.cross_modal_layers, recogniser.bank.visual, strict=True):
        shown = layer.visual.show(z_v[None])
        if layer.acoustic.attention:
            scores = inner(layer.acoustic.query(z) / math.sqrt(z.shape[-1]), shown[0])
            weights = torch.softmax(scores, dim=-1)[0]
        z = layer.acoustic(z, shown)
    return weights


def explain(recogniser: Recogniser, answers: Sequence[Answer], folder: Path, number: int) -> None:
    """Write ``<number>_<name>.png``, and ``.csv`` with the faces, for the answers of one recording.

    Faces of real people are named and not drawn; those of the demo, which are of nobody, are.

    Args:
        recogniser: the network.
        answers: all of one recording; a failed one has no picture.
        folder: where to.
        number: of the recording among all.
    """
    pieces = [answer.piece for answer in answers if answer.piece]
    if not pieces:
        return
    stem = f"{number:03}_{safe_name(answers[0].input.path.stem)}"
    weights = attention(recogniser, torch.stack([torch.from_numpy(piece.features) for piece in pieces]))
    faces: list[Attended] = []
    if weights is not None:
        shares = weights.mean(dim=0)
        order = torch.argsort(shares, descending=True, stable=True).tolist()
        faces = [Attended(recogniser.faces[i], float(shares[i])) for i in order]
    folder.mkdir(parents=True, exist_ok=True)
    write_records(folder / f"{stem}.csv", Attended, faces, floats=".6g")
    save(_figure(recogniser, answers, faces[:SHOWN]), folder / f"{stem}.png", PAGE_DPI)


def _figure(recogniser: Recogniser, answers: Sequence[Answer], faces: Sequence[Attended]) -> Figure:
    figure = Figure(figsize=(9, 7), layout="constrained")
    parts: Any = figure.subfigures(3, 1, height_ratios=(2, 2.4, 1.6))
    above, middle, below = parts
    pieces = [answer.piece for answer in answers if answer.piece]
    chosen = np.unique(np.linspace(0, len(pieces) - 1, min(len(pieces), PICTURES)).round().astype(int))
    for axes, place in zip(above.subplots(1, len(chosen), squeeze=False)[0], chosen, strict=True):
        axes.imshow(pieces[place].image, cmap="gray", vmin=0, vmax=255, aspect="auto")
        axes.set_title(f"{pieces[place].start:.1f} to {pieces[place].end:.1f} s", fontsize=8)
        axes.set_axis_off()
    axes = middle.subplots()
    if len(pieces) == 1:
        scores = answers[0].scores
        axes.bar([emotion.value for emotion in scores], list(scores.values()))
    else:
        times = [(piece.start + piece.end) / 2 for piece in pieces]
        for emotion in recogniser.classes:
            axes.plot(times, [a.scores[emotion] for a in answers if a.scores], label=emotion.value)
        axes.legend(fontsize=7, loc="upper right")
        axes.set_xlabel("seconds")
    axes.set(ylabel="probability", ylim=(0, 1.02))
    _draw_faces(below, faces, recogniser.synthetic)
    demo = "SYNTHETIC DEMO, means nothing: " if recogniser.synthetic else ""
    figure.suptitle(f"{demo}{answers[0].input.path.name}", fontsize=10, parse_math=False)
    return figure


def _draw_faces(figure: SubFigure, faces: Sequence[Attended], synthetic: bool) -> None:
    if not faces:
        return
    figure.suptitle("training faces attended to most, and their share", fontsize=8)
    for axes, attended in zip(figure.subplots(1, len(faces), squeeze=False)[0], faces, strict=True):
        corpus, _, crop = attended.face.partition("/")
        archive = Path(f"data/faces/{corpus}/crops.zip")
        if synthetic and archive.is_file():
            axes.imshow(next(read_images(archive, [crop])), cmap="gray")
        axes.set_title(f"{attended.face}\n{100 * attended.share:.1f} %", fontsize=7, parse_math=False)
        axes.set_axis_off()

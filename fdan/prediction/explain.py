"""What an answer came from: the Mel images, the probabilities over time, and the training faces attended to."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from matplotlib.figure import Figure, SubFigure
from torch import Tensor

from fdan.data.archive import read_images
from fdan.data.emotions import shown
from fdan.data.manifest import MAX_ID, hashed_name, safe_name
from fdan.data.records import write_records
from fdan.figures.style import PAGE_DPI, save
from fdan.numerics.products import inner
from fdan.prediction.inputs import printable
from fdan.prediction.recogniser import Recogniser
from fdan.prediction.voice import Piece
from fdan.runtime.outputs import new_file
from fdan.runtime.project import Project

SHOWN = 6
"""Training faces that are drawn, those attended to most."""

ROWS = 64
"""Pieces whose attention is computed together: of MELD's 41,000 faces, 10 MB."""

FOR_THE_EYE = "Mel images for the eye: the network heard the sound itself, through a speech encoder"


@dataclass(frozen=True)
class Attended:
    """A training face.

    Attributes:
        face: ``<corpus>/<crop>``.
        share: of the attention of the last layer, mean over the recording's pieces, each counting the same.
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


def explain(
    project: Project | None, recogniser: Recogniser, recording: Path, pieces: Sequence[Piece], folder: Path, number: int
) -> None:
    """Write ``<number>_<name>.png``, and ``.csv`` with the faces, for one recording.

    Faces of real people are named and not drawn; those of the demo, which are of nobody, are.

    Args:
        project: whose face crops are drawn; None of an exported model, which has none.
        recogniser: the network.
        recording: its name is the picture's, cut with a hash where it is too long.
        pieces: all of one recording, at least one, heard with pictures.
        folder: where to; files of the same names are replaced.
        number: of the recording among all.
    """
    name = safe_name(recording.stem)
    if len(name.encode()) > MAX_ID:
        name = hashed_name(name, printable(recording))
    stem = f"{number:03}_{name}"
    x = torch.stack([torch.from_numpy(piece.features) for piece in pieces])
    faces = _attended(recogniser, x)
    folder.mkdir(parents=True, exist_ok=True)
    figure = _figure(project, recogniser, shown(printable(Path(recording.name))), pieces, x, faces[:SHOWN])
    with new_file(folder / f"{stem}.csv", overwrite=True) as path:
        write_records(path, Attended, faces, floats=".6g")
    with new_file(folder / f"{stem}.png", overwrite=True) as path, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)  # of a name in another script
        save(figure, path, PAGE_DPI)


def _attended(recogniser: Recogniser, x: Float[Tensor, "n p"]) -> list[Attended]:
    """The training faces, those attended to most first; none without attention."""
    some = [attention(recogniser, rows) for rows in x.split(ROWS)]
    sums = [weights.sum(dim=0) for weights in some if weights is not None]
    if not sums:
        return []
    shares = torch.stack(sums).sum(dim=0) / len(x)
    order = torch.argsort(shares, descending=True, stable=True).tolist()
    return [Attended(recogniser.faces[i], float(shares[i])) for i in order]


def _figure(
    project: Project | None,
    recogniser: Recogniser,
    name: str,
    pieces: Sequence[Piece],
    x: Float[Tensor, "n p"],
    faces: Sequence[Attended],
) -> Figure:
    figure = Figure(figsize=(9, 7), layout="constrained")
    above, middle, below = figure.subfigures(3, 1, squeeze=False, height_ratios=(2, 2.4, 1.6))[:, 0]
    _draw_images(above, pieces, FOR_THE_EYE if recogniser.voice.encoder else "")
    axes = middle.subplots()
    rows = recogniser.probabilities(x)
    if len(pieces) == 1:
        axes.bar([emotion.value for emotion in recogniser.classes], rows[0].tolist())
    else:
        times = [(piece.start + piece.end) / 2 for piece in pieces]
        for emotion, values in zip(recogniser.classes, rows.T.tolist(), strict=True):
            axes.plot(times, values, label=emotion.value)
        axes.legend(fontsize=7, loc="upper right")
        axes.set_xlabel("seconds")
    axes.set(ylabel="probability", ylim=(0, 1.02))
    _draw_faces(project, below, faces, recogniser.synthetic)
    demo = "SYNTHETIC DEMO, means nothing: " if recogniser.synthetic else ""
    figure.suptitle(f"{demo}{name}", fontsize=10, parse_math=False)
    return figure


def _draw_images(figure: SubFigure, pieces: Sequence[Piece], title: str) -> None:
    """The Mel images of those pieces that have one."""
    figure.suptitle(title, fontsize=8)
    drawn = [(piece, piece.image) for piece in pieces if piece.image is not None]
    for axes, (piece, mel) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
        axes.imshow(mel, cmap="gray", vmin=0, vmax=255, aspect="auto")
        axes.set_title(f"{piece.start:.1f} to {piece.end:.1f} s", fontsize=8)
        axes.set_axis_off()


def _draw_faces(project: Project | None, figure: SubFigure, faces: Sequence[Attended], synthetic: bool) -> None:
    if not faces:
        return
    figure.suptitle("training faces attended to most, and their share", fontsize=8)
    for axes, attended in zip(figure.subplots(1, len(faces), squeeze=False)[0], faces, strict=True):
        corpus, _, crop = attended.face.partition("/")
        archive = project.faces(corpus) / "crops.zip" if project and synthetic else None
        if archive and archive.is_file():
            axes.imshow(next(read_images(archive, [crop])), cmap="gray")
        axes.set_title(f"{attended.face}\n{100 * attended.share:.1f} %", fontsize=7, parse_math=False)
        axes.set_axis_off()

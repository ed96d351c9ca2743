"""Fig. 5: a t-SNE map of the last layer's features."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float, Float64, Int64
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from openTSNE import TSNE
from threadpoolctl import threadpool_limits
from torch import Tensor

from fdan.data.emotions import Emotion, Modality
from fdan.figures.places import Place, Sample
from fdan.figures.style import BLUE, GREEN, ORANGE, PURPLE, RED, SKY
from fdan.learning.bank import build_bank, last_layer, predict
from fdan.learning.checkpoint import read_checkpoint
from fdan.learning.domains import Domains
from fdan.learning.training import Domain

# Okabe and Ito's colour-blind-safe palette; black stands in for its yellow, which white paper swallows.
_COLOURS = {
    Emotion.ANGER: RED,
    Emotion.DISGUST: GREEN,
    Emotion.FEAR: PURPLE,
    Emotion.HAPPINESS: ORANGE,
    Emotion.NEUTRAL: "#000000",
    Emotion.SADNESS: BLUE,
    Emotion.SURPRISE: SKY,
}


@dataclass(frozen=True)
class Points:
    """The map's points of one modality and part.

    Attributes:
        xy: [n, 2], places on the map, without unit.
        emotions: [n], places in the figure's classes.
        modality: ``visual`` or ``acoustic``.
        part: trained on, or not.
        samples: [n], what they are; none where nobody asks.
    """

    xy: Float[np.ndarray, "n 2"]
    emotions: Int64[np.ndarray, "n"]
    modality: str
    part: Literal["train", "test"]
    samples: tuple[Sample, ...] = ()


def embed(values: Float[np.ndarray, "n d"], seed: int) -> Float64[np.ndarray, "n 2"]:
    """A t-SNE map of the rows of `values`: the same bytes for the same input.

    By openTSNE (Poličar et al., J. Stat. Softw. 109(3), 2024) on exact neighbours: 11,000 points take it half
    a minute, where scikit-learn needs more than two. Points that are all the same, a single one among them,
    have no map: they stand in a row.
    """
    n = len(values)
    if np.ptp(values, axis=0).max() == 0:
        return np.column_stack((np.arange(n), np.zeros(n))).astype(np.float64)
    tsne = TSNE(perplexity=min(30, (n - 1) / 3), neighbors="exact", n_jobs=1, random_state=seed)
    with threadpool_limits(1):  # sums over several threads depend on how many there are
        return np.asarray(tsne.fit(values), dtype=np.float64)


def tsne_figure(points: Sequence[Points], classes: tuple[Emotion, ...], title: str) -> Figure:
    """Fig. 5: + visual, o acoustic (hollow: training, filled: test), a colour per emotion."""
    figure = Figure(figsize=(6.5, 4.6), layout="constrained")
    axes = figure.subplots()
    kinds = []
    # Test points are few and matter most: last, on top.
    for group in sorted(points, key=lambda p: (p.part == "test", p.modality == "acoustic")):
        colours = [_COLOURS[classes[place]] for place in group.emotions]
        visual, test = Modality(group.modality) is Modality.VISUAL, group.part == "test"
        x, y = group.xy.T
        if visual:
            axes.scatter(x, y, s=16, linewidths=0.7, marker="+", c=colours, alpha=0.6)
        elif test:  # a white rim keeps neighbours apart
            axes.scatter(x, y, s=20, linewidths=0.4, marker="o", facecolors=colours, edgecolors="white")
        else:
            axes.scatter(x, y, s=16, linewidths=0.7, marker="o", facecolors="none", edgecolors=colours)
        label = f"{group.modality}, {group.part}"
        kinds.append(_mark("+" if visual else "o", "0.3", "0.3" if test else "none", label))
    shown = sorted({int(place) for group in points for place in group.emotions})
    emotions = [_mark("s", _COLOURS[c], _COLOURS[c], f"{c.short} {c}") for c in (classes[place] for place in shown)]
    figure.legend(handles=emotions, loc="outside right upper", fontsize=8, frameon=False, handletextpad=0.2)
    figure.legend(handles=kinds, loc="outside right lower", fontsize=8, frameon=False, handletextpad=0.2)
    # The axes of a t-SNE map mean nothing: only nearness does.
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_color("0.7")
    axes.set_title(title, fontsize=10)
    return figure


def _mark(marker: str, edge: str, fill: str, label: str) -> Line2D:
    return Line2D(
        [], [], linestyle="", marker=marker, markeredgecolor=edge, markerfacecolor=fill, markersize=6, label=label
    )


def tsne_points(
    checkpoint: Path, domains: Domains, samples: Sequence[Sequence[Sample]], share: float, seed: int
) -> list[Points]:
    """A map of the last layer's features: faces and speech that trained, and the test speech.

    Args:
        checkpoint: of the network.
        domains: what it was trained and tested on.
        samples: what the rows of the three groups are, in this order.
        share: of each group that is drawn.
        seed: of that draw and of the map.
    """
    model = read_checkpoint(checkpoint).model
    bank = build_bank(model, domains.visual.x, domains.acoustic.x)
    z_visual, z_acoustic = last_layer(model, bank)
    _, z_test = predict(model, bank, domains.test.values)
    groups: list[tuple[Tensor, Tensor, Modality, Literal["train", "test"]]] = [
        (z_visual, domains.visual.y, Modality.VISUAL, "train"),
        (z_acoustic, domains.acoustic.y, Modality.ACOUSTIC, "train"),
        (z_test, Domain.of(domains.test, domains.classes).y, Modality.ACOUSTIC, "test"),
    ]
    rng = np.random.default_rng(seed)
    rows = [np.sort(rng.permutation(len(y))[: max(1, round(share * len(y)))]) for _, y, _, _ in groups]
    xy = embed(np.concatenate([z.numpy()[r] for (z, *_), r in zip(groups, rows, strict=True)]), seed)
    places = np.split(xy, np.cumsum([len(r) for r in rows])[:-1])
    return [
        Points(place, y.numpy()[r], modality, part, tuple(names[i] for i in r))
        for place, r, names, (_, y, modality, part) in zip(places, rows, samples, groups, strict=True)
    ]


def to_places(points: Sequence[Points], classes: tuple[Emotion, ...]) -> list[Place]:
    """The same points as a table."""
    return [
        Place(
            sample.corpus,
            sample.utterance,
            sample.number,
            Modality(group.modality),
            group.part,
            classes[emotion],
            float(x),
            float(y),
        )
        for group in points
        for sample, emotion, (x, y) in zip(group.samples, group.emotions, group.xy, strict=True)
    ]

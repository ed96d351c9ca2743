"""Stage figures: Fig. 4 (confusion matrix) and Fig. 5 (t-SNE) of one corpus."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import torch
from annotated_types import Ge, Gt, Le
from torch import Tensor

from fdan.data.utterance import Modality
from fdan.evaluation import build_bank, last_layer, predict
from fdan.figures import Points, confusion_figure, embed, save, tsne_figure
from fdan.metrics import confusion, read_predictions
from fdan.params import load_params
from fdan.training import Domain, read_checkpoint
from stages.domains import Domains, load_domains, read_splits
from stages.process import output, run


@dataclass(frozen=True)
class FigureParams:
    """Section ``figures`` of params.yaml: seed of sample and map, and the share of samples drawn per corpus."""

    tsne_seed: Annotated[int, Ge(0)]
    tsne_share: dict[str, Annotated[float, Gt(0), Le(1)]]
    """Of a corpus' samples; all of them where it is not named."""


def main() -> None:
    """Write ``reports/figures/fig4_confusion_<corpus>`` and ``fig5_tsne_<corpus>``, each as png and pdf."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("figures", FigureParams)
    torch.set_num_threads(1)
    there = load_domains(corpus, read_splits([corpus])[corpus])
    name = f"synthetic demo, not {corpus.upper()}" if there.synthetic else corpus.upper()

    runs = [read_predictions(path) for path in sorted(Path(f"reports/predictions/{corpus}/fdan").glob("seed-*.csv"))]
    title = f"FDAN on {name}\n{len(runs)} seeds pooled, in percent of the true class"
    figures = {f"fig4_confusion_{corpus}": confusion_figure(confusion(runs), there.classes, title)}

    first = min(Path(f"runs/{corpus}/fdan").glob("seed-*.safetensors"), key=lambda p: int(p.stem.removeprefix("seed-")))
    share = params.tsne_share.get(corpus, 1.0)
    points = tsne_points(first, there, share, params.tsne_seed)
    title = f"FDAN's last layer on {name}" + f", {100 * share:g} % of the samples" * (share < 1)
    figures[f"fig5_tsne_{corpus}"] = tsne_figure(points, there.classes, title)

    for stem, figure in figures.items():
        for suffix in (".png", ".pdf"):
            with output(Path(f"reports/figures/{stem}{suffix}")) as path:
                save(figure, path)
    print(f"figures {corpus}: {', '.join(figures)} ({sum(len(p.xy) for p in points)} points)")


def tsne_points(checkpoint: Path, there: Domains, share: float, seed: int) -> list[Points]:
    """A map of the last layer's features: faces and speech that trained, and the test speech."""
    model = read_checkpoint(checkpoint).model
    bank = build_bank(model, there.visual.x, there.acoustic.x)
    z_visual, z_acoustic = last_layer(model, bank)
    _, z_test = predict(model, bank, there.test.values)
    groups: list[tuple[Tensor, Tensor, Modality, Literal["train", "test"]]] = [
        (z_visual, there.visual.y, Modality.VISUAL, "train"),
        (z_acoustic, there.acoustic.y, Modality.ACOUSTIC, "train"),
        (z_test, Domain.of(there.test, there.classes).y, Modality.ACOUSTIC, "test"),
    ]
    rng = np.random.default_rng(seed)
    rows = [np.sort(rng.permutation(len(y))[: max(1, round(share * len(y)))]) for _, y, _, _ in groups]
    xy = embed(np.concatenate([z.numpy()[r] for (z, *_), r in zip(groups, rows, strict=True)]), seed)
    places = np.split(xy, np.cumsum([len(r) for r in rows])[:-1])
    return [
        Points(place, y.numpy()[r], modality, part)
        for place, r, (_, y, modality, part) in zip(places, rows, groups, strict=True)
    ]


if __name__ == "__main__":
    run()

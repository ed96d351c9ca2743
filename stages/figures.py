"""Stage figures: Fig. 4 (confusion matrix), Fig. 5 (t-SNE) and the map of the searched grid of one corpus."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path

from fdan.corpora.registry import title_of
from fdan.data.splits import TEST, cut_validation, read_splits
from fdan.data.trials import read_trials
from fdan.figures.confusion import confusion_figure
from fdan.figures.params import FigureParams
from fdan.figures.style import save
from fdan.figures.tsne import tsne_figure, tsne_points
from fdan.figures.tuning import tuning_figure
from fdan.learning.domains import load_domains
from fdan.metrics.predictions import read_predictions
from fdan.metrics.scores import confusion
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/figures/{fig4_confusion,fig5_tsne}_<corpus>.{png,pdf}`` and ``tuning_<corpus>.png``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("figures", FigureParams)
    split = read_splits([corpus])[corpus]
    there = load_domains(corpus, split)
    name = f"synthetic demo, not {title_of(corpus)}" if there.synthetic else title_of(corpus)

    runs = [read_predictions(path) for path in sorted(Path(f"reports/predictions/{corpus}/fdan").glob("seed-*.csv"))]
    title = f"FDAN on {name}\n{len(runs)} seeds pooled, in percent of the true class"
    figures = {f"fig4_confusion_{corpus}": confusion_figure(confusion(runs), there.classes, title)}

    first = min(Path(f"runs/{corpus}/fdan").glob("seed-*.safetensors"), key=lambda p: int(p.stem.removeprefix("seed-")))
    share = params.tsne_share.get(corpus, 1.0)
    points = tsne_points(first, there, share, params.tsne_seed)
    title = f"FDAN's last layer on {name}" + f", {100 * share:g} % of the samples" * (share < 1)
    figures[f"fig5_tsne_{corpus}"] = tsne_figure(points, there.classes, title)

    trials, chosen = read_trials(Path(f"reports/tuning/{corpus}.csv"))
    cut = cut_validation(split, load_params("tuning.validation_fraction", float), load_params("tuning.seed", int))
    title = f"WAR of FDAN on {len(cut.acoustic(TEST))} validation utterances, {name}"
    figures[f"tuning_{corpus}"] = tuning_figure(trials, chosen, title)

    for stem, figure in figures.items():
        for suffix in (".png",) if stem.startswith("tuning") else (".png", ".pdf"):
            with output(Path(f"reports/figures/{stem}{suffix}")) as path:
                save(figure, path)
    print(f"figures {corpus}: {', '.join(figures)} ({sum(len(p.xy) for p in points)} points)")


if __name__ == "__main__":
    run()

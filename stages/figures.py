"""Stage figures: Fig. 4 (confusion matrix), Fig. 5 (t-SNE) and the map of the searched grid of one corpus."""

from fdan.numerics.pins import unpinned

import argparse

from fdan.corpora.registry import title_of
from fdan.figures.paper import confusions, tsne_map, tsne_places, tuning_map
from fdan.figures.params import FigureParams
from fdan.figures.places import write_places
from fdan.figures.style import save
from fdan.figures.tsne import to_places
from fdan.learning.domains import open_target
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/figures/{fig4_confusion,fig5_tsne}_<corpus>.{png,pdf}`` and ``tuning_<corpus>.png``.

    And the places of Fig. 5, ``fig5_tsne_<corpus>.csv``.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    params = load_params("figures", FigureParams)
    fraction, seed = load_params("tuning.validation_fraction", float), load_params("tuning.seed", int)
    target = open_target(project, corpus, [load_params(f"sources.{corpus}", str)])
    domains = target.domains()
    name = f"synthetic demo, not {title_of(corpus)}" if domains.synthetic else title_of(corpus)
    name += ", unpinned" * bool(unpinned())  # a picture has no other place to say so
    points = tsne_places(target, domains, params)
    figures = {
        f"fig4_confusion_{corpus}": confusions(target, name),
        f"fig5_tsne_{corpus}": tsne_map(target, name, points, params),
        f"tuning_{corpus}": tuning_map(target, name, fraction, seed),
    }
    for stem, figure in figures.items():
        for suffix in (".png",) if stem.startswith("tuning") else (".png", ".pdf"):
            with output(project.figure(f"{stem}{suffix}")) as path:
                save(figure, path)
    with output(project.figure(f"fig5_tsne_{corpus}.csv")) as path:
        write_places(to_places(points, domains.classes), path)
    print(f"figures {corpus}: {', '.join(figures)}")


if __name__ == "__main__":
    run()

"""Stage calibration: the temperature of FDAN's probabilities, from a network that was not trained on what fits it."""

from fdan.numerics.pins import note_unpinned

import argparse
from pathlib import Path
from typing import Annotated

from annotated_types import Ge, Gt, Lt

from fdan.corpora.registry import title_of
from fdan.data.splits import cut_validation
from fdan.figures.calibration import calibration_figure
from fdan.figures.style import PAGE_DPI, save
from fdan.learning.domains import load_domains, read_taught
from fdan.learning.params import ModelParams, Run, TrainParams, Variant
from fdan.learning.runs import Job, Trained, predictions_of
from fdan.metrics.calibration import calibrate, write_calibration
from fdan.metrics.predictions import read_predictions
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/calibration/<corpus>`` and ``reports/figures/calibration_<corpus>.png``.

    The second network has the settings of Tables 1-4, and the training speech without tuning's validation part, to
    which the temperature is fitted. What it does is measured on the test part, on Tables 1-4's network of the
    same seed: the one that `fdan predict` asks.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    variant, model = load_params("variants.fdan", Variant), load_params("model", ModelParams)
    alpha, training = load_params("alpha", Alpha), load_params("train", TrainParams)
    fraction = load_params("tuning.validation_fraction", Annotated[float, Gt(0), Lt(1)])
    split, faces = read_taught(corpus, load_params(f"sources.{corpus}", str))
    cut = cut_validation(split, fraction, load_params("tuning.seed", Annotated[int, Ge(0)]))
    there = load_domains(corpus, cut, faces, split.classes)
    seed = load_params("seeds", Seeds)[0]
    settings = Run(seed, alpha if variant.lmmd else 0.0, training)
    trained = Trained([Job("fdan", "", settings, variant.attention, there)], model, f"calibration {corpus}")
    [(_, network, _)] = trained
    tested = read_predictions(Path(f"reports/predictions/{corpus}/fdan/seed-{seed}.csv"))
    found, bins, risks = calibrate(predictions_of(network, there), tested)
    with (
        output(Path(f"reports/calibration/{corpus}")) as folder,
        output(Path(f"reports/figures/calibration_{corpus}.png")) as picture,
    ):
        write_calibration(found, bins, risks, folder)
        note_unpinned(folder)
        title = f"{'SYNTHETIC DEMO, ' * split.synthetic}{title_of(corpus)}: FDAN"
        save(calibration_figure(found, bins, risks, title), picture, PAGE_DPI)
    print(
        f"calibration {corpus}: temperature {found.temperature:.3g} from {found.validation} validation utterances; "
        f"ECE on the test part {found.ece:.1f} % before, {found.ece_scaled:.1f} % after; {trained.counts}"
    )


if __name__ == "__main__":
    run()

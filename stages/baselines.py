"""Stage baselines: one CNN row of Tables 1 and 2, fine-tuned on one corpus' Mel images."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path

from tqdm import tqdm

from fdan.baselines.cnn.params import NETWORKS, CNNParams
from fdan.baselines.cnn.training import fine_tune, load, steps
from fdan.data.splits import TEST, TRAIN, read_split
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/predictions/baselines/<corpus>/<network>/seed-<n>.csv``; weights are not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("network", choices=NETWORKS)
    args = parser.parse_args()
    params = load_params("cnn", CNNParams)
    split = read_split(Path(f"data/splits/{args.corpus}.csv"))
    _, train_labels, train_images = load(args.corpus, split, TRAIN, params.size)
    test_utterances, test_labels, test_images = load(args.corpus, split, TEST, params.size)
    title = f"baselines {args.corpus} {args.network}"
    wars = []
    with output(Path(f"reports/predictions/baselines/{args.corpus}/{args.network}")) as folder:
        folder.mkdir()
        with tqdm(
            total=steps(len(train_images), params) * len(params.seeds), desc=title, leave=False, disable=None
        ) as bar:
            for seed in params.seeds:
                probabilities = fine_tune(
                    args.network,
                    train_images,
                    train_labels,
                    len(split.classes),
                    test_images,
                    params,
                    seed,
                    bar.update,
                )
                predictions = make_predictions(test_utterances, split.classes, test_labels, probabilities)
                write_predictions(predictions, folder / f"seed-{seed}.csv")
                wars.append(score(predictions).war)
    print(f"{title}: {len(test_utterances)} test utterances; WAR {', '.join(f'{war:.2f} %' for war in wars)}")


if __name__ == "__main__":
    run()

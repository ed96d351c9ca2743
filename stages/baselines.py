"""Stage baselines: one CNN row of Tables 1 and 2, fine-tuned on one corpus' Mel images."""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from fdan.baselines.cnn import fine_tune, shrink, steps
from fdan.baselines.params import NETWORKS, BaselineParams
from fdan.data.index import Mel, read_index
from fdan.data.splits import TEST, TRAIN, Split, read_split
from fdan.media.archive import read_images
from fdan.metrics import make_predictions, score, write_predictions
from fdan.params import load_params
from stages.process import output, run


def main() -> None:
    """Write ``reports/predictions/baselines/<corpus>/<network>/seed-<n>.csv``; weights are not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("network", choices=NETWORKS)
    args = parser.parse_args()
    params = load_params("baselines", BaselineParams)
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


def load(corpus: str, split: Split, part: str, size: int) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Utterances, class indices and grey Mel images [n, size, size] of one part."""
    there = split.acoustic(part)
    mels = [m for m in read_index(Mel, Path(f"data/mels/{corpus}/index.csv")) if m.utterance in there]
    images = read_images(Path(f"data/mels/{corpus}/mels.zip"), [m.image for m in mels])
    labels = np.array([split.classes.index(m.emotion) for m in mels], dtype=np.int64)
    return tuple(m.utterance for m in mels), labels, np.stack([shrink(image, size) for image in images])


if __name__ == "__main__":
    run()

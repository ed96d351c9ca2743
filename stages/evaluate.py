"""Stage evaluate: what every run of the stage train says of every test utterance."""

from fdan.numerics.pins import note_unpinned

import argparse
from pathlib import Path
from statistics import fmean

from fdan.learning.checkpoint import read_checkpoint
from fdan.learning.domains import load_domains, read_taught
from fdan.learning.runs import predictions_of
from fdan.metrics.predictions import Predictions
from fdan.metrics.scores import write_runs
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/predictions/<corpus>/<variant>/seed-<n>.csv``, and beside them ``trained.csv``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    there = load_domains(corpus, *read_taught(corpus, load_params(f"sources.{corpus}", str)))
    found: dict[str, list[tuple[int, Predictions, int]]] = {}
    for checkpoint in sorted((Path("runs") / corpus).glob("*/seed-*.safetensors")):
        network = read_checkpoint(checkpoint).model
        parameters = sum(weights.numel() for weights in network.parameters())
        seed = int(checkpoint.stem.removeprefix("seed-"))
        found.setdefault(checkpoint.parent.name, []).append((seed, predictions_of(network, there), parameters))
    with output(Path("reports/predictions") / corpus) as folder:
        folder.mkdir()
        wars = {name: write_runs(folder / name, runs) for name, runs in found.items()}
        note_unpinned(folder)
    means = ", ".join(f"{name} {fmean(values):.2f} %" for name, values in wars.items())
    print(f"evaluate {corpus}: {len(there.test.utterances)} test utterances; mean WAR over seeds: {means}")


if __name__ == "__main__":
    run()

"""Stage evaluate: what every run of the stage train says of every test utterance."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from pathlib import Path
from statistics import fmean

from fdan.data.records import write_records
from fdan.learning.checkpoint import read_checkpoint
from fdan.learning.domains import load_domains, read_taught
from fdan.learning.runs import predictions_of
from fdan.metrics.predictions import TRAINED, Trained, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``reports/predictions/<corpus>/<variant>/seed-<n>.csv``, and beside them ``trained.csv``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    there = load_domains(corpus, *read_taught(corpus, load_params(f"sources.{corpus}", str)))
    wars: dict[str, list[float]] = {}
    trained: dict[str, list[Trained]] = {}
    with output(Path("reports/predictions") / corpus) as folder:
        for checkpoint in sorted((Path("runs") / corpus).glob("*/seed-*.safetensors")):
            network = read_checkpoint(checkpoint).model
            predictions = predictions_of(network, there)
            path = folder / checkpoint.parent.name / f"{checkpoint.stem}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_predictions(predictions, path)
            wars.setdefault(checkpoint.parent.name, []).append(score(predictions).war)
            row = Trained(int(checkpoint.stem.removeprefix("seed-")), sum(w.numel() for w in network.parameters()))
            trained.setdefault(checkpoint.parent.name, []).append(row)
        for name, rows in trained.items():
            write_records(folder / name / TRAINED, Trained, rows)
    means = ", ".join(f"{name} {fmean(values):.2f} %" for name, values in wars.items())
    print(f"evaluate {corpus}: {len(there.test.utterances)} test utterances; mean WAR over seeds: {means}")


if __name__ == "__main__":
    run()

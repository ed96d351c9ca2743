"""Stage methods: one method of another publication, trained and tested on FDAN's own split."""

from fdan.numerics.pins import note_unpinned

import argparse
from functools import partial
from importlib import import_module
from pathlib import Path

from tqdm import tqdm

from fdan.data.records import write_records
from fdan.data.splits import read_split
from fdan.metrics.predictions import MISSING, TRAINED, Trained, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.sequences.inputs import read_inputs
from fdan.sequences.methods import recognise


def main() -> None:
    """Write ``reports/predictions/methods/<corpus>/<method>/seed-<n>.csv`` and ``trained.csv``, or why there are none.

    Weights are not kept.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("method")
    args = parser.parse_args()
    method = import_module(f"fdan.baselines.{args.method}.predict")
    params = load_params(f"baselines.{args.method}", method.Params)
    split = read_split(Path(f"data/splits/{args.corpus}.csv"))
    inputs = read_inputs(Path(f"data/inputs/{args.corpus}/{args.method}.safetensors"))
    title = f"methods {args.corpus} {args.method}"
    bar = partial(tqdm, desc=title, leave=False, disable=None)
    wars, trained = [], []
    with output(Path(f"reports/predictions/methods/{args.corpus}/{args.method}")) as folder:
        folder.mkdir()
        if inputs.missing:
            (folder / MISSING).write_text(f"{inputs.missing}\n", encoding="utf-8")
        for seed in () if inputs.missing else params.seeds:
            predictions, parameters = recognise(method.predict, inputs, split, params, seed, bar)
            write_predictions(predictions, folder / f"seed-{seed}.csv")
            trained.append(Trained(seed, parameters))
            wars.append(score(predictions).war)
        if trained:
            write_records(folder / TRAINED, Trained, trained)
        note_unpinned(folder)
    print(f"{title}: {inputs.missing or 'WAR ' + ', '.join(f'{war:.2f} %' for war in wars)}")


if __name__ == "__main__":
    run()

"""Stage inputs: what one method of another publication reads of every utterance of a corpus."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from importlib import import_module
from pathlib import Path

from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.sequences.inputs import write_inputs


def main() -> None:
    """Write ``data/inputs/<corpus>/<method>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("method")
    args = parser.parse_args()
    method = import_module(f"fdan.baselines.{args.method}.inputs")
    params = load_params(f"baselines.{args.method}.inputs", method.InputParams)
    inputs = method.inputs(args.corpus, params)
    with output(Path(f"data/inputs/{args.corpus}/{args.method}.safetensors")) as path:
        write_inputs(inputs, path)
    what = inputs.missing or ", ".join(sorted([*inputs.arrays, *inputs.augmented, *inputs.texts]))
    print(f"inputs {args.corpus} {args.method}: {len(inputs)} utterances: {what}")


if __name__ == "__main__":
    run()

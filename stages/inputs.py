"""Stage inputs: what every method of another publication reads of a corpus."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse

from fdan.methods.corpus import Corpus
from fdan.methods.inputs import write_inputs
from fdan.methods.params import TextParams
from fdan.methods.quoted import read_all
from fdan.methods.registry import section
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``data/inputs/<corpus>/<method>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    name = parser.parse_args().corpus
    corpus = Corpus(Project(), name, load_params("text", TextParams).encoder)
    params, parallel = load_params("methods", section()), load_params("parallel", ParallelParams)
    with output(corpus.project.data / f"inputs/{name}") as folder:
        folder.mkdir()
        for method, inputs in read_all(corpus, params, parallel):
            write_inputs(inputs, folder / f"{method}.safetensors")
            what = inputs.missing or ", ".join(sorted([*inputs.arrays, *inputs.augmented, *inputs.texts]))
            print(f"inputs {name} {method}: {len(inputs)} utterances: {what}", flush=True)


if __name__ == "__main__":
    run()

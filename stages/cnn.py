"""Stage cnn: the CNN rows of Tables 1 and 2, fine-tuned on the Mel images of one corpus."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.data.splits import TEST, read_split
from fdan.methods.cnn import jobs_of
from fdan.methods.params import CNNParams
from fdan.methods.registry import NETWORKS
from fdan.methods.rows import run_rows, write_row
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/cnn/<corpus>/<network>/seed-<n>.csv`` and ``trained.csv``; weights are not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    params, parallel = load_params("cnn", CNNParams), load_params("parallel", ParallelParams)
    split = read_split(project.split(corpus))
    jobs = {network: jobs_of(project, corpus, network, params) for network in NETWORKS}
    entries, counts = run_rows(jobs, params.networks, f"cnn {corpus}", parallel, gpus=True)
    with output(project.predictions("cnn", corpus)) as folder:
        for network, title in NETWORKS.items():
            said = write_row(folder / network, split, jobs[network], entries.get(network), "cnn.networks")
            note_unpinned(folder / network)
            print(f"cnn {corpus} {title}: {said}")
    print(f"cnn {corpus}: {len(split.acoustic(TEST))} test utterances; {counts}")


if __name__ == "__main__":
    run()

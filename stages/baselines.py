"""Stage baselines: one CNN row of Tables 1 and 2, fine-tuned on one corpus' Mel images."""

from fdan.numerics.pins import note_unpinned

import argparse
from pathlib import Path

from fdan.baselines.cnn.params import NETWORKS, CNNParams
from fdan.baselines.cnn.training import Job, known, train_one
from fdan.data.splits import TEST, read_split
from fdan.metrics.scores import told, write_runs
from fdan.runtime.jobs import ParallelParams, run_jobs
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
    jobs = [Job(args.corpus, args.network, seed, params) for seed in params.seeds]
    title, cache = f"baselines {args.corpus} {args.network}", known(args.corpus, params)
    parallel = load_params("parallel", ParallelParams)
    trained = run_jobs(train_one, jobs, title, parallel, cache, lambda job: cache.key(*job.start), gpus=True)

    answers = ((*entry.about, entry.blobs[0]) for entry in trained)
    with output(Path(f"reports/predictions/baselines/{args.corpus}/{args.network}")) as folder:
        wars = write_runs(folder, told(split, params.seeds, answers))
        note_unpinned(folder)
    reached = ", ".join(f"{war:.2f} %" for war in wars)
    print(f"{title}: {len(split.acoustic(TEST))} test utterances; WAR {reached}; {cache.counts}")


if __name__ == "__main__":
    run()

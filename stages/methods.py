"""Stage methods: one method of another publication, trained and tested on FDAN's own split."""

from fdan.numerics.pins import note_unpinned

import argparse
from importlib import import_module
from pathlib import Path

from fdan.data.splits import read_split
from fdan.metrics.predictions import MISSING
from fdan.metrics.scores import told, write_runs
from fdan.runtime.jobs import ParallelParams, run_jobs
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.sequences.inputs import read_inputs
from fdan.sequences.methods import Job, answer_of, known


def main() -> None:
    """Write ``reports/predictions/methods/<corpus>/<method>/seed-<n>.csv`` and ``trained.csv``, or why there are none.

    Weights are not kept.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("method")
    args = parser.parse_args()
    method = import_module(f"fdan.baselines.{args.method}.predict")
    params, parallel = load_params(f"baselines.{args.method}", method.Params), load_params("parallel", ParallelParams)
    split = read_split(Path(f"data/splits/{args.corpus}.csv"))
    missing = read_inputs(Path(f"data/inputs/{args.corpus}/{args.method}.safetensors")).missing
    seeds = () if missing else params.seeds
    jobs = [Job(args.corpus, args.method, method.predict, params, seed) for seed in seeds]
    title, cache = f"methods {args.corpus} {args.method}", known(args.method)
    answers = ((*entry.about, entry.blobs[0]) for entry in run_jobs(answer_of, jobs, title, parallel, cache, Job.key))
    with output(Path(f"reports/predictions/methods/{args.corpus}/{args.method}")) as folder:
        wars = write_runs(folder, told(split, seeds, answers))
        if missing:
            (folder / MISSING).write_text(f"{missing}\n", encoding="utf-8")
        note_unpinned(folder)
    reached = ", ".join(f"{war:.2f} %" for war in wars)
    print(f"{title}: {missing or f'WAR {reached}; {cache.counts}'}")


if __name__ == "__main__":
    run()

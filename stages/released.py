"""Stage released: what the released code does, on one target corpus and the same split and features."""

from fdan.numerics.pins import note_unpinned

import argparse
from pathlib import Path
from statistics import fmean

from fdan.data.histories import write_history
from fdan.learning.domains import load_domains, read_taught
from fdan.learning.params import WatchParams
from fdan.metrics.predictions import write_predictions
from fdan.metrics.scores import score
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.variants.released import Job, ReleasedParams


def main() -> None:
    """Write ``reports/predictions/released/<corpus>/released/seed-<n>.csv``, and histories below ``runs``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus = parser.parse_args().corpus
    params = load_params("released", ReleasedParams)
    there = load_domains(corpus, *read_taught(corpus, load_params(f"sources.{corpus}", str)))
    standardise, watch = load_params("model.standardise", bool), load_params("watch", WatchParams).every
    jobs = [Job(seed, params, standardise, there, watch) for seed in params.seeds]
    where = Path("released") / corpus
    trained = run_cached(jobs, f"released {corpus}", load_params("parallel", ParallelParams))
    wars = []
    with output("runs" / where) as runs, output("reports/predictions" / where) as reports:
        for folder in (runs, reports):
            (folder / "released").mkdir(parents=True)
        for job, entry in zip(jobs, trained.entries, strict=True):
            predictions, history = job.results(entry)
            write_history(history, runs / "released" / f"seed-{job.seed}.csv")
            write_predictions(predictions, reports / "released" / f"seed-{job.seed}.csv")
            wars.append(score(predictions).war)
        note_unpinned(runs)
    print(
        f"released {corpus}: {len(jobs)} runs, alpha {params.alpha:g}; mean WAR over seeds: {fmean(wars):.2f} %; "
        f"{trained.counts}"
    )


if __name__ == "__main__":
    run()

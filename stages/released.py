"""Stage released: what the released code does, on one target corpus and the same split and features."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.learning.domains import open_target
from fdan.learning.outcomes import write_outcomes
from fdan.learning.params import WatchParams
from fdan.learning.released import Job, ReleasedParams
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/released/<corpus>/released/seed-<n>.csv``, and histories below ``runs``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus, project = parser.parse_args().corpus, Project()
    params, watch = load_params("released", ReleasedParams), load_params("watch", WatchParams).every
    standardise = load_params("model.standardise", bool)
    domains = open_target(project, corpus, [load_params(f"sources.{corpus}", str)]).domains()
    jobs = [Job(seed, params, standardise, domains, watch) for seed in params.seeds]
    trained = run_cached(jobs, f"released {corpus}", load_params("parallel", ParallelParams))
    outcomes = [job.outcome(entry) for job, entry in zip(jobs, trained.entries, strict=True)]
    with output(project.runs("released", corpus)) as runs, output(project.predictions("released", corpus)) as reports:
        wars = write_outcomes(outcomes, runs, reports)
        note_unpinned(runs)
    print(f"released {corpus}: {len(jobs)} runs, alpha {params.alpha:g}; {wars}; {trained.counts}")


if __name__ == "__main__":
    run()

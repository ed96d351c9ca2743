"""Stage released: the head of the released code on our frozen features, on one target corpus and the same split."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.learning.domains import open_target
from fdan.learning.outcomes import write_outcomes, write_trained
from fdan.learning.params import WatchParams
from fdan.learning.released import ReleasedRows, jobs_of
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/released/<corpus>/<row>/seed-<n>.csv``, and histories below ``runs``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus, project = parser.parse_args().corpus, Project()
    rows, watch = load_params("released", ReleasedRows), load_params("watch", WatchParams).every
    standardise = load_params("model.standardise", bool)
    domains = open_target(project, corpus, [load_params(f"sources.{corpus}", str)]).domains()
    jobs = jobs_of(rows, standardise, domains, watch)
    trained = run_cached(jobs, f"released {corpus}", load_params("parallel", ParallelParams))
    outcomes = [job.outcome(entry) for job, entry in zip(jobs, trained.entries, strict=True)]
    with output(project.runs("released", corpus)) as runs, output(project.predictions("released", corpus)) as reports:
        wars = write_outcomes(outcomes, runs, reports)
        write_trained(outcomes, reports)
        note_unpinned(runs)
    print(f"released {corpus}: {len(jobs)} runs; {wars}; {trained.counts}")


if __name__ == "__main__":
    run()

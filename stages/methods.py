"""Stage methods: the methods of other publications, trained and tested on one corpus in FDAN's own split."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.data.splits import read_split
from fdan.methods.inputs import read_inputs
from fdan.methods.quoted import jobs_of
from fdan.methods.registry import METHODS, section
from fdan.methods.rows import run_rows, write_row
from fdan.metrics.predictions import MISSING
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/methods/<corpus>/<method>/seed-<n>.csv`` and ``trained.csv``, or why there are none.

    Weights are not kept.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    params, parallel = load_params("methods", section()), load_params("parallel", ParallelParams)
    split = read_split(project.split(corpus))
    missing = {name: read_inputs(project.inputs(corpus, name)).missing for name in METHODS}
    jobs = {name: jobs_of(project, corpus, name, getattr(params, name)) for name in METHODS if not missing[name]}
    entries, counts = run_rows(jobs, params.run, f"methods {corpus}", parallel)
    with output(project.predictions("methods", corpus)) as folder:
        for name, method in METHODS.items():
            if name in jobs:
                said = write_row(folder / name, split, jobs[name], entries.get(name), "methods.run")
            else:
                said = missing[name]
                (folder / name).mkdir(parents=True)
                (folder / name / MISSING).write_text(f"{said}\n", encoding="utf-8")
            note_unpinned(folder / name)
            print(f"methods {corpus} {method.title}: {said}")
    print(f"methods {corpus}: {len(jobs)} methods find something to read; {counts}")


if __name__ == "__main__":
    run()

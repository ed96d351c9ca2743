"""Stage multi: FDAN on the faces of several corpora, which need not be the target's (Sec. 3.4, Table 3)."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.learning.domains import open_target
from fdan.learning.outcomes import write_outcomes, write_trained
from fdan.learning.params import ModelParams, TrainParams, Variant
from fdan.learning.runs import Settings, jobs_of, train_all
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/multi/<corpus>/fdan/seed-<n>.csv``, histories below ``runs/multi/<corpus>``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus, project, parallel = parser.parse_args().corpus, Project(), load_params("parallel", ParallelParams)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    settings, seeds = Settings(load_params("alpha", Alpha), model, training), load_params("seeds", Seeds)
    fdan = {"fdan": load_params("variants.fdan", Variant)}
    sources = load_params(f"multi.{corpus}", list[str])
    domains = open_target(project, corpus, sources).domains()
    outcomes, counts = train_all(jobs_of(fdan, seeds, settings, {"": domains}), f"multi {corpus}", parallel)
    with output(project.runs("multi", corpus)) as runs, output(project.predictions("multi", corpus)) as reports:
        wars = write_outcomes(outcomes, runs, reports)
        write_trained(outcomes, reports)
        note_unpinned(runs)
    print(f"multi {corpus}: {len(outcomes)} runs on the faces of {', '.join(sources)}; {wars}; {counts}")


if __name__ == "__main__":
    run()

"""Stage finetune: FDAN, FDAN1 and FDAN2 on one target corpus through the backbone, which learns too."""

from fdan.numerics.pins import note_unpinned

import argparse
from dataclasses import replace

from fdan.learning.finetune import FinetuneParams, Job
from fdan.learning.images import load_corpus
from fdan.learning.outcomes import write_outcomes, write_trained
from fdan.learning.params import ModelParams, TrainParams, Variants
from fdan.learning.protocols import write_protocol
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.params import Alpha, load_params
from fdan.runtime.process import output, report, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``reports/predictions/finetune/<corpus>/<variant>/seed-<n>.csv``, histories below ``runs``.

    Where ``finetune.run`` keeps it from training, ``not_run.txt`` says why.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus, project = parser.parse_args().corpus, Project()
    params, model = load_params("finetune", FinetuneParams), load_params("model", ModelParams)
    alpha, variants = load_params("alpha", Alpha), load_params("variants", Variants)
    training = replace(load_params("train", TrainParams), epochs=params.epochs)
    source = load_params(f"sources.{corpus}", str)
    if params.refused:
        with (
            output(project.runs("finetune", corpus)) as runs,
            output(project.predictions("finetune", corpus)) as reports,
        ):
            print(f"finetune {corpus}: {write_protocol([], params.refused, runs, reports)}")
        return
    images = load_corpus(project, corpus, source, params.size)
    if images.left:
        report([f"{source}: {images.left} faces have an emotion that {corpus}'s speech lacks: left out"])
    jobs = [
        Job(name, "", variant.run(seed, alpha, training), variant.attention, params, model, images)
        for name, variant in variants.items()
        for seed in params.seeds
    ]
    trained = run_cached(jobs, f"finetune {corpus}", load_params("parallel", ParallelParams), gpus=True)
    outcomes = [job.outcome(entry) for job, entry in zip(jobs, trained.entries, strict=True)]
    with output(project.runs("finetune", corpus)) as runs, output(project.predictions("finetune", corpus)) as reports:
        wars = write_outcomes(outcomes, runs, reports)
        write_trained(outcomes, reports)
        for folder in (runs, reports):
            note_unpinned(folder)
    print(
        f"finetune {corpus}: {len(jobs)} runs through {params.network}, {len(images.tested)} test utterances; {wars}; "
        f"{trained.counts}"
    )


if __name__ == "__main__":
    run()

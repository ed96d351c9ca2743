"""Stage train: every variant and seed on one target corpus, under the paper's protocol."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)
from fdan.numerics.pins import note_unpinned

import argparse
from dataclasses import asdict
from pathlib import Path

from fdan.data.histories import write_history
from fdan.learning.checkpoint import write_checkpoint
from fdan.learning.domains import load_domains, read_taught
from fdan.learning.params import ModelParams, Run, TrainParams, Variants, WatchParams
from fdan.learning.runs import Job, Trained
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``runs/<corpus>/<variant>/seed-<n>.{safetensors,csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")
    corpus = parser.parse_args().corpus
    alpha, seeds, variants = load_params("alpha", Alpha), load_params("seeds", Seeds), load_params("variants", Variants)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    watch = load_params("watch", WatchParams).every
    there = load_domains(corpus, *read_taught(corpus, load_params(f"sources.{corpus}", str)))
    jobs = [
        Job(name, "", Run(seed, alpha if variant.lmmd else 0.0, training), variant.attention, there, watch)
        for name, variant in variants.items()
        for seed in seeds
    ]
    trained = Trained(jobs, model, f"train {corpus}")
    with output(Path("runs") / corpus) as folder:
        for job, network, history in trained:
            stem = folder / job.name / f"seed-{job.run.seed}"
            stem.parent.mkdir(parents=True, exist_ok=True)
            settings = {"alpha": job.run.alpha, "train": asdict(training)}
            about = {"corpus": corpus, "name": job.name, "seed": job.run.seed} | settings
            write_checkpoint(network, there.classes, model, about, stem.with_suffix(".safetensors"))
            write_history(history, stem.with_suffix(".csv"))
        note_unpinned(folder)
    print(
        f"train {corpus}: {len(jobs)} runs ({', '.join(variants)} x {len(seeds)} seeds), alpha {alpha:g}, "
        f"{len(there.visual.y)} visual and {len(there.acoustic.y)} acoustic training samples; {trained.counts}"
    )


if __name__ == "__main__":
    run()

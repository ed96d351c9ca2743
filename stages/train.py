"""Stage train: every variant and seed on one target corpus, under the paper's protocol."""

import argparse
from dataclasses import asdict
from pathlib import Path

from fdan.data.histories import write_history
from fdan.data.splits import read_splits
from fdan.learning.checkpoint import write_checkpoint
from fdan.learning.domains import load_domains
from fdan.learning.params import ModelParams, Run, TrainParams, Variants
from fdan.learning.runs import Job, train_all
from fdan.runtime.params import Alpha, Seeds, load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``runs/<corpus>/<variant>/seed-<n>.{safetensors,csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus, whose faces train as well")
    corpus = parser.parse_args().corpus
    alpha, seeds, variants = load_params("alpha", Alpha), load_params("seeds", Seeds), load_params("variants", Variants)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    there = load_domains(corpus, read_splits([corpus])[corpus])
    jobs = [
        Job(name, "", Run(seed, alpha if variant.lmmd else 0.0, training), variant.attention, there)
        for name, variant in variants.items()
        for seed in seeds
    ]
    with output(Path("runs") / corpus) as folder:
        for job, network, history in train_all(jobs, model, f"train {corpus}"):
            stem = folder / job.name / f"seed-{job.run.seed}"
            stem.parent.mkdir(parents=True, exist_ok=True)
            settings = {"alpha": job.run.alpha, "train": asdict(training)}
            about = {"corpus": corpus, "name": job.name, "seed": job.run.seed} | settings
            write_checkpoint(network, there.classes, model, about, stem.with_suffix(".safetensors"))
            write_history(history, stem.with_suffix(".csv"))
    print(
        f"train {corpus}: {len(jobs)} runs ({', '.join(variants)} x {len(seeds)} seeds), alpha {alpha:g}, "
        f"{len(there.visual.y)} visual and {len(there.acoustic.y)} acoustic training samples"
    )


if __name__ == "__main__":
    run()

"""Stages train and train-multi: every variant and seed on one target corpus."""

from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

import torch

from fdan.data.utterance import write_rows
from fdan.model import FDAN, ModelParams
from fdan.params import load_params
from fdan.training import Alpha, Domain, Epoch, Seeds, TrainParams, Variant, Variants, train, write_checkpoint
from stages.domains import load_domains, parse_run, run_folder
from stages.process import output, pool, run


@dataclass(frozen=True)
class Job:
    """One run."""

    name: str
    variant: Variant
    seed: int
    visual: Domain
    acoustic: Domain
    classes: int
    alpha: float
    model: ModelParams
    train: TrainParams


def main() -> None:
    """Write ``runs/<corpus>/<variant>/seed-<n>.{safetensors,csv}``, or below ``runs/multi``."""
    corpus, sources = parse_run(__doc__)
    alpha, seeds = load_params("alpha", Alpha), load_params("seeds", Seeds)
    if sources != [corpus]:  # Table 3 has FDAN alone
        variants = {"fdan": load_params("variants.fdan", Variant)}
    else:
        variants = load_params("variants", Variants)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    there = load_domains(corpus, sources)
    jobs = [
        Job(name, variant, seed, there.visual, there.acoustic, len(there.classes), alpha, model, training)
        for name, variant in variants.items()
        for seed in seeds
    ]
    jobs.sort(key=lambda job: not job.variant.attention)  # longest first, so that no core waits for one at the end
    where = run_folder(corpus, sources)
    with output(Path("runs") / where) as folder:
        for job, (network, history) in zip(jobs, pool(train_one, jobs, f"train {where}"), strict=True):
            stem = folder / job.name / f"seed-{job.seed}"
            stem.parent.mkdir(parents=True, exist_ok=True)
            settings = {"alpha": alpha, "train": asdict(training), "variant": asdict(job.variant)}
            about = {"corpus": corpus, "sources": sources, "name": job.name, "seed": job.seed} | settings
            write_checkpoint(network, there.classes, model, about, stem.with_suffix(".safetensors"))
            columns = ("epoch", *(f.name for f in fields(Epoch)))
            rows = ((i, *(f"{v:.6g}" for v in astuple(epoch))) for i, epoch in enumerate(history, start=1))
            write_rows(stem.with_suffix(".csv"), columns, rows)
    print(
        f"train {where}: {len(jobs)} runs ({', '.join(variants)} x {len(seeds)} seeds), alpha {alpha:g}, "
        f"{len(there.visual.y)} visual and {len(there.acoustic.y)} acoustic training samples"
    )


def train_one(job: Job) -> tuple[FDAN, list[Epoch]]:
    """Train one network on one thread."""
    torch.set_num_threads(1)
    return train(job.visual, job.acoustic, job.classes, job.alpha, job.variant, job.model, job.train, job.seed)


if __name__ == "__main__":
    run()

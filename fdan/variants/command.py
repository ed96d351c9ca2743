"""FDAN end to end on one corpus, through the backbone: hours on a GPU, so a command and no stage.

Example:
  fdan finetune savee

Reads what the stages faces, mels and splits wrote. Writes reports/predictions/finetune/<corpus>/finetune/seed-<n>.csv,
and histories below runs.
"""

from fdan.numerics.pins import device, note_unpinned

import argparse
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import torch
from tqdm import tqdm

from fdan.backbones.extractor import FeatureParams
from fdan.backbones.pretrained import build_network, headless, identity_of, threads
from fdan.data.histories import Epoch, write_history
from fdan.learning.bank import predict_alone
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.metrics.predictions import make_predictions, pack, unpack, write_predictions
from fdan.metrics.scores import score
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.jobs import ParallelParams, run_jobs
from fdan.runtime.params import Alpha, load_params, load_part
from fdan.runtime.process import output, report
from fdan.variants.finetune import (
    CODE,
    LIBRARIES,
    FinetuneParams,
    embed_images,
    fine_tune,
    load_corpus,
    steps,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The corpus."""
    parser.add_argument("corpus", help="the target domain's corpus; params.yaml names the source domain's")


@dataclass(frozen=True)
class Job:
    """One run, for the command's other processes."""

    corpus: str
    source: str
    run: Run
    params: FinetuneParams
    model: ModelParams
    features: FeatureParams


def run(options: argparse.Namespace) -> int:
    """Train every seed, predict the test utterances, print the WARs.

    Raises:
        FdanError: params.yaml, the stages' files or the training.
    """
    params, features = load_params("finetune", FinetuneParams), load_part("features", FeatureParams)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    alpha, parallel = load_params("alpha", Alpha), load_params("parallel", ParallelParams)
    source = load_params(f"sources.{options.corpus}", str)
    corpus = load_corpus(options.corpus, source)
    if corpus.left:
        report([f"{source}: {corpus.left} faces have an emotion that {options.corpus}'s speech lacks: left out"])
    jobs = [Job(options.corpus, source, Run(seed, alpha, training), params, model, features) for seed in params.seeds]
    cache = Cache("finetune", (corpus.visual.digest, corpus.acoustic.digest, corpus.test.digest), CODE, LIBRARIES)
    trained = run_jobs(
        train_one, jobs, f"finetune {options.corpus}", parallel, cache, lambda job: cache.key(_settings(job)), gpus=True
    )
    where, wars = Path("finetune") / options.corpus, []
    with output("runs" / where) as runs, output("reports/predictions" / where) as reports:
        for folder in (runs, reports):
            (folder / "finetune").mkdir(parents=True)
        for job, entry in zip(jobs, trained, strict=True):
            probabilities = unpack(entry.blobs[0], len(corpus.tested))
            predictions = make_predictions(corpus.tested, corpus.classes, corpus.test.y.numpy(), probabilities)
            write_predictions(predictions, reports / "finetune" / f"seed-{job.run.seed}.csv")
            write_history([Epoch(*epoch) for epoch in entry.about], runs / "finetune" / f"seed-{job.run.seed}.csv")
            wars.append(score(predictions).war)
        note_unpinned(runs)
    told = ", ".join(f"{war:.2f} %" for war in wars)
    print(f"finetune {options.corpus}: {len(corpus.tested)} test utterances; WAR {told}; {cache.counts}")
    return 0


def train_one(job: Job) -> CacheEntry:
    """The history and, as one blob, the class probabilities of the test utterances [m, c] in float64.

    Raises:
        FdanError: the stages' files or the training.
    """
    torch.backends.cudnn.deterministic = True
    corpus, batch_size = load_corpus(job.corpus, job.source), job.run.params.batch_size
    total = steps(len(corpus.visual.y), len(corpus.acoustic.y), job.run.params.epochs, batch_size)
    backbone = headless(build_network(job.features.network, job.features.weights, job.features.seed)).to(
        torch.device(device())
    )
    classes, rate = len(corpus.classes), job.params.backbone_rate
    with threads(), tqdm(total=total, desc=f"seed {job.run.seed}", position=1, leave=False, disable=None) as bar:
        network, history = fine_tune(
            backbone, corpus.visual, corpus.acoustic, classes, job.run, rate, job.model, bar.update
        )
        domains = (corpus.visual, corpus.acoustic, corpus.test)
        x_v, x_a, x = (embed_images(backbone, d.images, len(d.y), batch_size) for d in domains)
    probabilities = torch.softmax(predict_alone(network, x_v, x_a, x).double(), dim=1).numpy()
    return CacheEntry([astuple(epoch) for epoch in history], (pack(probabilities),))


def _settings(job: Job) -> str:
    """What decides a run beside images and code; a file of weights by its bytes."""
    network, weights = job.features.network, job.features.weights
    start = (network, identity_of(network, weights), job.features.seed)
    return repr((job.run, replace(job.params, seeds=(0,)), job.model, start))

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
from typing import ClassVar

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
from fdan.runtime.cached_job import run_cached
from fdan.runtime.jobs import ParallelParams
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
    settings: Run
    params: FinetuneParams
    model: ModelParams
    features: FeatureParams

    kind: ClassVar[str] = "finetune"
    code: ClassVar[tuple[str, ...]] = CODE
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def name(self) -> str:
        """For error messages."""
        return f"seed {self.settings.seed}"

    def key(self, cache: Cache) -> str:
        """What decides a run beside the code: settings, images, and the bytes of a file of weights."""
        network, weights = self.features.network, self.features.weights
        start = (network, identity_of(network, weights), self.features.seed)
        corpus = load_corpus(self.corpus, self.source)
        settings = repr((self.settings, replace(self.params, seeds=(0,)), self.model, start))
        return cache.key(settings, corpus.visual.digest, corpus.acoustic.digest, corpus.test.digest)

    def run(self) -> CacheEntry:
        """The history and, as one blob, the class probabilities of the test utterances [m, c] in float64.

        Raises:
            FdanError: the stages' files or the training.
        """
        torch.backends.cudnn.deterministic = True
        corpus, batch_size = load_corpus(self.corpus, self.source), self.settings.params.batch_size
        total = steps(len(corpus.visual.y), len(corpus.acoustic.y), self.settings.params.epochs, batch_size)
        backbone = headless(build_network(self.features.network, self.features.weights, self.features.seed)).to(
            torch.device(device())
        )
        classes, rate = len(corpus.classes), self.params.backbone_rate
        with threads(), tqdm(total=total, desc=self.name, position=1, leave=False, disable=None) as bar:
            network, history = fine_tune(
                backbone, corpus.visual, corpus.acoustic, classes, self.settings, rate, self.model, bar.update
            )
            domains = (corpus.visual, corpus.acoustic, corpus.test)
            x_v, x_a, x = (embed_images(backbone, d.images, len(d.y), batch_size) for d in domains)
        probabilities = torch.softmax(predict_alone(network, x_v, x_a, x).double(), dim=1).numpy()
        return CacheEntry([astuple(epoch) for epoch in history], (pack(probabilities),))


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
    trained = run_cached(jobs, f"finetune {options.corpus}", parallel, gpus=True)
    where, wars = Path("finetune") / options.corpus, []
    with output("runs" / where) as runs, output("reports/predictions" / where) as reports:
        for folder in (runs, reports):
            (folder / "finetune").mkdir(parents=True)
        for job, entry in zip(jobs, trained.entries, strict=True):
            probabilities = unpack(entry.blobs[0], len(corpus.tested))
            predictions = make_predictions(corpus.tested, corpus.classes, corpus.test.y.numpy(), probabilities)
            write_predictions(predictions, reports / "finetune" / f"seed-{job.settings.seed}.csv")
            write_history([Epoch(*epoch) for epoch in entry.about], runs / "finetune" / f"seed-{job.settings.seed}.csv")
            wars.append(score(predictions).war)
        note_unpinned(runs)
    told = ", ".join(f"{war:.2f} %" for war in wars)
    print(f"finetune {options.corpus}: {len(corpus.tested)} test utterances; WAR {told}; {trained.counts}")
    return 0

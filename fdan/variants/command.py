"""FDAN end to end on one corpus, through the backbone: hours on a GPU, so a command and no stage.

Example:
  fdan finetune savee

Reads what the stages faces, mels and splits wrote. Writes reports/predictions/finetune/<corpus>/finetune/seed-<n>.csv,
and histories below runs.
"""

from fdan.numerics.pins import device, note_unpinned

import argparse
from pathlib import Path

import torch
from tqdm import tqdm

from fdan.data.histories import write_history
from fdan.features.extractor import FeatureParams
from fdan.learning.bank import predict_alone
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.metrics.scores import score
from fdan.networks.pretrained import build_network, threads
from fdan.runtime.params import Alpha, load_params
from fdan.runtime.process import output
from fdan.variants.finetune import FinetuneParams, embed, fine_tune, headless, load_corpus, steps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The corpus."""
    parser.add_argument("corpus", help="the target domain's corpus, whose faces train as well")


def run(options: argparse.Namespace) -> int:
    """Train every seed, predict the test utterances, print the WARs.

    Raises:
        FdanError: params.yaml, the stages' files or the training.
    """
    torch.backends.cudnn.deterministic = True
    where_to = torch.device(device())
    params, features = load_params("finetune", FinetuneParams), load_params("features", FeatureParams)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    alpha = load_params("alpha", Alpha)
    corpus = load_corpus(options.corpus)
    domains = (corpus.visual, corpus.acoustic, corpus.test)
    where, wars = Path("finetune") / options.corpus, []
    total = steps(len(corpus.visual.y), len(corpus.acoustic.y), training.epochs, training.batch_size)
    with (
        threads(),
        output("runs" / where) as runs,
        output("reports/predictions" / where) as reports,
        tqdm(total=total * len(params.seeds), desc=f"finetune {options.corpus}", leave=False, disable=None) as bar,
    ):
        for folder in (runs, reports):
            (folder / "finetune").mkdir(parents=True)
        for seed in params.seeds:
            backbone = headless(build_network("resnet34", features.weights, features.seed)).to(where_to)
            settings = Run(seed, alpha, training)
            network, history = fine_tune(
                backbone,
                corpus.visual,
                corpus.acoustic,
                len(corpus.classes),
                settings,
                params.backbone_rate,
                model,
                bar.update,
            )
            x_v, x_a, x = (embed(backbone, d.images, len(d.y), training.batch_size) for d in domains)
            probabilities = torch.softmax(predict_alone(network, x_v, x_a, x).double(), dim=1).numpy()
            predictions = make_predictions(corpus.tested, corpus.classes, corpus.test.y.numpy(), probabilities)
            write_predictions(predictions, reports / "finetune" / f"seed-{seed}.csv")
            write_history(history, runs / "finetune" / f"seed-{seed}.csv")
            wars.append(score(predictions).war)
        note_unpinned(runs)
    told = ", ".join(f"{war:.2f} %" for war in wars)
    print(f"finetune {options.corpus}: {len(corpus.tested)} test utterances; WAR {told}")
    return 0

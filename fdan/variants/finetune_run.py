"""FDAN end to end on one corpus, through the backbone: hours on a GPU, so a command and no stage."""

from fdan.numerics.pins import device

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from fdan.data.archive import Archive
from fdan.data.emotions import Emotion
from fdan.data.histories import write_history
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.data.splits import TEST, TRAIN, read_splits
from fdan.features.extractor import FeatureParams
from fdan.learning.bank import predict_alone
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.metrics.predictions import make_predictions, write_predictions
from fdan.metrics.scores import score
from fdan.networks.pretrained import build_network, threads
from fdan.runtime.params import Alpha, load_params
from fdan.runtime.process import output, run
from fdan.variants.finetune import FinetuneParams, ImageDomain, embed, fine_tune, headless, steps


def main() -> None:
    """Write ``reports/predictions/finetune/<corpus>/finetune/seed-<n>.csv``, and histories below ``runs``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="the target domain's corpus, whose faces train as well")
    corpus = parser.parse_args().corpus
    torch.backends.cudnn.deterministic = True
    where_to = torch.device(device())
    params, features = load_params("finetune", FinetuneParams), load_params("features", FeatureParams)
    model, training = load_params("model", ModelParams), load_params("train", TrainParams)
    alpha = load_params("alpha", Alpha)
    split = read_splits([corpus])[corpus]
    classes, seen = split.classes, split.visual()
    faces = [f for f in _faces(corpus) if f.crop and f.utterance in seen and f.emotion in classes]
    parts = [[m for m in _mels(corpus) if m.utterance in split.acoustic(part)] for part in (TRAIN, TEST)]
    mels, test = ([m for m in part if m.emotion in classes] for part in parts)
    crops, archive = Path(f"data/faces/{corpus}/crops.zip"), Path(f"data/mels/{corpus}/mels.zip")
    visual = ImageDomain(Archive(crops, [f.crop for f in faces]), _labels(faces, classes))
    acoustic = ImageDomain(Archive(archive, [m.image for m in mels]), _labels(mels, classes))
    tested = Archive(archive, [m.image for m in test])
    where, wars = Path("finetune") / corpus, []
    total = steps(len(faces), len(mels), training.epochs, training.batch_size) * len(params.seeds)
    with (
        threads(),
        output("runs" / where) as runs,
        output("reports/predictions" / where) as reports,
        tqdm(total=total, desc=f"finetune {corpus}", leave=False, disable=None) as bar,
    ):
        for folder in (runs, reports):
            (folder / "finetune").mkdir(parents=True)
        for seed in params.seeds:
            backbone = headless(build_network("resnet34", features.weights, features.seed)).to(where_to)
            settings = Run(seed, alpha, training)
            network, history = fine_tune(
                backbone, visual, acoustic, len(classes), settings, params.backbone_rate, model, bar.update
            )
            x_v, x_a, x = (
                embed(backbone, images, count, training.batch_size)
                for images, count in (
                    (visual.images, len(faces)), (acoustic.images, len(mels)), (tested, len(test)),
                )
            )  # fmt: skip
            probabilities = torch.softmax(predict_alone(network, x_v, x_a, x).double(), dim=1).numpy()
            truth = _labels(test, classes).numpy()
            predictions = make_predictions(tuple(m.utterance for m in test), classes, truth, probabilities)
            write_predictions(predictions, reports / "finetune" / f"seed-{seed}.csv")
            write_history(history, runs / "finetune" / f"seed-{seed}.csv")
            wars.append(score(predictions).war)
    print(f"finetune {corpus}: {len(test)} test utterances; WAR {', '.join(f'{war:.2f} %' for war in wars)}")


def _faces(corpus: str) -> list[FaceRow]:
    return read_records(Path(f"data/faces/{corpus}/index.csv"), FaceRow)


def _mels(corpus: str) -> list[MelRow]:
    return read_records(Path(f"data/mels/{corpus}/index.csv"), MelRow)


def _labels(samples: Sequence[FaceRow] | Sequence[MelRow], classes: tuple[Emotion, ...]) -> torch.Tensor:
    return torch.tensor([classes.index(sample.emotion) for sample in samples], dtype=torch.int64)


if __name__ == "__main__":
    run()

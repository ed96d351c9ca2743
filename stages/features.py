"""Stage features: ResNet-34 features of one corpus' face crops or Mel images."""

import argparse
from pathlib import Path

from tqdm import tqdm

from fdan.backbone import FeatureParams, build_network, extract_features
from fdan.data.index import Face, Mel, read_index
from fdan.data.utterance import Modality
from fdan.features import FeatureSet, write_features
from fdan.media.archive import read_images
from fdan.params import load_params
from stages.process import output, run


def main() -> None:
    """Write ``data/features/<modality>/<corpus>.safetensors``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modality", choices=list(Modality))
    parser.add_argument("corpus")
    args = parser.parse_args()
    params = load_params("features", FeatureParams)
    samples: list[tuple[Face | Mel, str]]
    if args.modality == Modality.VISUAL:
        archive = Path(f"data/faces/{args.corpus}/crops.zip")
        samples = [(f, f.crop) for f in read_index(Face, archive.with_name("index.csv")) if f.crop]
    else:
        archive = Path(f"data/mels/{args.corpus}/mels.zip")
        samples = [(m, m.image) for m in read_index(Mel, archive.with_name("index.csv")) if m.image]
    title = f"features {args.modality} {args.corpus}"
    network = build_network("resnet34", params.weights, params.seed)
    images = tqdm(
        read_images(archive, [name for _, name in samples]),
        title,
        len(samples),
        unit="",
        mininterval=1,
        leave=False,
        disable=None,
    )
    values = extract_features(network, images, params.batch_size, params.precision)
    features = FeatureSet(tuple(s.utterance for s, _ in samples), tuple(s.emotion for s, _ in samples), values)
    with output(Path(f"data/features/{args.modality}/{args.corpus}.safetensors")) as path:
        write_features(features, path)
    print(f"{title}: {values.shape[0]} samples x {values.shape[1]}, weights {params.weights}")


if __name__ == "__main__":
    run()

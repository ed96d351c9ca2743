"""Outputs of stages that a rehearsal does not run at full size: made of a share's, or of random numbers."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path

import numpy as np
import torch

from fdan.data.archive import read_bytes, write_images
from fdan.data.emotions import Modality
from fdan.data.features import FeatureSet, read_features, write_features
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import Utterance, read_manifest
from fdan.data.records import read_records, write_records
from fdan.data.splits import TEST, read_split
from fdan.dialogues.reading import texts_of
from fdan.metrics.predictions import tested
from fdan.metrics.scores import write_runs
from fdan.rehearsal.corpora import trailer
from fdan.runtime.process import output
from fdan.sequences.inputs import Inputs, read_inputs, write_inputs


def stretch(share: Path, full: Path, corpus: str) -> None:
    """Faces, Mel images and sounds of all utterances of a corpus; what is there stays.

    Utterance i has the crops, the image and the sound of the share's utterance i modulo their number, and each has
    bytes of its own: what reads them computes equal ones once.

    Args:
        share: the folder in which the stages ran on a share of the corpus.
        full: the folder with the manifest of all of it, or of the same share.
        corpus: its name.
    """
    manifest = read_manifest(full / f"data/manifests/{corpus}.csv").utterances
    _images(share / f"data/faces/{corpus}", full / f"data/faces/{corpus}", "crops.zip", FaceRow, manifest)
    _images(share / f"data/mels/{corpus}", full / f"data/mels/{corpus}", "mels.zip", MelRow, manifest)
    _once(full / f"data/sounds/{corpus}.zip", lambda path: _sounds(share / f"data/sounds/{corpus}.zip", path, manifest))


def describe(share: Path, full: Path, corpus: str, methods: Sequence[str]) -> None:
    """Features and inputs of all utterances of a corpus; what is there stays.

    Utterance i has the inputs of the share's utterance i modulo their number; features are random.

    Args:
        share: the folder in which the stages ran on a share of the corpus.
        full: the folder with the manifest of all of it.
        corpus: its name.
        methods: those whose inputs are read of sounds.
    """
    manifest = read_manifest(full / f"data/manifests/{corpus}.csv").utterances
    for modality in Modality:
        name = f"data/features/{modality}/{corpus}.safetensors"
        _once(full / name, lambda path, name=name: _features(share / name, path, manifest))  # type: ignore[misc]
    for method in methods:
        name = f"data/inputs/{corpus}/{method}.safetensors"
        _once(full / name, lambda path, name=name: _inputs(share / name, path, manifest))  # type: ignore[misc]


def predict_by_chance(full: Path, corpus: str, networks: Sequence[str], seeds: Sequence[int]) -> None:
    """Random predictions of the CNN rows for all test utterances of a corpus; what is there stays."""
    split = read_split(full / f"data/splits/{corpus}.csv")
    utterances, rng = sorted(split.acoustic(TEST)), np.random.default_rng(0)
    for network in networks:

        def write(path: Path) -> None:
            chances = rng.dirichlet(np.ones(len(split.classes)), (len(seeds), len(utterances)))
            write_runs(path, ((s, tested(split, utterances, some), 1) for s, some in zip(seeds, chances, strict=True)))

        _once(full / f"reports/predictions/baselines/{corpus}/{network}", write)


def _once(place: Path, write: Callable[[Path], None]) -> None:
    if not place.exists():
        with output(place) as path:
            write(path)


def _images(
    share: Path, full: Path, archive: str, type_: type[FaceRow] | type[MelRow], manifest: Sequence[Utterance]
) -> None:
    drawn: dict[str, list[FaceRow | MelRow]] = {}
    for row in read_records(share / "index.csv", type_):
        drawn.setdefault(row.utterance, []).append(row)
    index: list[FaceRow | MelRow] = []
    numbers = count()

    def images() -> Iterator[tuple[str, bytes]]:
        for utterance, rows in zip(manifest, cycle(drawn.values()), strict=False):
            for number, row in enumerate(rows, start=1):
                id_, emotion = utterance.id, utterance.emotion
                if isinstance(row, FaceRow):
                    old, new = row.crop, row.crop and f"{utterance.id}_{number}.jpg"
                    index.append(replace(row, utterance=id_, emotion=emotion, crop=new))
                else:
                    old, new = row.image, row.image and f"{utterance.id}.png"
                    index.append(replace(row, utterance=id_, emotion=emotion, image=new))
                if old:
                    yield new, next(read_bytes(share / archive, [old])) + trailer(Path(new).suffix, next(numbers))

    def write(path: Path) -> None:
        path.mkdir()
        write_images(path / archive, images())
        write_records(path / "index.csv", type_, index)

    _once(full, write)


def _sounds(share: Path, path: Path, manifest: Sequence[Utterance]) -> None:
    with zipfile.ZipFile(share) as file:
        turn = zip(count(), manifest, cycle(file.namelist()), strict=False)
        write_images(path, ((f"{u.id}.wav", file.read(name) + trailer(".wav", i)) for i, u, name in turn))


def _features(share: Path, path: Path, manifest: Sequence[Utterance]) -> None:
    there = read_features(share)
    each = round(len(there.utterances) / max(1, len(set(there.utterances))))
    rows = [u for u in manifest for _ in range(each)]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        values = torch.randn(len(rows), there.values.shape[1])
    write_features(FeatureSet(tuple(u.id for u in rows), tuple(u.emotion for u in rows), values), path)


def _inputs(share: Path, path: Path, manifest: Sequence[Utterance]) -> None:
    there = read_inputs(share)
    if there.missing:
        write_inputs(there, path)
        return
    texts = texts_of(manifest)
    more = there.at([i % len(there) for i in range(len(manifest))])
    known = {name: texts[name] for name in there.texts}
    write_inputs(Inputs(tuple(u.id for u in manifest), more.arrays, more.augmented, known), path)

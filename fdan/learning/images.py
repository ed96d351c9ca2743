"""The samples of a training through the backbone: images instead of features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float64, Int64, UInt8
from torch import Tensor

from fdan.data.archive import Archive
from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.data.splits import TEST, TRAIN
from fdan.learning.domains import open_target
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.runtime.cache import digest
from fdan.runtime.project import Project

Images = Callable[[Sequence[int]], UInt8[np.ndarray, "n h w 3"]]
"""RGB images by their places: a corpus of faces need not fit into memory."""


@dataclass(frozen=True)
class ImageDomain:
    """The labelled samples of one domain as images.

    Attributes:
        images: in the order of `y`.
        y: indexes the target corpus' classes.
        digest: of all that they are, so that a training that was killed goes on with the same images.
    """

    images: Images
    y: Int64[Tensor, " n"]
    digest: str


@dataclass(frozen=True)
class ImageCorpus:
    """What one corpus is trained and tested on.

    Attributes:
        classes: its emotions, in the order that `y` of the domains means.
        visual: usable face crops of the source corpus, all of these emotions.
        acoustic: Mel images of the training speech.
        test: Mel images of the test speech.
        tested: the test images' utterances.
        left: face crops of emotions that the speech lacks, left out of `visual`.
    """

    classes: tuple[Emotion, ...]
    visual: ImageDomain
    acoustic: ImageDomain
    test: ImageDomain
    tested: tuple[str, ...]
    left: int

    @property
    def training_digest(self) -> str:
        """Of all images and labels that a training reads."""
        return repr((self.visual.digest, self.acoustic.digest, self.classes))

    @property
    def test_digest(self) -> str:
        """Of the test images and their labels."""
        return repr((self.test.digest, self.tested))

    def predictions(self, probabilities: Float64[np.ndarray, "n c"]) -> Predictions:
        """What a run says of the test utterances, in the order of `tested`."""
        return make_predictions(self.tested, self.classes, self.test.y.numpy(), probabilities)


def load_corpus(project: Project, corpus: str, source: str, size: int) -> ImageCorpus:
    """Read what the stages faces, mels and splits wrote.

    Args:
        project: where that lies.
        corpus: whose speech is learnt and tested.
        source: whose faces train, perhaps its own.
        size: side in pixels of the images that it gives.

    Raises:
        CorpusError: a file is missing or broken, or one corpus is synthetic and the other is not.
    """
    target = open_target(project, corpus, [source])
    split = target.split
    classes, seen = split.classes, target.sources.get(source, split).visual()
    crops, images = project.faces(source), project.mels(corpus)
    faces = [f for f in read_records(crops / "index.csv", FaceRow) if f.crop and f.utterance in seen]
    mels = read_records(images / "index.csv", MelRow)
    train, test = ([m for m in mels if m.utterance in split.acoustic(part)] for part in (TRAIN, TEST))

    def domain(archive: Path, samples: Sequence[tuple[str, Emotion]]) -> ImageDomain:
        kept = [(name, classes.index(emotion)) for name, emotion in samples if emotion in classes]
        labels = torch.tensor([label for _, label in kept], dtype=torch.int64)
        stored = Archive(archive, [name for name, _ in kept])
        return ImageDomain(partial(_resized, stored, size), labels, repr((digest(archive), size, kept)))

    return ImageCorpus(
        classes,
        domain(crops / "crops.zip", [(f.crop, f.emotion) for f in faces]),
        domain(images / "mels.zip", [(m.image, m.emotion) for m in train]),
        domain(images / "mels.zip", [(m.image, m.emotion) for m in test]),
        tuple(m.utterance for m in test if m.emotion in classes),
        sum(face.emotion not in classes for face in faces),
    )


def _resized(images: Images, size: int, places: Sequence[int]) -> UInt8[np.ndarray, "n s s 3"]:
    """The images at these places, at another size, averaging over area."""
    return np.stack([cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA) for image in images(places)])

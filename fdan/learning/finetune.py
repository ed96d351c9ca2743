"""FDAN end to end: the backbone learns too, at a tenth of the rate (as the released code does; not in the paper).

All three variants are trained so, to see what the frozen backbone costs.

One ResNet serves both modalities, as in the released code: the bottleneck behind it is shared as well, so both must
speak the same language, and a batch costs one pass and the memory of one network.

Batch normalisation keeps the statistics that its weights came with; its scales and shifts learn. Statistics of a
batch would mix faces with spectrograms, and let a sample's features depend on what else is in the batch: then no
bank, and no prediction by itself, would mean anything. Features are standardised with mean and standard deviation
of the training samples before the first step, which stay as they are.
"""

from fdan.numerics.pins import device

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, ClassVar

import cv2
import numpy as np
import torch
from annotated_types import Ge, Gt, Le, MinLen
from jaxtyping import Float, Float64, Int64, UInt8
from safetensors.torch import save
from torch import Tensor, nn
from tqdm import tqdm

from fdan.backbones.pretrained import build_network, headless, identity_of, threads, to_input
from fdan.backbones.resume import EVERY, Resumable
from fdan.data.archive import Archive
from fdan.data.emotions import Emotion
from fdan.data.histories import Epoch
from fdan.data.index import FaceRow, MelRow
from fdan.data.records import read_records
from fdan.data.splits import TEST, TRAIN
from fdan.learning.bank import predict_alone
from fdan.learning.domains import open_target
from fdan.learning.losses import fdan_loss
from fdan.learning.model import FDAN
from fdan.learning.outcomes import Outcome, to_entry, to_outcome
from fdan.learning.params import ModelParams, Run
from fdan.learning.training import Domain, Meter, build_model, learning_rate, require_samples, unpaired_batches
from fdan.metrics.predictions import Predictions, make_predictions
from fdan.runtime.cache import Cache, CacheEntry, code_of, digest
from fdan.runtime.params import Seeds
from fdan.runtime.project import Project

Images = Callable[[Sequence[int]], UInt8[np.ndarray, "n h w 3"]]
"""RGB images by their places: a corpus of faces need not fit into memory."""


LIBRARIES = ("numpy", "opencv-python-headless", "torch", "torchvision")
"""Their versions count for a cached result."""


@dataclass(frozen=True)
class FinetuneParams:
    """Section ``finetune`` of params.yaml; all else is as in ``train``, ``model`` and ``variants``.

    Attributes:
        network: torchvision's name of the backbone.
        weights: that it starts from: ``random``, ``imagenet``, or the path of a state dict.
        size: side of the images in pixels.
        epochs: passes over the training images.
        backbone_rate: the backbone's learning rate relative to ``train.learning_rate``.
        seeds: one run each.
    """

    network: Annotated[str, MinLen(1)]
    weights: Annotated[str, MinLen(1)]
    size: Annotated[int, Ge(32)]
    epochs: Annotated[int, Ge(1)]
    backbone_rate: Annotated[float, Gt(0), Le(1)]
    seeds: Seeds


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
    def digest(self) -> str:
        """Of all images and labels, for the cache."""
        return repr((self.visual.digest, self.acoustic.digest, self.test.digest, self.tested))

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


@torch.inference_mode()
def embed_images(backbone: nn.Module, images: Images, count: int, batch_size: int) -> Float[Tensor, "n p"]:
    """Features of images 0 to `count` - 1, on the CPU.

    Args:
        backbone: of `headless`, so that batch normalisation is as the module's docstring says.
        images: where they are.
        count: how many, at least one.
        batch_size: images that pass the network together.
    """
    device = _device(backbone)
    rows = [
        backbone(to_input(images(range(i, min(i + batch_size, count)))).to(device)).cpu()
        for i in range(0, count, batch_size)
    ]
    return torch.cat(rows)


def fine_tune(
    backbone: nn.Module,
    visual: ImageDomain,
    acoustic: ImageDomain,
    classes: int,
    run: Run,
    attention: bool,
    backbone_rate: float,
    params: ModelParams,
    progress: Callable[[], object],
    every: float = EVERY,
) -> tuple[FDAN, list[Epoch]]:
    """Train `backbone`, in place, and FDAN upon it; the last epoch's weights are the result.

    A training that was killed goes on from the last state that it wrote, and ends in the same bits; but on a GPU,
    where the backbone already is, the same seed need not give the same bits.

    Args:
        backbone: of `headless`.
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        run: seed, alpha and the optimiser's settings.
        attention: whether FDAN has cross-attention.
        backbone_rate: the backbone's learning rate relative to the rest's.
        params: widths and depth of FDAN.
        progress: called after every step; there are `steps` of them.
        every: seconds from one written state to the next.

    Returns:
        FDAN on the CPU, and its history: where the loss stops being a finite number, only the epochs before. Gradients
        and the test set's WAR are not measured.

    Raises:
        TrainingError: a domain is empty.
    """
    require_samples(visual.y, acoustic.y)
    settings, device = run.params, _device(backbone)
    faces, speech = (
        Domain(embed_images(backbone, d.images, len(d.y), settings.batch_size), d.y) for d in (visual, acoustic)
    )
    model = build_model(faces, speech, classes, params, attention, run.seed).to(device).train()
    optimiser = torch.optim.SGD(
        [{"params": list(model.parameters())}, {"params": list(backbone.parameters())}],
        settings.learning_rate,
        settings.momentum,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    generator = torch.Generator().manual_seed(run.seed)
    meter, history = Meter(), list[Epoch]()
    cache = Cache("resume", (run, attention, backbone_rate, params, classes), code_of(__name__), LIBRARIES)
    training = Resumable(
        cache,
        cache.key(visual.digest, acoustic.digest, _weights(backbone)),
        [model, backbone],
        optimiser,
        generator,
        steps(len(visual.y), len(acoustic.y), 1, settings.batch_size),
        progress,
        memory=lambda: [[astuple(epoch) for epoch in history], [terms.tolist() for terms in meter.terms]],
        every=every,
    )
    if training.remembered:
        history += [Epoch(*epoch) for epoch in training.remembered[0]]
        meter.terms += [torch.tensor(terms) for terms in training.remembered[1]]
    iteration = training.done
    for _ in training.epochs(settings.epochs):
        drawn = unpaired_batches(len(visual.y), len(acoustic.y), settings.batch_size, generator)
        for b_v, b_a in training.batches(drawn):
            rate = learning_rate(settings, iteration)
            for group, factor in zip(optimiser.param_groups, (1.0, backbone_rate), strict=True):
                group["lr"] = factor * rate
            both = np.concatenate([visual.images(b_v.tolist()), acoustic.images(b_a.tolist())])
            x_v, x_a = backbone(to_input(both).to(device)).split([len(b_v), len(b_a)])
            y_v, y_a = visual.y[b_v].to(device), acoustic.y[b_a].to(device)
            logits_v, logits_a, layers = model(x_v[None], x_a[None])
            loss = fdan_loss(logits_v, logits_a, layers, y_v[None], y_a[None], run.alpha)
            optimiser.zero_grad()
            loss.total.sum().backward()
            optimiser.step()
            meter.add(loss.ce_acoustic, loss.ce_visual, loss.lmmd)
            iteration += 1
        [line] = meter.close([learning_rate(settings, iteration - 1)], [run.alpha])
        if line is None:
            break
        history.append(line)
    training.forget()
    return model.cpu().eval(), history


def steps(n_v: int, n_a: int, epochs: int, batch_size: int) -> int:
    """How often `fine_tune` calls its `progress`."""
    return epochs * -(-min(n_v, n_a) // batch_size)


def _weights(network: nn.Module) -> str:
    """A digest of where a training starts from."""
    tensors = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
    return hashlib.sha256(save(tensors)).hexdigest()


def _device(network: nn.Module) -> torch.device:
    return next(network.parameters()).device


@dataclass(frozen=True)
class Job:
    """One network to train and test, backbone and all.

    Attributes:
        variant: its name.
        settings: seed, alpha and the optimiser's settings.
        attention: whether FDAN has cross-attention.
        params: backbone, size and rate.
        model: FDAN's widths and depth.
        project: where the images lie.
        corpus: whose speech is learnt and tested.
        source: whose faces train.
        digest: `ImageCorpus.digest`.
    """

    variant: str
    settings: Run
    attention: bool
    params: FinetuneParams
    model: ModelParams
    project: Project
    corpus: str
    source: str
    digest: str

    kind: ClassVar[str] = "finetune"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def code(self) -> tuple[str, ...]:
        """The files of this module and of all that it imports."""
        return code_of(__name__)

    @property
    def name(self) -> str:
        """For error messages and progress bars."""
        return f"{self.variant} seed {self.settings.seed}"

    def key(self, cache: Cache) -> str:
        """Settings, images, and the bytes of a file of weights."""
        start = identity_of(self.params.network, self.params.weights)
        params = replace(self.params, seeds=(0,))
        return cache.key(repr((self.settings, self.attention, params, self.model)), start, self.digest)

    def run(self) -> CacheEntry:
        """Train and test one network.

        Raises:
            FdanError: a file of the stages before is missing or broken, or the training cannot start.
        """
        torch.backends.cudnn.deterministic = True
        corpus = load_corpus(self.project, self.corpus, self.source, self.params.size)
        settings = self.settings.params
        total = steps(len(corpus.visual.y), len(corpus.acoustic.y), settings.epochs, settings.batch_size)
        backbone = headless(build_network(self.params.network, self.params.weights, self.settings.seed))
        backbone = backbone.to(torch.device(device()))
        with threads(), tqdm(total=total, desc=self.name, position=1, leave=False, disable=None) as bar:
            network, history = fine_tune(
                backbone,
                corpus.visual,
                corpus.acoustic,
                len(corpus.classes),
                self.settings,
                self.attention,
                self.params.backbone_rate,
                self.model,
                bar.update,
            )
            x_v, x_a, x = (
                embed_images(backbone, domain.images, len(domain.y), settings.batch_size)
                for domain in (corpus.visual, corpus.acoustic, corpus.test)
            )
        probabilities = torch.softmax(predict_alone(network, x_v, x_a, x).double(), dim=1).numpy()
        parameters = sum(weights.numel() for module in (network, backbone) for weights in module.parameters())
        return to_entry(history, settings.epochs, probabilities, parameters)

    def outcome(self, entry: CacheEntry, corpus: ImageCorpus) -> Outcome:
        """What `run` found of the corpus."""
        settings, tested = self.settings, len(corpus.tested)
        return to_outcome(self.variant, settings.seed, "", settings.params.epochs, entry, corpus.predictions, tested)

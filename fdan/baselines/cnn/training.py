"""The CNN rows of Tables 1 and 2: a torchvision network, fine-tuned whole on acoustic Mel images."""

from fdan.numerics.pins import device

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, Float64, Int64, UInt8
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from tqdm import tqdm

from fdan.backbones.pretrained import build_network, grey_to_rgb, identity_of, threads, to_input
from fdan.backbones.resume import EVERY, Resumable
from fdan.backbones.vision import models
from fdan.baselines.cnn.params import CNNParams
from fdan.data.archive import read_images
from fdan.data.index import MelRow
from fdan.data.records import read_records
from fdan.data.splits import TEST, TRAIN, Split, read_split
from fdan.metrics.predictions import pack
from fdan.runtime.cache import Cache, CacheEntry, digest

CODE = ("fdan/baselines/cnn", "fdan/networks", "fdan/numerics")
LIBRARIES = ("numpy", "opencv-python-headless", "torch", "torchvision")
"""What a written state depends on, beside its settings and samples."""

BLOCKS = (models.resnet.BasicBlock, models.resnet.Bottleneck)

AT_ONCE = 8 * 224 * 224
"""Pixels of images whose activations are all kept: of the paper's batches VGG-19 and ResNet-50 would need 5 GB."""


def train_cnn(
    name: str,
    images: UInt8[np.ndarray, "n h w"],
    labels: Int64[np.ndarray, " n"],
    classes: int,
    test_images: UInt8[np.ndarray, "m h w"],
    params: CNNParams,
    seed: int,
    progress: Callable[[], object],
    every: float = EVERY,
) -> tuple[Float64[np.ndarray, "m c"], int]:
    """Train every layer on the training images and predict the test images after the last epoch.

    A training that was killed goes on from the last state that it wrote, and ends in the same bits.

    Args:
        name: torchvision's name of the network.
        images: training Mel images, grey, of the size to train at.
        labels: their class indices.
        classes: number of emotions.
        test_images: images to predict.
        params: settings.
        seed: decides head, dropout and order.
        progress: called after every step.
        every: seconds from one written state to the next.

    Returns:
        Class probabilities of the test images, and how many parameters were trained.
    """
    where = torch.device(device())
    with threads(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # the head's weights and dropout draw from the global generator
        network = with_head(build_network(name, params.weights, seed), classes).to(where)
        if params.batch_size * params.size**2 > AT_ONCE:
            _keep_less(network)
        optimiser = torch.optim.SGD(
            network.parameters(), params.learning_rate, params.momentum, weight_decay=params.weight_decay, fused=True
        )
        order = torch.Generator().manual_seed(seed)
        cache = Cache("resume", replace(params, seeds=(0,)), CODE, LIBRARIES)
        data = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
        key = cache.key(name, str(seed), str(classes), data, identity_of(name, params.weights))
        steps = -(-len(images) // params.batch_size)
        training = Resumable(cache, key, [network], optimiser, order, steps, progress, every=every)
        network.train()
        for _ in training.epochs(params.epochs):
            drawn = torch.randperm(len(images), generator=order).split(params.batch_size)
            for rows in training.batches(drawn):
                x = to_input(grey_to_rgb(images[rows.numpy()])).to(where)
                optimiser.zero_grad()
                _add_gradient(network, x, torch.from_numpy(labels)[rows].to(where))
                optimiser.step()
        probabilities = _probabilities(network.eval(), test_images, params.batch_size, where)
        training.forget()
        return probabilities, sum(weights.numel() for weights in network.parameters())


def _add_gradient(network: nn.Module, x: Float[Tensor, "b 3 h w"], y: Int64[Tensor, " b"]) -> None:
    """Add the gradient of a batch's mean cross-entropy: part by part where no normalisation joins the images."""
    joined = any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    count = len(x) if joined else max(1, AT_ONCE // x[0, 0].numel())
    for part, labels in zip(x.split(count), y.split(count), strict=True):
        (functional.cross_entropy(network(part), labels) * (len(part) / len(x))).backward()


def _keep_less(network: nn.Module) -> None:
    """Let a ResNet keep what goes into its blocks alone, and compute the rest anew for the gradient: the same bits."""

    @contextmanager
    def again(block: nn.Module) -> Iterator[None]:
        """The means and variances that are used after training have seen this batch."""
        norms = [module for module in block.modules() if isinstance(module, nn.BatchNorm2d)]
        before = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = 0.0
        try:  # it is left by an exception as soon as nothing more is needed
            yield
        finally:
            for norm, momentum in zip(norms, before, strict=True):
                norm.momentum = momentum

    def contexts(block: nn.Module) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), again(block)

    for block in [module for module in network.modules() if isinstance(module, BLOCKS)]:
        block.forward = partial(checkpoint, block.forward, use_reentrant=False, context_fn=partial(contexts, block))


def with_head(network: nn.Module, classes: int) -> nn.Module:
    """The network with its last linear layer exchanged for one of `classes` outputs."""
    parent, last = (network.classifier, "6") if hasattr(network, "classifier") else (network, "fc")
    assert isinstance(parent, nn.Module)
    old = parent.get_submodule(last)
    assert isinstance(old, nn.Linear)
    setattr(parent, last, nn.Linear(old.in_features, classes))
    return network


def shrink(image: UInt8[np.ndarray, "h w"], size: int) -> UInt8[np.ndarray, "s s"]:
    """A grey image at another size, averaging over area."""
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


@torch.inference_mode()
def _probabilities(
    network: nn.Module, images: UInt8[np.ndarray, "m h w"], batch_size: int, device: torch.device
) -> Float64[np.ndarray, "m c"]:
    rows = [
        torch.softmax(network(to_input(grey_to_rgb(images[i : i + batch_size])).to(device)), dim=1)
        for i in range(0, len(images), batch_size)
    ]
    return torch.cat(rows).cpu().double().numpy()


def load(corpus: str, split: Split, part: str, size: int) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Utterances, class indices and grey Mel images [n, size, size] of one part."""
    there = split.acoustic(part)
    mels = [m for m in read_records(Path(f"data/mels/{corpus}/index.csv"), MelRow) if m.utterance in there]
    images = read_images(Path(f"data/mels/{corpus}/mels.zip"), [m.image for m in mels])
    labels = np.array([split.classes.index(m.emotion) for m in mels], dtype=np.int64)
    return tuple(m.utterance for m in mels), labels, np.stack([shrink(image, size) for image in images])


def known(corpus: str, params: CNNParams) -> Cache:
    """The networks of one corpus' Mel images and split that were trained before, by `Job.start`."""
    files = [Path(f"data/mels/{corpus}/mels.zip"), Path(f"data/splits/{corpus}.csv")]
    settings = replace(params, networks=("resnet18",), seeds=(0,))  # the others are trained as before
    return Cache("cnn", (settings, [digest(file) for file in files]), CODE, LIBRARIES)


@dataclass(frozen=True)
class Job:
    """One network of one seed, for the stage's other processes.

    Attributes:
        corpus: whose Mel images train it.
        network: torchvision's name.
        seed: of head, dropout and order.
        params: settings.
    """

    corpus: str
    network: str
    seed: int
    params: CNNParams

    @property
    def start(self) -> tuple[str, str, str]:
        """What tells it from the others in the cache `known`: network, seed, and the weights that it starts from."""
        return self.network, str(self.seed), identity_of(self.network, self.params.weights)


def train_one(job: Job) -> CacheEntry:
    """How many parameters were trained, the test utterances, and as one blob their probabilities [m, c], float64.

    Raises:
        CorpusError: a file of the stages mels and splits is missing or broken.
    """
    split = read_split(Path(f"data/splits/{job.corpus}.csv"))
    _, labels, images = load(job.corpus, split, TRAIN, job.params.size)
    utterances, _, test_images = load(job.corpus, split, TEST, job.params.size)
    steps = job.params.epochs * -(-len(images) // job.params.batch_size)
    with tqdm(total=steps, desc=f"{job.network} seed {job.seed}", position=1, leave=False, disable=None) as bar:
        probabilities, parameters = train_cnn(
            job.network, images, labels, len(split.classes), test_images, job.params, job.seed, bar.update
        )
    return CacheEntry([parameters, list(utterances)], (pack(probabilities),))

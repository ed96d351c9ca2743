"""The CNN rows of Tables 1 and 2: a torchvision network, fine-tuned whole on acoustic Mel images."""

from fdan.numerics.pins import device

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

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
from fdan.data.archive import read_images
from fdan.data.index import MelRow
from fdan.data.records import read_records
from fdan.data.splits import TEST, TRAIN, Split, read_split
from fdan.methods.params import CNNParams
from fdan.methods.running import Answer, Diverged, Recognised, entry_of, require_finite, size, stratified_folds
from fdan.metrics.predictions import tested, training_war
from fdan.runtime.cache import Cache, CacheEntry, code_of, digest
from fdan.runtime.project import Project

LIBRARIES = ("numpy", "opencv-python-headless", "torch", "torchvision")
"""Their versions count for a cached result and for a written state."""

BLOCKS = (models.resnet.BasicBlock, models.resnet.Bottleneck)

FOLDS = 5
"""One of so many parts of the training speech chooses the learning rate."""

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
) -> Answer:
    """Train every layer on the training images and predict the test images after the last epoch.

    A training that was killed goes on from the last state that it wrote, and ends in the same bits.

    Args:
        name: torchvision's name of the network.
        images: training Mel images, grey, of the size to train at.
        labels: their class indices.
        classes: number of emotions.
        test_images: images to predict.
        params: settings; the first of the learning rates counts.
        seed: decides head, dropout and order.
        progress: called after every step.
        every: seconds from one written state to the next.

    Raises:
        Diverged: the loss or a probability is no finite number any more.
    """
    where = torch.device(device())
    with threads(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # the head's weights and dropout draw from the global generator
        network = with_head(build_network(name, params.weights, seed), classes).to(where)
        if params.batch_size * params.size**2 > AT_ONCE:
            _keep_less(network)
        optimiser = torch.optim.SGD(
            network.parameters(), momentum=params.momentum, weight_decay=params.weight_decay, fused=True
        )
        order = torch.Generator().manual_seed(seed)
        cache = Cache("resume", replace(params, networks=(), seeds=(0,)), code_of(__name__), LIBRARIES)
        data = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
        key = cache.key(name, str(seed), str(classes), data, identity_of(name, params.weights))
        steps = -(-len(images) // params.batch_size)
        training = Resumable(cache, key, [network], optimiser, order, steps, progress, every=every)
        network.train()
        loss, iteration = torch.zeros(()), training.done  # the loss is that of the last batch
        try:
            for epoch in training.epochs(params.epochs):
                drawn = torch.randperm(len(images), generator=order).split(params.batch_size)
                for rows in training.batches(drawn):
                    x = to_input(grey_to_rgb(images[rows.numpy()])).to(where)
                    optimiser.zero_grad()
                    loss = _add_gradient(network, x, torch.from_numpy(labels)[rows].to(where))
                    optimiser.param_groups[0]["lr"] = learning_rate(params, iteration)
                    optimiser.step()
                    iteration += 1
                require_finite(float(loss), epoch, seed)
            network.eval()
            probabilities, own = (_probabilities(network, x, params.batch_size, where) for x in (test_images, images))
            require_finite(float(probabilities.sum()), params.epochs - 1, seed)
        except Diverged:
            training.forget()
            raise
        training.forget()
        return Answer(probabilities, size(network), own)


def learning_rate(params: CNNParams, iteration: int) -> float:
    """``lr (1 + gamma k)^-decay`` at step k = 0, 1, ..., FDAN's schedule; lr is the first of the learning rates."""
    decay: float = (1 + params.lr_gamma * iteration) ** -params.lr_decay
    return params.learning_rates[0] * decay


def choose_rate(
    name: str,
    images: UInt8[np.ndarray, "n h w"],
    labels: Int64[np.ndarray, " n"],
    classes: int,
    params: CNNParams,
    seed: int,
    progress: Callable[[], object],
) -> CNNParams:
    """Return the settings with one learning rate: the best on a fifth of the training speech of each class.

    Each is tried on the other four fifths for ``search_epochs``; one that diverges loses, and the first of equals wins.

    Args:
        name: torchvision's name of the network.
        images: training Mel images.
        labels: their class indices.
        classes: number of emotions.
        params: settings, with one or more learning rates.
        seed: of the fold, and of each training.
        progress: called after every step.

    Raises:
        Diverged: with every learning rate.
    """
    held_out = stratified_folds(labels, FOLDS, seed) == 0
    if len(params.learning_rates) == 1:
        return params
    right: dict[float, float] = {}
    for rate in params.learning_rates:
        tried = replace(params, learning_rates=(rate,), epochs=params.search_epochs)
        with suppress(Diverged):
            part = images[~held_out], labels[~held_out], classes, images[held_out]
            found = train_cnn(name, *part, tried, seed, progress).probabilities
            right[rate] = training_war(found, labels[held_out])
    if not right:
        raise Diverged(f"diverged with every learning rate of cnn.learning_rates in seed {seed}")
    return replace(params, learning_rates=(max(right, key=lambda rate: right[rate]),))


def _add_gradient(network: nn.Module, x: Float[Tensor, "b 3 h w"], y: Int64[Tensor, " b"]) -> Float[Tensor, ""]:
    """Add the gradient of a batch's mean cross-entropy and return that; part by part where no norm joins the images."""
    joined = any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    count = len(x) if joined else max(1, AT_ONCE // x[0, 0].numel())
    total = torch.zeros((), device=x.device)
    for part, labels in zip(x.split(count), y.split(count), strict=True):
        loss = functional.cross_entropy(network(part), labels) * (len(part) / len(x))
        loss.backward()
        total += loss.detach()
    return total


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


def load_images(
    project: Project, corpus: str, split: Split, part: str, size: int
) -> tuple[tuple[str, ...], Int64[np.ndarray, " n"], UInt8[np.ndarray, "n s s"]]:
    """Return utterances, class indices and grey Mel images of one part, at size s.

    Raises:
        CorpusError: a file of the stage mels is missing or broken.
    """
    there, folder = split.acoustic(part), project.mels(corpus)
    mels = [mel for mel in read_records(folder / "index.csv", MelRow) if mel.utterance in there]
    images = read_images(folder / "mels.zip", [mel.image for mel in mels])
    labels = np.array([split.classes.index(mel.emotion) for mel in mels], dtype=np.int64)
    return tuple(mel.utterance for mel in mels), labels, np.stack([shrink(image, size) for image in images])


@dataclass(frozen=True)
class Job:
    """One seed of a network on one corpus: a `fdan.runtime.cached_job.CachedJob`.

    Attributes:
        project: where the files lie.
        corpus: whose Mel images train it.
        network: torchvision's name.
        seed: of head, dropout and order.
        params: settings.
        digests: of the Mel images and of the split.
    """

    project: Project
    corpus: str
    network: str
    seed: int
    params: CNNParams
    digests: tuple[str, str]

    kind: ClassVar = "cnn"
    libraries: ClassVar = LIBRARIES

    @property
    def code(self) -> tuple[str, ...]:
        """The files of this module and of all that it imports."""
        return code_of(__name__)

    @property
    def name(self) -> str:
        """The network and its seed."""
        return f"{self.network} seed {self.seed}"

    def key(self, cache: Cache) -> str:
        """Return the name of the result in the cache; other networks and seeds of the section do not count.

        Raises:
            WeightsError: what the network starts from is missing.
        """
        settings = repr((replace(self.params, networks=(), seeds=(0,)), self.network, self.seed))
        return cache.key(settings, identity_of(self.network, self.params.weights), *self.digests)

    def run(self) -> CacheEntry:
        """Train and test, and return `fdan.methods.running.entry_of`.

        Raises:
            CorpusError: a file of the stages mels and splits is missing or broken.
        """
        return entry_of(self._train)

    def _train(self) -> Recognised:
        split, params = read_split(self.project.split(self.corpus)), self.params
        _, labels, images = load_images(self.project, self.corpus, split, TRAIN, params.size)
        utterances, _, test_images = load_images(self.project, self.corpus, split, TEST, params.size)
        with tqdm(desc=self.name, unit="step", position=1, leave=False, disable=None) as bar:
            params = choose_rate(self.network, images, labels, len(split.classes), params, self.seed, bar.update)
            answer = train_cnn(
                self.network, images, labels, len(split.classes), test_images, params, self.seed, bar.update
            )
        assert answer.training is not None
        war = training_war(answer.training, labels)
        return Recognised(tested(split, utterances, answer.probabilities), answer.parameters, war)


def jobs_of(project: Project, corpus: str, network: str, params: CNNParams) -> list[Job]:
    """Return a job for each seed of a network.

    Raises:
        FdanError: there are no Mel images, or no split.
    """
    digests = digest(project.mels(corpus) / "mels.zip"), digest(project.split(corpus))
    return [Job(project, corpus, network, seed, params, digests) for seed in params.seeds]

"""FDAN end to end: the backbone learns too, at a tenth of the rate (as the released code does; not in the paper).

All three variants are trained so, to see what the frozen backbone costs.

One ResNet serves both modalities, as in the released code: the bottleneck behind it is shared as well, so both must
speak the same language, and a batch costs one pass and the memory of one network.

By default batch normalisation keeps the statistics that its weights came with; its scales and shifts learn. Statistics
of a batch mix faces with spectrograms, and let a sample's features depend on what else is in the batch. The released
code has them: ``finetune.batch_norm: batch`` uses them while training. The bank and every prediction use the running
means, so that a prediction depends on its own utterance and the training set alone. Features are standardised with mean
and standard deviation of the training samples before the first step, which stay as they are.
"""

from fdan.numerics.pins import device

import hashlib
from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from annotated_types import Ge, Gt, Le, MinLen
from jaxtyping import Float
from safetensors.torch import save
from torch import Tensor, nn
from tqdm import tqdm

from fdan.backbones.pretrained import build_network, headless, identity_of, threads, to_input
from fdan.backbones.resume import EVERY, Resumable
from fdan.data.histories import Epoch
from fdan.learning.bank import build_bank, predict
from fdan.learning.images import ImageCorpus, ImageDomain, Images
from fdan.learning.jobs import TrainingJob
from fdan.learning.losses import fdan_loss
from fdan.learning.model import FDAN
from fdan.learning.outcomes import to_entry
from fdan.learning.params import ModelParams, Run
from fdan.learning.training import Domain, Meter, build_model, learning_rate, require_samples, unpaired_batches
from fdan.metrics.predictions import training_war
from fdan.runtime.cache import Cache, CacheEntry, code_of
from fdan.runtime.params import Seeds

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
        batch_norm: ``frozen`` keeps the statistics that the weights came with; ``batch`` takes those of each training
            batch, faces and spectrograms together, and their running means afterwards.
        run: whether to train; ``auto``: where `fdan.numerics.pins.device` is a GPU.
        seeds: one run each.
    """

    network: Annotated[str, MinLen(1)]
    weights: Annotated[str, MinLen(1)]
    size: Annotated[int, Ge(32)]
    epochs: Annotated[int, Ge(1)]
    backbone_rate: Annotated[float, Gt(0), Le(1)]
    batch_norm: Literal["frozen", "batch"]
    run: bool | Literal["auto"]
    seeds: Seeds

    @property
    def refused(self) -> str:
        """Why nothing is trained, for ``not_run.txt``; empty if it is."""
        if self.run == "auto" and not device().startswith("cuda"):
            return f"not run on {device()}: it takes days; set FDAN_DEVICE=cuda, or finetune.run to true"
        return "" if self.run else "not run (finetune.run is false)"


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
    batch_norm: Literal["frozen", "batch"] = "frozen",
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
        batch_norm: see `FinetuneParams`.

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
    norms = [module.train(batch_norm == "batch") for module in backbone.modules() if isinstance(module, nn.BatchNorm2d)]
    optimiser = torch.optim.SGD(
        [{"params": list(model.parameters())}, {"params": list(backbone.parameters())}],
        settings.learning_rate,
        settings.momentum,
        weight_decay=settings.weight_decay,
        fused=True,
    )
    generator = torch.Generator().manual_seed(run.seed)
    meter, history = Meter(), list[Epoch]()
    cache = Cache("resume", (run, attention, backbone_rate, params, classes, batch_norm), code_of(__name__), LIBRARIES)
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
    for norm in norms:
        norm.eval()
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
class Job(TrainingJob):
    """One network to train and test, backbone and all.

    Attributes:
        attention: whether FDAN has cross-attention.
        params: backbone, size and rate.
        model: FDAN's widths and depth.
        corpus: the images that it is trained and tested on.
    """

    attention: bool
    params: FinetuneParams
    model: ModelParams
    corpus: ImageCorpus

    kind: ClassVar[str] = "finetune"
    libraries: ClassVar[tuple[str, ...]] = LIBRARIES

    @property
    def decisive(self) -> tuple[object, ...]:
        """The settings of network, backbone and training, and the bytes of a file of weights."""
        start = identity_of(self.params.network, self.params.weights)
        return self.settings, self.attention, replace(self.params, run=True, seeds=(0,)), self.model, start

    @property
    def samples(self) -> ImageCorpus:
        """What the network is trained and tested on."""
        return self.corpus

    def run(self) -> CacheEntry:
        """Train and test one network.

        Raises:
            FdanError: a file of the stages before is missing or broken, or the training cannot start.
        """
        torch.backends.cudnn.deterministic = True
        corpus, settings = self.corpus, self.settings.params
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
                batch_norm=self.params.batch_norm,
            )
            x_v, x_a, x = (
                embed_images(backbone, domain.images, len(domain.y), settings.batch_size)
                for domain in (corpus.visual, corpus.acoustic, corpus.test)
            )
        bank = build_bank(network, x_v, x_a)
        probabilities, own = (
            torch.softmax(predict(network, bank, some)[0].double(), dim=1).numpy() for some in (x, x_a)
        )
        war = training_war(own, corpus.acoustic.y.numpy())
        parameters = sum(weights.numel() for module in (network, backbone) for weights in module.parameters())
        return to_entry(history, settings.epochs, probabilities, parameters, war)

"""Training (Sec. 3.2): unpaired batches of two domains, SGD with a decaying rate, the last epoch's weights."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Ge, Gt, Lt, MinLen
from jaxtyping import Float, Int64
from pydantic import AfterValidator, StringConstraints
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.optim.sgd import sgd  # as a function: the class imports torch's compiler, a second per process

from fdan.data.utterance import Emotion, parse_emotion
from fdan.features import FeatureSet
from fdan.losses import fdan_loss
from fdan.model import FDAN, ModelParams

Alpha = Annotated[float, Ge(0)]
"""The trade-off of Eq. 9."""


class TrainingError(ValueError):
    """Training cannot start or go on, or a checkpoint cannot be read."""


def _once_each(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) < len(seeds):
        raise ValueError("expected each seed once")
    return seeds


Seeds = Annotated[tuple[Annotated[int, Ge(0)], ...], MinLen(1), AfterValidator(_once_each)]
"""One run each."""


@dataclass(frozen=True)
class TrainParams:
    """Section ``train`` of params.yaml."""

    epochs: Annotated[int, Ge(1)]
    batch_size: Annotated[int, Ge(1)]
    learning_rate: Annotated[float, Gt(0)]
    lr_gamma: Annotated[float, Ge(0)]
    lr_decay: Annotated[float, Ge(0)]
    momentum: Annotated[float, Ge(0), Lt(1)]
    weight_decay: Annotated[float, Ge(0)]


@dataclass(frozen=True)
class Variant:
    """One entry of ``variants`` in params.yaml: which parts of FDAN are there (Sec. 3.7)."""

    attention: bool
    lmmd: bool


Variants = Annotated[dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+$")], Variant], MinLen(1)]
"""Section ``variants``: a variant's name is a folder's name below ``runs``."""


@dataclass(frozen=True)
class Domain:
    """The labelled samples of one domain as tensors; `y` indexes the target corpus' classes."""

    x: Float[Tensor, "n p"]
    y: Int64[Tensor, " n"]

    @staticmethod
    def of(features: FeatureSet, classes: Sequence[Emotion]) -> "Domain":
        """Samples whose emotions are all among `classes`."""
        index = {emotion: i for i, emotion in enumerate(classes)}
        labels = torch.tensor([index[e] for e in features.emotions], dtype=torch.int64)
        return Domain(features.values, labels)


@dataclass(frozen=True)
class Epoch:
    """Means over the iterations of one epoch, and the learning rate of its last one."""

    ce_acoustic: float
    ce_visual: float
    lmmd: float
    learning_rate: float


@dataclass(frozen=True)
class Checkpoint:
    """A trained network that says what it is."""

    model: FDAN
    classes: tuple[Emotion, ...]
    about: dict[str, object]


def learning_rate(params: TrainParams, iteration: int) -> float:
    """``lr (1 + gamma k)^-decay`` at iteration k = 0, 1, ... (DSAN's schedule; not in the paper)."""
    decay: float = (1 + params.lr_gamma * iteration) ** -params.lr_decay
    return params.learning_rate * decay


def unpaired_batches(
    n_v: int, n_a: int, batch_size: int, generator: torch.Generator
) -> Iterator[tuple[Int64[Tensor, " b_v"], Int64[Tensor, " b_a"]]]:
    """One epoch of index batches, drawn for each domain by itself.

    Both domains are shuffled anew; the epoch ends with the domain that has fewer batches, whose last
    batch may be partial.
    """
    order_v = torch.randperm(n_v, generator=generator).split(batch_size)
    order_a = torch.randperm(n_a, generator=generator).split(batch_size)
    yield from zip(order_v, order_a, strict=False)


def build_model(
    visual: Domain, acoustic: Domain, classes: int, params: ModelParams, attention: bool, seed: int
) -> FDAN:
    """An untrained network, its weights drawn from `seed`, its standardisation fitted to the training samples."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = FDAN(acoustic.x.shape[1], classes, params, attention)
    if params.standardise:
        model.standardise_v.fit(visual.x)
        model.standardise_a.fit(acoustic.x)
    return model


def train(
    visual: Domain,
    acoustic: Domain,
    classes: int,
    alpha: float,
    variant: Variant,
    model_params: ModelParams,
    params: TrainParams,
    seed: int,
) -> tuple[FDAN, list[Epoch]]:
    """Train one network; the last epoch's weights are the result, no epoch is chosen.

    Args:
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        alpha: trade-off of Eq. 9; counts as 0 for a variant without LMMD.
        variant: which parts of FDAN are there.
        model_params: widths and depth.
        params: the optimiser's settings.
        seed: decides the initial weights and the order of the samples.

    Raises:
        TrainingError: a domain is empty, or the loss stops being a number.
    """
    for name, domain in (("visual", visual), ("acoustic", acoustic)):
        if not len(domain.y):
            raise TrainingError(f"no {name} training samples; see the counts that the splits stage printed")
    model = build_model(visual, acoustic, classes, model_params, variant.attention, seed)
    weights: list[Tensor] = list(model.parameters())
    momenta: list[Tensor | None] = [None] * len(weights)
    generator = torch.Generator().manual_seed(seed)
    weight = alpha if variant.lmmd else 0.0
    history, iteration = [], 0
    for epoch in range(params.epochs):
        rows = []
        for b_v, b_a in unpaired_batches(len(visual.y), len(acoustic.y), params.batch_size, generator):
            rate = learning_rate(params, iteration)
            y_v, y_a = visual.y[b_v], acoustic.y[b_a]
            logits_v, logits_a, layers = model(visual.x[b_v], acoustic.x[b_a])
            loss = fdan_loss(logits_v, logits_a, layers, y_v, y_a, weight)
            gradients = list(torch.autograd.grad(loss.total, weights))
            with torch.no_grad():
                sgd(
                    weights,
                    gradients,
                    momenta,
                    lr=rate,
                    momentum=params.momentum,
                    weight_decay=params.weight_decay,
                    dampening=0,
                    nesterov=False,
                    maximize=False,
                    fused=True,  # one pass over the weights instead of four: they do not fit the cache
                )
            rows.append(torch.stack([loss.ce_acoustic, loss.ce_visual, loss.lmmd]).detach())
            iteration += 1
        means = torch.stack(rows).mean(dim=0).tolist()
        if not all(map(math.isfinite, means)):
            raise TrainingError(
                f"the loss is not a number in epoch {epoch + 1} (seed {seed}); "
                f"lower train.learning_rate (now {params.learning_rate:g}) or alpha (now {alpha:g})"
            )
        ce_acoustic, ce_visual, discrepancy = means
        history.append(Epoch(ce_acoustic, ce_visual, discrepancy, rate))
    return model.eval(), history


def write_checkpoint(
    model: FDAN, classes: Sequence[Emotion], params: ModelParams, about: dict[str, object], path: Path
) -> None:
    """Write weights, standardisation and everything needed to rebuild the network as one safetensors file.

    Args:
        model: the network.
        classes: its emotions, in the order of its outputs.
        params: how it was built.
        about: how it was trained (corpus, variant, seed, alpha, ...); kept as it is.
        path: the file.
    """
    described = {
        "about": about,
        "attention": model.cross_modal_layers[0].acoustic.attention,
        "classes": list(classes),
        "features": model.standardise_a.mean.shape[0],
        "model": asdict(params),
    }
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    # One key: safetensors writes several in changing order.
    save_file(state, path, {"fdan": json.dumps(described, sort_keys=True)})


def read_checkpoint(path: Path) -> Checkpoint:
    """Rebuild a network from its file alone; nothing is unpickled.

    Raises:
        TrainingError: the file is missing, or is not a checkpoint of this project.
    """
    try:
        with safe_open(path, framework="pt") as file:
            described = json.loads((file.metadata() or {})["fdan"])
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        classes = tuple(parse_emotion(e, str(path)) for e in described["classes"])
        params = ModelParams(**described["model"])
        model = FDAN(described["features"], len(classes), params, described["attention"])
        model.load_state_dict(state)
    except FileNotFoundError:
        raise TrainingError(f"{path}: no such file; it is made by the train stage (dvc repro)") from None
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise TrainingError(f"{path}: not a checkpoint of this project ({reason})") from None
    return Checkpoint(model.eval(), classes, described["about"])

"""Training (Sec. 3.2): unpaired batches of two domains, SGD with a decaying rate, the last epoch's weights."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
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

from fdan.data.utterance import Emotion, parse_emotion
from fdan.features import FeatureSet
from fdan.model import FDAN, ModelParams
from fdan.stacked import Stack

SAMPLED = 50
"""The gradient's two parts are measured at one iteration in so many: one more backward pass each time."""

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
class Run:
    """One network to train: what may differ between networks that are trained side by side.

    Attributes:
        seed: decides the initial weights and the order of the samples.
        alpha: trade-off of Eq. 9; 0 for a variant without LMMD.
        params: the optimiser's settings; learning rate and weight decay are a network's own.
    """

    seed: int
    alpha: Alpha
    params: TrainParams


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
    """What is written down of one epoch.

    Attributes:
        ce_acoustic: cross-entropy of the acoustic samples, mean over the epoch's iterations.
        ce_visual: of the visual samples, likewise.
        lmmd: sum over the layers, likewise.
        learning_rate: of the last iteration.
        gradient_ce: norm of the gradient of both cross-entropies, mean over the iterations at which it
            was measured (one in `SAMPLED`); None if there was none.
        gradient_lmmd: norm of the gradient of LMMD, without alpha, likewise.
        test_war: what an observer saw after the epoch, in percent: for the audit of how much choosing an
            epoch on the test set would add. Nothing is ever chosen by it.
    """

    ce_acoustic: float
    ce_visual: float
    lmmd: float
    learning_rate: float
    gradient_ce: float | None = None
    gradient_lmmd: float | None = None
    test_war: float | None = None


def sampled_norms(history: Sequence[Epoch]) -> list[tuple[float, float]]:
    """``(gradient_ce, gradient_lmmd)`` of the epochs that have them."""
    return [
        (epoch.gradient_ce, epoch.gradient_lmmd)
        for epoch in history
        if epoch.gradient_ce is not None and epoch.gradient_lmmd is not None
    ]


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
    runs: Sequence[Run],
    attention: bool,
    params: ModelParams,
    observe: Callable[[FDAN], float] | None = None,
) -> list[tuple[FDAN, list[Epoch]]]:
    """Train networks side by side; the last epoch's weights are the result, no epoch is chosen.

    Each network sees its own batches and ends as it would alone (tests/test_stacked.py).

    Args:
        visual: source domain, training samples.
        acoustic: target domain, training samples.
        classes: number of emotions of the target corpus.
        runs: one network each; epochs, batch size and momentum must be the same.
        attention: whether the layers have cross-attention; FDAN1 (Sec. 3.7) has none.
        params: widths and depth.
        observe: called with each network after each epoch; its answer is `Epoch.test_war`.

    Raises:
        TrainingError: a domain is empty, the runs cannot be trained together, or a loss stops being a number.
    """
    for name, domain in (("visual", visual), ("acoustic", acoustic)):
        if not len(domain.y):
            raise TrainingError(f"no {name} training samples; see the counts that the splits stage printed")
    shared = {(run.params.epochs, run.params.batch_size, run.params.momentum) for run in runs}
    if len(shared) != 1:
        raise TrainingError(f"expected one number of epochs, batch size and momentum, found {sorted(shared)}")
    ((epochs, batch_size, momentum),) = shared
    networks = [build_model(visual, acoustic, classes, params, attention, run.seed) for run in runs]
    stack = Stack(networks)
    with torch.inference_mode():
        x_v, x_a = networks[0].standardise_v(visual.x), networks[0].standardise_a(acoustic.x)
        generators = [torch.Generator().manual_seed(run.seed) for run in runs]
        histories: list[list[Epoch]] = [[] for _ in runs]
        iteration = 0
        for epoch in range(epochs):
            losses, norms = [], []
            batches = (unpaired_batches(len(visual.y), len(acoustic.y), batch_size, g) for g in generators)
            for batch in zip(*batches, strict=True):
                b_v, b_a = (torch.stack(rows) for rows in zip(*batch, strict=True))
                rates = [learning_rate(run.params, iteration) for run in runs]
                terms, sampled = stack.step(
                    x_v[b_v],
                    x_a[b_a],
                    visual.y[b_v],
                    acoustic.y[b_a],
                    [run.alpha for run in runs],
                    rates,
                    [run.params.weight_decay for run in runs],
                    momentum,
                    sample=iteration % SAMPLED == 0,
                )
                losses.append(torch.stack(terms))
                if sampled:
                    norms.append(torch.stack(sampled))
                iteration += 1
            means = torch.stack(losses).mean(dim=0).T.tolist()
            measured = torch.stack(norms).mean(dim=0).T.tolist() if norms else [(None, None)] * len(runs)
            for i, run in enumerate(runs):
                if not all(map(math.isfinite, means[i])):
                    raise TrainingError(
                        f"the loss is not a number in epoch {epoch + 1} (seed {run.seed}); lower train.learning_rate "
                        f"(now {run.params.learning_rate:g}) or alpha (now {run.alpha:g})"
                    )
                observed = observe(networks[i]) if observe else None
                ce, lmmd = measured[i]
                ce_acoustic, ce_visual, discrepancy = means[i]
                histories[i].append(Epoch(ce_acoustic, ce_visual, discrepancy, rates[i], ce, lmmd, observed))
    return [(network.eval(), history) for network, history in zip(networks, histories, strict=True)]


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

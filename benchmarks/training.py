"""Training: runs side by side against the plain loop of autograd and torch.optim.SGD, one seed after the other."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from unittest import mock

import torch
from joblib.externals.loky import cpu_count

from benchmarks.measure import Row, at_most, best, faster, matrix_products
from fdan.data.histories import SAMPLED
from fdan.learning import training
from fdan.learning.bank import predict_alone
from fdan.learning.losses import fdan_loss
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import STACK
from fdan.learning.training import Domain, build_model, learning_rate, train, unpaired_batches
from fdan.runtime.jobs import ParallelParams, run_jobs

CLASSES = 7


def side_by_side(tiny: bool) -> list[Row]:
    """One network and iteration on one core, and 8 seeds on all cores."""
    epochs = 2 if tiny else 12
    model, runs = settings(tiny, epochs, 8)
    visual, acoustic = domain(0, 1152), domain(1, 384)  # SAVEE's training part
    iterations = epochs * 12

    stacked = partial(train, visual, acoustic, CLASSES, runs[:STACK], True, model)
    products = matrix_products(tiny)
    functions: dict[str, Callable[[], object]] = {name: run for name, (_, run) in products.items()}
    functions |= {"plain": partial(_plain, visual, acoustic, runs[:1], model), "stacked": stacked}
    seconds = best(functions, 1 if tiny else 3)
    plain, ours = seconds["plain"] / iterations, seconds["stacked"] / iterations / STACK
    peak = max(work / seconds[name] for name, (work, _) in products.items())
    floor = _flops(model) / peak
    rows = [
        faster("FDAN, a network and iteration on one core, against autograd and torch.optim.SGD", ours, plain),
        at_most("The same, as a multiple of its arithmetic at the matrix peak", ours / floor, "", 3.0),
    ]

    cores = cpu_count()
    groups = [runs[i : i + STACK] for i in range(0, len(runs), STACK)]
    work = partial(_train, visual, acoustic, model)
    everywhere = partial(run_jobs, work, groups, "8 seeds", ParallelParams("loky", None, None))
    start = time.perf_counter()
    list(everywhere())
    together = time.perf_counter() - start
    alone = []
    for threads in sorted({1, cores}):
        torch.set_num_threads(threads)
        start = time.perf_counter()
        _plain(visual, acoustic, runs[:2], model)
        alone.append((time.perf_counter() - start) * len(runs) / 2)
    torch.set_num_threads(1)
    each = iterations * len(runs)
    name = f"8 seeds on {cores} cores, a network and iteration, against {{}} (wall clock)"
    rows.append(faster(name.format("the plain loop on one thread"), together / each, alone[0] / each, 4.0))
    rows.append(faster(name.format(f"the plain loop on {cores} threads"), together / each, alone[-1] / each))
    return rows


def sampled_gradients(tiny: bool) -> list[Row]:
    """What measuring the gradient's two parts at one iteration in `SAMPLED` adds to training.

    Timed at every iteration and divided: the share itself is less than what two runs of one thing differ by.
    """
    model, runs = settings(tiny, 1 if tiny else 3, STACK)
    work = partial(train, domain(0, 1152), domain(1, 384), CLASSES, runs, True, model)

    def sampling(every: int) -> None:
        with mock.patch.object(training, "SAMPLED", every):
            work()

    functions = {"always": partial(sampling, 1), "once": partial(sampling, 10**9)}
    seconds = best(functions, 1 if tiny else 5)
    share = 100 * (seconds["always"] / seconds["once"] - 1) / SAMPLED
    return [at_most(f"Sampled gradients, one iteration in {SAMPLED}, on top of training", share, "%", 2.0)]


def watching(tiny: bool) -> list[Row]:
    """A look at MELD's test part after every 15th epoch, on top of the training of these epochs."""
    n_v, n_a, n = (96, 64, 32) if tiny else (41_000, 10_963, 2_745)
    every, batches = 15, n_a // 32
    model, runs = settings(tiny, 1, STACK)
    visual, acoustic, test = domain(0, n_v), domain(1, n_a), domain(2, n)
    network = build_model(visual, acoustic, CLASSES, model, attention=True, seed=0).eval()
    some = domain(3, 32 * min(batches, 36))
    epoch = partial(train, some, some, CLASSES, runs, True, model)
    look = partial(predict_alone, network, visual.x, acoustic.x, test.x)
    seconds = best({"epoch": epoch, "look": look}, 1 if tiny else 3)
    trained = every * seconds["epoch"] / STACK * batches / min(batches, 36)
    name = f"Watching {n:,} test utterances among {n_v:,} faces every {every}th epoch, on top of training"
    return [at_most(name, 100 * seconds["look"] / trained, "%", 10.0)]


def settings(tiny: bool, epochs: int, count: int) -> tuple[ModelParams, list[Run]]:
    """params.yaml's network and so many seeds of its training, which differ in nothing else."""
    params = TrainParams(
        epochs=epochs,
        batch_size=32,
        learning_rate=1e-3,
        lr_gamma=3e-4,
        lr_decay=0.75,
        momentum=0.99,
        weight_decay=1e-3,
    )
    model = ModelParams(16 if tiny else 256, 1, 4, standardise=True)
    return model, [Run(seed, 1e-3, params) for seed in range(count)]


def domain(seed: int, n: int) -> Domain:
    """So many samples without a meaning."""
    generator = torch.Generator().manual_seed(seed)
    return Domain(torch.randn(n, 512, generator=generator), torch.arange(n) % CLASSES)


def _plain(visual: Domain, acoustic: Domain, runs: Sequence[Run], model: ModelParams) -> None:
    """What anybody would write first; the closed-form LMMD of fdan.learning.losses is in it."""
    for run in runs:
        network = build_model(visual, acoustic, CLASSES, model, attention=True, seed=run.seed)
        optimiser = torch.optim.SGD(
            network.parameters(), momentum=run.params.momentum, weight_decay=run.params.weight_decay
        )
        generator, iteration = torch.Generator().manual_seed(run.seed), 0
        for _ in range(run.params.epochs):
            for b_v, b_a in unpaired_batches(len(visual.y), len(acoustic.y), run.params.batch_size, generator):
                optimiser.param_groups[0]["lr"] = learning_rate(run.params, iteration)
                logits_v, logits_a, layers = network(visual.x[None, b_v], acoustic.x[None, b_a])
                loss = fdan_loss(logits_v, logits_a, layers, visual.y[None, b_v], acoustic.y[None, b_a], run.alpha)
                optimiser.zero_grad()
                loss.total.sum().backward()
                optimiser.step()
                iteration += 1


def _train(visual: Domain, acoustic: Domain, model: ModelParams, runs: Sequence[Run]) -> None:
    train(visual, acoustic, CLASSES, runs, True, model)


def _flops(model: ModelParams) -> float:
    """Of the matrix products of one step of a network: each is done once forward and twice back."""
    d, n, p, hidden = model.width, 32, 512, model.ffn_factor * model.width
    # Both modalities: bottleneck, projections, scores and mixing, two linear layers, classifier.
    each = n * (p * d + model.layers * (3 * d * d + 2 * n * d + 2 * d * hidden) + d * CLASSES)
    return 3.0 * 2 * 2 * each

"""MELD's size: the bank of its 41,000 faces, the t-SNE map of a fifth of its samples, attention in n."""

import time
from functools import partial

import numpy as np
import torch

from benchmarks.measure import Row, at_most, best, exponent, matrix_products, peak_memory
from fdan.figures.tsne import embed
from fdan.learning.bank import build_bank, last_layer
from fdan.learning.model import FDAN, cross_attention
from fdan.learning.params import ModelParams

WIDTH = 256
VISUAL, ACOUSTIC = 41_000, 10_963
"""MELD's training samples: three faces of each of its 13,708 clips, some lost, and 8/10 of its speech."""


def bank(tiny: bool) -> list[Row]:
    """All layers of all training samples, one thread: seconds against those of its matrix products, and memory."""
    n_v, n_a = (300, 200) if tiny else (VISUAL, ACOUSTIC)
    p, hidden, features = ModelParams(WIDTH, 1, 4, True), 4 * WIDTH, 512
    model = FDAN(features, 7, p, attention=True).eval()
    g = torch.Generator().manual_seed(0)
    x_v, x_a = (torch.randn(n, features, generator=g) for n in (n_v, n_a))
    seconds = 0.0

    def build() -> None:
        nonlocal seconds
        start = time.process_time()
        last_layer(model, build_bank(model, x_v, x_a))
        seconds = time.process_time() - start

    products = matrix_products(tiny)
    before = best({name: run for name, (_, run) in products.items()}, 2)
    memory = peak_memory(build)
    peak = max(work / before[name] for name, (work, _) in products.items())
    # Both attentions have n_v n_a scores of d products, and as many weighted sums; the rest is per sample.
    flops = 2 * (4 * n_v * n_a * WIDTH + (n_v + n_a) * WIDTH * (features + 3 * WIDTH + 2 * hidden))
    name = f"Bank of {n_v:,} faces and {n_a:,} voices, one thread, against its {flops / 1e12:.2f} TFLOP at the peak"
    return [
        at_most(name, seconds, "s", 30, flops / peak),
        at_most("The same, memory of the whole process", memory / 2**30, "GiB", 2),
    ]


def attention_growth(tiny: bool) -> list[Row]:
    """The exponent of cross-attention's time in n, n samples over n: on paper n^2 d."""
    sizes = [8, 16] if tiny else [256, 512, 1024, 2048]
    z = {n: torch.randn(1, n, WIDTH) for n in sizes}
    seconds = best(
        {str(n): partial(cross_attention, x, (x, x)) for n, x in z.items()},
        1 if tiny else 3,
    )
    p = exponent(sizes, [seconds[str(n)] for n in sizes])
    return [at_most(f"Attention, exponent over {sizes[0]} to {sizes[-1]} samples (on paper 2)", p, "", 2.3)]


def tsne(tiny: bool) -> list[Row]:
    """Fig. 5 of a fifth of MELD's samples: 14 clouds, seven emotions in two modalities."""
    n = 40 if tiny else 11_000
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(14, WIDTH))
    values = (centres[rng.integers(14, size=n)] + rng.normal(size=(n, WIDTH))).astype(np.float32)
    start = time.process_time()
    embed(values, 0)
    return [at_most(f"t-SNE of {n:,} points at d = {WIDTH}, one thread", time.process_time() - start, "s", 120)]

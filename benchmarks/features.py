"""ResNet-34: the network alone as a share of the machine's matrix peak, and with reading and decoding."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.measure import Row, at_most, best, exponent, matrix_products
from fdan.backbones.extractor import Extractor, freeze
from fdan.backbones.pretrained import build_network, to_input
from fdan.data.archive import read_images, write_images
from fdan.samples.crops import encode_jpeg


def network(tiny: bool) -> list[Row]:
    """Images in memory, one thread: GFLOP/s against the best matrix product of this process."""
    x = to_input(_images(1 if tiny else 32, 32 if tiny else 224))
    plain = build_network("resnet34", "random", 0).eval()
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        freeze(plain)(x[:1])
    flops = float(counter.get_total_flops()) * len(x)
    products = matrix_products(tiny)
    functions: dict[str, Callable[[], object]] = {name: run for name, (_, run) in products.items()}
    functions |= {"network": partial(Extractor(plain, len(x)).features, x), "plain": partial(plain, x)}
    with torch.inference_mode():
        seconds = best(functions, 1 if tiny else 3)
    peak = max(work / seconds[name] for name, (work, _) in products.items())
    speed = flops / seconds["network"]
    rate, eager = (len(x) / seconds[key] for key in ("network", "plain"))
    return [
        Row(
            "ResNet-34, one thread, against the best matrix product",
            *(speed / 1e9, "GFLOP/s", peak / 1e9, speed / peak, ">= 0.85", speed >= 0.85 * peak),
        ),
        Row("ResNet-34, one thread, against torchvision's as it comes", rate, "images/s", eager, rate / eager),
    ]


def end_to_end(tiny: bool) -> list[Row]:
    """Crops out of a zip, decoded and through the network on one core, against the same images in memory."""
    images = list(_images(2 if tiny else 64, 32 if tiny else 224))
    extractor = Extractor(build_network("resnet34", "random", 0), 2 if tiny else 32)
    with tempfile.TemporaryDirectory() as folder:
        path, names = Path(folder) / "crops.zip", [f"{i}.jpg" for i in range(len(images))]
        write_images(path, ((name, encode_jpeg(image, 95)) for name, image in zip(names, images, strict=True)))
        seconds = best(
            {
                "memory": lambda: _pass(extractor, images),
                "zip": lambda: _pass(extractor, list(read_images(path, names))),
            },
            1 if tiny else 3,
        )
    rate, reference = (len(images) / seconds[key] for key in ("zip", "memory"))
    return [
        Row("Features end to end, one core, against images in memory", rate, "images/s", reference, rate / reference)
    ]


def growth(tiny: bool) -> list[Row]:
    """Extraction over the number of images, of 32 x 32 pixels here: how the time of one changes, and the exponent."""
    sizes = [4, 8] if tiny else [500, 2000, 8000]
    extractor = Extractor(build_network("resnet18", "random", 0), 4 if tiny else 100)
    images = list(_images(max(sizes), 32))
    seconds = best({str(n): partial(_pass, extractor, images[:n]) for n in sizes}, 1)
    p = exponent(sizes, [seconds[str(n)] for n in sizes])
    name = f"Extraction, exponent over {sizes[0]} to {sizes[-1]} images (1: linear)"
    return [at_most(name, p, "", 1.1)]


def _pass(extractor: Extractor, images: list[np.ndarray]) -> None:
    for i in range(0, len(images), extractor.batch_size):
        extractor(images[i : i + extractor.batch_size])


def _images(n: int, size: int) -> np.ndarray:
    """Noise that JPEG can compress a little: pixels [n, size, size, 3] of 0 to 255."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (n, size // 8, size // 8, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)

"""What the pins cost: the same code in a process with them and in one without, taking turns."""

from fdan.numerics.pins import PINS

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from benchmarks.measure import Row, at_most, best

LIMIT = 1.15
"""Of a pinned step, and of extraction, as a multiple of an unpinned one, on a processor with AVX2 and no more."""


def against_none(tiny: bool) -> list[Row]:
    """A training step, ResNet-34's features of an image and a Mel image: pinned as a multiple of unpinned."""
    rows = []
    for name, title in TITLES.items():
        seconds: dict[str, list[float]] = {"on": [], "off": []}
        for pins in ["on", "off"] * (1 if tiny else 3):
            command = [sys.executable, "-m", "benchmarks.pins", name, *["tiny"] * tiny]
            environment = {name: value for name, value in os.environ.items() if name not in PINS}
            answer = subprocess.run(command, env=environment | {"FDAN_PINS": pins}, check=True, capture_output=True)
            seconds[pins].append(float(answer.stdout))
        rows.append(at_most(f"{title}, pinned against not", min(seconds["on"]) / min(seconds["off"]), "", LIMIT))
    return rows


def _step(tiny: bool) -> Callable[[], object]:
    from benchmarks.training import CLASSES, domain, settings
    from fdan.learning.runs import STACK
    from fdan.learning.training import train

    model, runs = settings(tiny, 1 if tiny else 6, STACK)
    return partial(train, domain(0, 64 if tiny else 1152), domain(1, 32 if tiny else 384), CLASSES, runs, True, model)


def _features(tiny: bool) -> Callable[[], object]:
    from fdan.backbones.extractor import Extractor
    from fdan.backbones.pretrained import build_network

    images = np.random.default_rng(0).integers(0, 256, (2 if tiny else 16, 64 if tiny else 224, 64 if tiny else 224, 3))
    return partial(Extractor(build_network("resnet34", "random", 0), 16), list(images.astype(np.uint8)))


def _mel(tiny: bool) -> Callable[[], object]:
    from fdan.media.sound import MelParams
    from fdan.samples.mels import mel_image

    samples = np.random.default_rng(0).normal(0, 0.1, 16_000 if tiny else 80_000).astype(np.float32)
    return partial(mel_image, samples, MelParams(16_000, 1024, 256, 128, -80.0, 20.0, 224))


TITLES = {"step": "A training step", "features": "ResNet-34's features", "mel": "A Mel image of 5 s"}

FIGURES = {"step": _step, "features": _features, "mel": _mel}


def main() -> None:
    """Print the least CPU seconds of several rounds of one figure."""
    torch.set_num_threads(1)
    tiny = "tiny" in sys.argv
    print(best({"it": FIGURES[sys.argv[1]](tiny)}, 1 if tiny else 5)["it"])


if __name__ == "__main__":
    main()

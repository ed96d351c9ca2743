"""A first table and the figures in minutes: one made-up corpus, one seed, few epochs: what comes out, not how well.

Example:
  fdan taste

Runs the pipeline's stages on the SAVEE-shaped demo in build/taste, where what is done is found again; the project's own
params.yaml, dvc.lock and reports/ stay as they are. `dvc repro` is the whole.
"""

import argparse
from pathlib import Path
from typing import Any

from fdan.runtime.outputs import claim
from fdan.runtime.params import read_document
from fdan.runtime.workspace import prepare, require_project, step

CORPUS = "savee"

WORK = Path("build/taste")

STAGES = ("demo", "manifests", "faces", "audio", "splits", "features", "train", "tuning", "figures")

EPOCHS, PER_EMOTION, PIXELS = 30, 3, 112
"""Of training, utterances of each speaker, and the side of crops and Mel images: params.yaml has 100, 5 and 224."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to work."""
    parser.add_argument("--work", type=Path, default=WORK, metavar="DIR", help="by default build/taste")


def run(options: argparse.Namespace) -> int:
    """Run one stage after the other, all in one process.

    Raises:
        UnusableError: this is not the project's folder.
        FdanError: a stage failed; it has said why.
    """
    require_project()
    work = options.work.absolute()
    claim(work, WORK)
    prepare(work, smaller(read_document()), work / "cache")
    (work / "params.paper.yaml").write_bytes(Path("params.paper.yaml").read_bytes())
    step(work, "stages", *(f"{name} {CORPUS}" for name in STAGES), "results")
    print(f"taste: all of it lies in {options.work}, reports too")
    for name in ("tables/table4.md", f"figures/fig4_confusion_{CORPUS}.png", f"figures/fig5_tsne_{CORPUS}.png"):
        print(f"taste: {options.work}/reports/{name}")
    print(
        f"taste: one seed, {EPOCHS} epochs, small pictures, a synthetic corpus: what comes out, not how well\n"
        "taste: `make repro` is the whole\n"
        f"taste: to let its network hear a recording of yours: cd {options.work} && fdan predict FILE"
    )
    return 0


def smaller(document: dict[str, Any]) -> dict[str, Any]:
    """params.yaml cut down to one small corpus of small pictures, one seed and few epochs, and a grid of one point."""
    tuning = document["tuning"]
    grid = {name: values[:1] for name, values in tuning.items() if isinstance(values, list)}
    return document | {
        "demo": document["demo"] | {"savee_per_emotion": PER_EMOTION},
        "raw": {CORPUS: f"data/demo/{CORPUS}"},
        "sources": {CORPUS: CORPUS},
        "seeds": [0],
        "faces": document["faces"] | {"size": PIXELS},
        "mels": document["mels"] | {"size": PIXELS},
        "train": document["train"] | {"epochs": EPOCHS},
        "tuning": tuning | grid,
    }

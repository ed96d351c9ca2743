"""The study on real people: speech of RAVDESS, taught by photographs of others, tells what of the paper's claims shows.

Example:
  fdan real --ravdess /data/RAVDESS --faces /data/photographs

Reads params.real.yaml; params.yaml, dvc.lock and reports/ stay as they are. Works in build/real, where whatever was
computed is found again: a run that was broken off goes on. Writes docs/real_people.md and docs/real_people.png; the
former ones are kept in build/former.
"""

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fdan.backbones.pretrained import build_network
from fdan.backbones.speech_encoder import Encoder
from fdan.errors import UnusableError
from fdan.runtime.outputs import claim, free_place
from fdan.runtime.params import load_params, read_document
from fdan.runtime.workspace import link, prepare, require_project, step
from fdan.study.page import PAGES, SHARED, write_page
from fdan.study.params import FACES, PARAMS, SPEECH, StudyParams

WORK = "build/real"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The corpora, and where to work."""
    parser.add_argument(
        "--ravdess", required=True, metavar="DIR", help="RAVDESS' speech, of as many speakers as there are"
    )
    parser.add_argument("--faces", required=True, metavar="DIR", help="labelled photographs of faces")
    parser.add_argument(
        "--encoder", metavar="DIR", help="the speech encoder's folder; by default what params.real.yaml says"
    )
    parser.add_argument("--work", default=WORK, metavar="DIR", help="where to work; by default build/real")
    parser.add_argument("--page", default="docs", metavar="DIR", help="where the page goes; by default docs")


def run(options: argparse.Namespace) -> int:
    """Everything, step by step, each in a process of its own; then the page.

    Raises:
        UnusableError: no such folder, or this is not the project's.
        FdanError: params.real.yaml, or a step that failed; it has said why.
    """
    load_params("study", StudyParams, PARAMS)
    raw = {SPEECH: Path(options.ravdess).absolute(), FACES: Path(options.faces).absolute()}
    for corpus, folder in raw.items():
        if not folder.is_dir():
            raise UnusableError(f"{corpus}: {folder}: no such folder")
    require_project()
    document = {**at_hand(read_document(PARAMS), options.encoder), "raw": {n: str(folder) for n, folder in raw.items()}}
    work = Path(options.work).absolute()
    claim(work, Path(WORK))
    for name in PAGES:
        free_place(Path(options.page) / name, overwrite=True)
    shared = work / SHARED
    prepare(shared, document, work / "cache")
    study = load_params("study", StudyParams, shared / "params.yaml")
    for backbone in study.backbones.values():  # before minutes of other work
        build_network(backbone.network, backbone.weights, 0)
        if backbone.acoustic_weights:
            Encoder(Path(backbone.acoustic_weights))
    stages = ("manifests", "faces", "audio", "splits")
    step(shared, "stages", *(f"{stage} {corpus}" for stage in stages for corpus in raw))
    for name, backbone in study.backbones.items():
        folder = work / name
        features = {**document["features"], **asdict(backbone), "weights": _absolute(backbone.weights)}
        prepare(folder, {**document, "features": features}, work / "cache")
        for made in ("manifests", "recordings", "faces", "mels", "splits"):
            link(folder / "data" / made, shared / "data" / made)
        step(folder, "stages", *(f"features {corpus}" for corpus in raw))
        step(folder, "fdan.study.networks", name)
    write_page(work, study, document, Path(options.page))
    print(f"real: {options.page}/real_people.md")
    return 0


def at_hand(document: Mapping[str, Any], encoder: str | None) -> dict[str, Any]:
    """params.real.yaml without the backbones whose speech encoder is not there; each is worth a line.

    Args:
        document: all of it.
        encoder: a folder in place of those that it names.

    Raises:
        UnusableError: `encoder` is no folder.
    """
    if encoder and not Path(encoder).is_dir():
        raise UnusableError(f"--encoder {encoder}: no such folder")
    backbones = {}
    for name, backbone in document["study"]["backbones"].items():
        folder = backbone.get("acoustic_weights") and Path(encoder or backbone["acoustic_weights"])
        if not folder:
            backbones[name] = backbone
        elif folder.is_dir():
            backbones[name] = {**backbone, "acoustic_weights": str(folder.absolute())}
        else:
            print(f"{name}: {folder}: no such folder: left out (fdan download weights --speech, or --encoder DIR)")
    return {**document, "study": {**document["study"], "backbones": backbones}}


def _absolute(weights: str) -> str:
    return str(Path(weights).absolute()) if Path(weights).is_file() else weights

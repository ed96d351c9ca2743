"""The paper's claims on real people: RAVDESS' speech, with photographs of other people's faces.

Example:
  fdan real --ravdess /data/RAVDESS --faces /data/photographs --arms fdan,fdan1

Reads params.real.yaml; params.yaml, dvc.lock and reports/ stay as they are. Works in build/real, where every trained
network is cached: a run that was interrupted continues. Writes docs/real_people.md with its figure and the list of
photographs; the former ones are kept in build/former.
"""

import argparse
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fdan.backbones.pretrained import build_network
from fdan.backbones.speech_encoder import Encoder
from fdan.errors import UnusableError
from fdan.learning.params import TrainParams
from fdan.runtime.outputs import claim, free_place
from fdan.runtime.params import load_params, read_document
from fdan.runtime.workspace import link, prepare, require_project, step
from fdan.study.page import PAGES, SHARED, read_study, write_page
from fdan.study.params import FACES, PARAMS, SPEECH, StudyParams

WORK = "build/real"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The corpora, the arms, and where to work."""
    parser.add_argument("--ravdess", required=True, metavar="DIR", help="read RAVDESS' speech from DIR")
    parser.add_argument("--faces", required=True, metavar="DIR", help="read labelled photographs of faces from DIR")
    parser.add_argument(
        "--arms", metavar="NAMES", help="train these arms of params.real.yaml, separated by commas; by default all"
    )
    parser.add_argument(
        "--encoder", metavar="DIR", help="read the speech encoder from DIR; by default as params.real.yaml says"
    )
    parser.add_argument("--work", default=WORK, metavar="DIR", help="work in DIR; by default build/real")
    parser.add_argument("--page", default="docs", metavar="DIR", help="write the page to DIR; by default docs")


def run(options: argparse.Namespace) -> int:
    """Run the stages and the arms, each backbone in a process of its own; then write the page.

    Raises:
        UnusableError: there is no such folder or arm, or this is not the project's folder.
        FdanError: params.real.yaml is wrong, or a step failed; it has said why.
    """
    study = load_params("study", StudyParams, PARAMS)
    epochs = load_params("train", TrainParams, PARAMS).epochs
    raw = {SPEECH: Path(options.ravdess).absolute(), FACES: Path(options.faces).absolute()}
    for corpus, folder in raw.items():
        if not folder.is_dir():
            raise UnusableError(f"{corpus}: {folder}: no such folder")
    arms = chosen_arms(options.arms, study)
    require_project()
    document, missing = at_hand(read_document(PARAMS), options.encoder)
    document |= {"raw": {name: str(folder) for name, folder in raw.items()}}
    work = Path(options.work).absolute()
    claim(work, Path(WORK))
    for name in PAGES:
        free_place(Path(options.page) / name, overwrite=True)
    shared = work / SHARED
    prepare(shared, document, work / "cache")
    backbones = load_params("study", StudyParams, shared / "params.yaml").backbones
    named = {name: [arm for arm in study.arms_on(name) if arm in arms] for name in study.backbones}
    here = [name for name in study.backbones if name not in missing and (named[name] or name == study.main)]
    for name in here:  # before minutes of other work
        build_network(backbones[name].network, backbones[name].weights, 0)
        if weights := backbones[name].acoustic_weights:
            Encoder(Path(weights))
    trained = [arm for name in here for arm in named[name]]
    print(
        f"{len(trained)} of {len(study.arms)} arms: at most {study.minutes_of(trained):.0f} minutes on two slow cores"
    )
    stages = ("manifests", "faces", "audio", "splits")
    step(shared, "stages", *(f"{stage} {corpus}" for stage in stages for corpus in raw))
    for name in here:
        folder, backbone = work / name, backbones[name]
        features = {**document["features"], **asdict(backbone), "weights": _absolute(backbone.weights)}
        prepare(folder, {**document, "features": features}, work / "cache")
        for made in ("manifests", "recordings", "faces", "mels", "splits"):
            link(folder / "data" / made, shared / "data" / made)
        step(folder, "stages", *(f"features {corpus}" for corpus in raw))
        step(folder, "fdan.study.networks", name, *named[name])
    write_page(read_study(work, study, epochs, here, raw), Path(options.page))
    print(f"real: {options.page}/{PAGES[0]}")
    return 0


def chosen_arms(names: str | None, study: StudyParams) -> Collection[str]:
    """Return the arms of a list separated by commas; by default all.

    Raises:
        UnusableError: there is no such arm.
    """
    if names is None:
        return study.arms
    arms = [name.strip() for name in names.split(",")]
    if unknown := [name for name in arms if name not in study.arms]:
        raise UnusableError(f"--arms: {unknown[0]!r}: no such arm: expected some of {', '.join(study.arms)}")
    return arms


def at_hand(document: Mapping[str, Any], encoder: str | None) -> tuple[dict[str, Any], list[str]]:
    """Return params.real.yaml with the speech encoder's folder, and the backbones whose folder is missing.

    Each of those is printed in one line; its arms are not run.

    Args:
        document: all of it.
        encoder: a folder in place of those that it names.

    Raises:
        UnusableError: `encoder` is no folder.
    """
    if encoder and not Path(encoder).is_dir():
        raise UnusableError(f"--encoder {encoder}: no such folder")
    backbones, missing = {}, []
    for name, backbone in document["study"]["backbones"].items():
        backbones[name] = backbone
        if folder := backbone.get("acoustic_weights") and Path(encoder or backbone["acoustic_weights"]):
            backbones[name] = {**backbone, "acoustic_weights": str(folder.absolute())}
            if not folder.is_dir():
                missing.append(name)
                cure = "fdan download weights --speech, or --encoder DIR"
                print(f"{name}: {folder}: no such folder: its arms are not run ({cure})")
    return {**document, "study": {**document["study"], "backbones": backbones}}, missing


def _absolute(weights: str) -> str:
    return str(Path(weights).absolute()) if Path(weights).is_file() else weights

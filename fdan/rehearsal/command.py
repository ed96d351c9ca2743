"""The paper's own run, rehearsed at its full size on made-up corpora: what it takes, stage by stage.

Examples:
  fdan rehearse                # two hours or so on two slow cores; may be killed and started again
  fdan rehearse --share 0.25   # more of the extraction, which is slow, and measured on a share of the clips
  fdan rehearse --scale 0.01 -S cnn.networks='[resnet18]' --page build/rehearsal   # all of it in small, to try it

Corpora of SAVEE's and MELD's size and shape are drawn, random weights stand where torch looks for ImageNet's, and
`make paper`'s pipeline runs on them with one seed and three epochs, the CNN rows on 20 batches. Works in
build/rehearsal alone, where whatever is done is found again. Writes docs/full_size.md; the former one is kept in
build/former.
"""

import argparse
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fdan.backbones.pretrained import build_network
from fdan.backbones.vision import models
from fdan.commands.paper import for_corpora
from fdan.data.manifest import read_manifest
from fdan.data.splits import TEST, TRAIN, Split, read_split, write_split
from fdan.errors import UnusableError
from fdan.forecast.told import Corpora
from fdan.forecast.work import OF_SOUNDS
from fdan.rehearsal.corpora import SIZES, make_corpus
from fdan.rehearsal.cut import cut, over
from fdan.rehearsal.given import describe, predict_by_chance, stretch
from fdan.rehearsal.page import GIVEN, page
from fdan.rehearsal.project import Project
from fdan.results.deviations import BY_CORPUS, PAPER_FILE
from fdan.runtime.outputs import claim, free_place, replaced_file
from fdan.runtime.params import read_document
from fdan.runtime.process import output
from fdan.runtime.workspace import require_project

CLIPS = ("faces", "mels", "sounds")
"""Stages that read every clip; they run on a share, and at full size their outputs are given."""

READERS = ("features-visual", "features-acoustic", "inputs-sound", "inputs-utterance")
"""Stages that read every image or sound; likewise."""

WORK = "build/rehearsal"

BATCHES = 20
"""Of each CNN row."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How much of it."""
    parser.add_argument(
        "--share", type=float, default=0.1, metavar="S", help="of the clips are extracted; by default 0.1"
    )
    parser.add_argument("--scale", type=float, default=1.0, metavar="S", help="of the corpora's size; by default 1")
    parser.add_argument("-S", dest="changes", action="append", default=[], metavar="KEY=VALUE", help="another value")
    parser.add_argument("--work", default=WORK, metavar="DIR", help="by default build/rehearsal")
    parser.add_argument("--page", default="docs", metavar="DIR", help="where full_size.md goes; by default docs")


def run(options: argparse.Namespace) -> int:
    """Everything, step by step; then the page.

    Raises:
        UnusableError: a share or a value that is none, or this is not the project's folder.
        FdanError: a stage failed; it has said why.
    """
    if not (0 < options.share <= 1 and 0 < options.scale <= 1):
        raise UnusableError("expected a share and a scale above 0, 1 at most")
    require_project()
    base = Path(options.work).absolute()
    claim(base, Path(WORK))
    place = free_place(Path(options.page) / "full_size.md", overwrite=True)
    work = base if options.scale == 1 else base / f"scale-{options.scale:g}"
    batches = max(1, round(BATCHES * options.scale))
    corpora = {size: _corpora(work, size * options.scale) for size in (options.share, 1.0)}
    paper = _document(corpora[1.0], options.changes)
    short = cut(paper)
    variables = _weights(base, paper)
    share, readers = _extraction(work, short, corpora[options.share], options.share, variables)

    full = Project(work / "full", work / "took/full", variables)
    full.prepare({**short, "raw": {name: str(folder) for name, folder in corpora[1.0].items()}})
    names = full.stages(["report"])
    full.run([name for name in names if _kind(name) == "manifests"])
    for corpus in paper["raw"]:
        stretch(share.folder, full.folder, corpus)
        describe(readers.folder, full.folder, corpus, OF_SOUNDS if corpus in paper["sources"] else ())
    full.take([name for name in names if _kind(name) in {*CLIPS, *READERS}], f"{GIVEN} images, sounds, features")
    full.run([name for name in names if _kind(name) == "splits"])
    for corpus in paper["sources"]:
        predict_by_chance(full.folder, corpus, short["cnn"]["networks"], short["cnn"]["seeds"])
    full.take([name for name in names if _kind(name) == "baselines"], f"{GIVEN} CNN rows")
    _cnn_rows(full, work, short, batches)
    full.run([name for name in names if _kind(name) not in {*CLIPS, *READERS, "baselines"}])

    found = Corpora.of({**paper, "raw": {name: str(folder) for name, folder in corpora[1.0].items()}})
    larger = {corpus: len(there) / _utterances(share.folder, corpus) for corpus, there in found.utterances.items()}
    with replaced_file(place) as path:
        text = page(work / "took", found, paper, short, larger, batches, options.share, options.scale)
        path.write_text(text, encoding="utf-8")
    print(f"rehearse: {place}")
    return 0


def _extraction(
    work: Path, short: Mapping[str, Any], corpora: Mapping[str, Path], share: float, variables: Mapping[str, str]
) -> tuple[Project, Project]:
    """The extraction of a share: the project that read its clips, and the one that read the images and sounds of these.

    Copies of a clip give equal images and sounds, which features and inputs would compute once. So these stages run in
    a project of their own, where no two are alike.
    """
    params, records = {**short, "raw": {name: str(folder) for name, folder in corpora.items()}}, f"took/share-{share:g}"
    clips = Project(work / f"share-{share:g}", work / records, variables)
    clips.prepare(params)
    clips.run(clips.stages(CLIPS))
    readers = Project(work / f"share-{share:g}-apart", work / records, variables)
    readers.prepare(params)
    names = readers.stages(READERS)
    readers.run([name for name in names if _kind(name) == "manifests"])
    for corpus in corpora:
        stretch(clips.folder, readers.folder, corpus)
    readers.take([name for name in names if _kind(name) in CLIPS])
    readers.run([name for name in names if _kind(name) in READERS])
    return clips, readers


def _kind(name: str) -> str:
    return name.partition("@")[0]


def _utterances(folder: Path, corpus: str) -> int:
    return len(read_manifest(folder / f"data/manifests/{corpus}.csv").utterances)


def _corpora(work: Path, scale: float) -> dict[str, Path]:
    """The folders of both corpora at some scale."""
    folders = {corpus: work / f"corpora-{scale:g}" / corpus for corpus in SIZES}
    for corpus, folder in folders.items():
        make_corpus(corpus, folder, work / "drawings", scale)
    return folders


def _document(folders: Mapping[str, Path], changes: list[str]) -> dict[str, Any]:
    """params.yaml as `fdan paper` would leave it, with changes of the user's."""
    overlay = for_corpora(read_document(PAPER_FILE), {name: str(folder) for name, folder in folders.items()})
    document = over(read_document(), overlay, BY_CORPUS)
    for change in changes:
        key, sign, text = change.partition("=")
        try:
            value: Any = YAML(typ="safe", pure=True).load(text)
        except YAMLError:
            sign = ""
        if not sign:
            raise UnusableError(f"-S {change}: expected KEY=VALUE")
        for name in reversed(key.split(".")):
            value = {name: value}
        document = over(document, value, BY_CORPUS)
    return document


def _weights(work: Path, document: Mapping[str, Any]) -> dict[str, str]:
    """Random weights under the names of ImageNet's where torch looks for them; the variable that says where."""
    folder = work / "torch/hub/checkpoints"
    for name in dict.fromkeys([document["features"]["network"], *document["cnn"]["networks"]]):
        url = models.get_model_weights(name).__members__["IMAGENET1K_V1"].url
        place = folder / url.rpartition("/")[2]
        if not place.is_file():
            with output(place) as path:
                torch.save(build_network(name, "random", 0).state_dict(), path)
    return {"TORCH_HOME": str(work / "torch")}


def _cnn_rows(full: Project, work: Path, short: Mapping[str, Any], batches: int) -> None:
    """The CNN rows on so many batches of MELD's images: in a project of its own, which has the same images."""
    rows = Project(work / "rows", work / f"took/rows-{batches}", full.variables)
    params = {**short, "cnn": {**short["cnn"], "epochs": 1}}
    rows.prepare({**params, "raw": read_document(full.folder / "params.yaml")["raw"]})
    for name in ("manifests", "mels"):
        place = rows.folder / "data" / name
        if not place.exists():
            shutil.copytree(full.folder / "data" / name, place)
    split = read_split(full.folder / "data/splits/meld.csv")
    place = rows.folder / "data/splits/meld.csv"
    if not place.is_file():
        with output(place) as path:
            write_split(_fewer(split, int(params["cnn"]["batch_size"]) * batches), path)
    rows.run_alone([f"baselines meld {network}" for network in params["cnn"]["networks"]])


def _fewer(split: Split, train: int) -> Split:
    """The same split with some of its training speech, and a tenth of that of its test speech, of the same emotions."""
    speech = [part for part in split.parts if part.acoustic == TRAIN][:train]
    heard = {part.emotion for part in speech}
    tests = [part for part in split.parts if part.acoustic == TEST and part.emotion in heard]
    spared = {part.utterance for part in [*speech, *tests[: max(1, train // 10)]]}
    parts = [part if part.utterance in spared else replace(part, acoustic="") for part in split.parts]
    return Split(tuple(parts), split.synthetic)

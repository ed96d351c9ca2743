"""Before the first stage: read all of params.yaml as the stages will, look at the corpora and the weights.

Example:
  fdan preflight && dvc repro

Says nothing where all is well. A dvc.lock that a killed dvc left half written is moved to build/former.
"""

from fdan.numerics.pins import why_unpinned

import argparse
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yaml import YAMLError

from fdan.backbones.extractor import Extractor, FeatureParams
from fdan.backbones.pretrained import build_network
from fdan.backbones.speech_encoder import Encoder
from fdan.backbones.speech_params import HearingParams
from fdan.corpora.folder import grouped
from fdan.corpora.registry import find_corpus
from fdan.corpora.unreadable import what_ends_dvc
from fdan.data.manifest import is_synthetic
from fdan.data.splits import SplitParams
from fdan.demo.corpus import DemoParams
from fdan.errors import FdanError
from fdan.figures.params import FigureParams
from fdan.learning.finetune import FinetuneParams
from fdan.learning.params import ModelParams, ProtocolParams, TrainParams, TuningParams, Variants, WatchParams
from fdan.learning.released import ReleasedRows
from fdan.media.sound import MelParams
from fdan.methods.params import CNNParams, TextParams
from fdan.methods.registry import section
from fdan.results.effects import ClaimsParams
from fdan.runtime import yaml12
from fdan.runtime.jobs import ParallelParams
from fdan.runtime.outputs import keep_former
from fdan.runtime.params import PARAMS_FILE, Alpha, ParamsError, Seeds, check_sections, load_params, refuse_old_keys
from fdan.runtime.provenance import made_unpinned
from fdan.samples.detectors import FaceParams, make_detector
from fdan.samples.sounds import SoundParams


@dataclass(frozen=True)
class Features(FeatureParams, HearingParams):
    """Section ``features`` of params.yaml: what describes images, and what describes speech."""


SECTIONS: dict[str, Any] = {
    "alpha": Alpha,
    "raw": dict[str, str],
    "sources": dict[str, str],
    "multi": dict[str, list[str]],
    "seeds": Seeds,
    "variants": Variants,
    "parallel": ParallelParams,
    "demo": DemoParams,
    "splits": SplitParams,
    "faces": FaceParams,
    "mels": MelParams,
    "features": Features,
    "model": ModelParams,
    "train": TrainParams,
    "watch": WatchParams,
    "protocols": ProtocolParams,
    "tuning": TuningParams,
    "cnn": CNNParams,
    "sounds": SoundParams,
    "text": TextParams,
    "methods": section(),
    "released": ReleasedRows,
    "finetune": FinetuneParams,
    "claims": ClaimsParams,
    "figures": FigureParams,
}
"""Every top-level key of params.yaml and its type."""


def heal_lock(path: Path) -> None:
    """Put aside a ``dvc.lock`` that a killed dvc left half written; dvc's run cache still knows what ran.

    DVC writes the file in place, and refuses to start on half of it.

    Raises:
        FdanError: it holds both sides of a merge, which is the user's to end.
    """
    with suppress(FileNotFoundError):
        if re.search(rb"^(<{7}|>{7}) ", path.read_bytes(), re.MULTILINE):
            raise FdanError(
                f"{path}: holds both sides of a merge; choose one, git checkout --ours {path} (or --theirs), and dvc "
                "repro makes the rest"
            )
        try:
            whole = _is_whole(yaml12.parse(path.read_text(encoding="utf-8")))
        except (YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError):
            whole = False
        if not whole:
            kept = keep_former(path)
            path.resolve().unlink()
            print(f"{path}: half written by a killed dvc: moved to {kept}, dvc makes it anew", file=sys.stderr)


def _is_whole(lock: Any) -> bool:
    """Whether this is a mapping with ``schema`` and ``stages``, and every stage has all that it names."""
    stages = list(lock["stages"].values())
    files = [file for stage in stages for part in ("deps", "outs") for file in stage.get(part, ())]
    params = [values for stage in stages for values in stage.get("params", {}).values()]
    return (
        isinstance(lock["schema"], str)
        and all(stage["cmd"] and None not in stage.values() for stage in stages)
        and all(file["path"] and None not in file.values() and isinstance(file.get("md5", ""), str) for file in files)
        and all(isinstance(values, dict) for values in params)
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: params.yaml says everything."""


def run(options: argparse.Namespace) -> int:
    """Raise all that is wrong with params.yaml, the corpora, the weights, the device and Python as one `FdanError`.

    Else say nothing.

    Raises:
        UnusableError: params.yaml is a former version's; the line lists every old name.
    """
    if PARAMS_FILE.is_file():  # else this is no project of ours, and its lock another's
        heal_lock(Path("dvc.lock"))
        refuse_old_keys()
    mistakes: list[str] = []
    if os.environ.get("PYTHONSAFEPATH"):
        mistakes.append(
            "PYTHONSAFEPATH is set: dvc starts each stage as python -m stages.<name>, and Python does not look for it "
            "in the project's folder then; unset PYTHONSAFEPATH"
        )
    try:
        check_sections(SECTIONS)
    except ParamsError as error:
        mistakes.append(str(error))
    params: dict[str, Any] = {}
    for name, type_ in SECTIONS.items():
        try:
            params[name] = load_params(name, type_)
        except ParamsError as error:
            mistakes.append(str(error))
    if "raw" in params:
        mistakes += [*_strangers(params), *_corpora(params["raw"])]
    if "faces" in params:
        try:
            make_detector(params["faces"])
        except FdanError as error:
            mistakes.append(str(error))
    if "features" in params:  # hours before the stage that needs weights or a GPU
        features: Features = params["features"]
        try:
            Extractor(build_network(features.network, features.weights, seed=0), 1)
            if features.acoustic == "whisper" and features.acoustic_weights:
                Encoder(Path(features.acoustic_weights))
        except FdanError as error:
            mistakes.append(str(error))
    if mistakes:
        raise FdanError("; ".join(mistakes))
    if not why_unpinned():  # else the stages go on as they began
        for line in made_unpinned():
            print(line, file=sys.stderr)
    return 0


def _strangers(params: dict[str, Any]) -> list[str]:
    """What other sections say of corpora that are none."""
    raw, sources, multi = params["raw"], params.get("sources", {}), params.get("multi", {})
    named = {
        "sources": [*sources, *sources.values()],
        "multi": [*multi, *(name for faces in multi.values() for name in faces)],
        "figures.tsne_share": params["figures"].tsne_share if "figures" in params else (),
    }
    return [
        f"params.yaml: {section}: {strangers}: not among the corpora of raw, {sorted(raw)}"
        for section, names in named.items()
        if (strangers := sorted(set(names) - set(raw)))
    ]


def _corpora(raw: dict[str, str]) -> list[str]:
    """What is wrong with the corpora's names and folders."""
    mistakes, origins = [], {}
    for corpus, where in raw.items():
        path = Path(where)
        if where.startswith("~"):  # the shell's, not DVC's: it would look for a folder of that name here
            mistakes.append(f"raw.{corpus}: {where!r}: write the folder in full, {os.path.expanduser(where)}")
        elif path == Path("data/demo") / corpus:
            origins[corpus] = True
        elif not where:
            mistakes.append(f"raw.{corpus}: '': expected a folder")
        else:
            try:
                find_corpus(corpus, path)
                origins[corpus] = is_synthetic(path)
                mistakes += [f"raw.{corpus}: {line}" for line in _unread_by_dvc(path)]
            except (FdanError, OSError) as error:  # the latter: a folder closed to us
                mistakes.append(f"raw.{corpus}: {str(error).removeprefix(f'corpus {corpus}: ')}")
    if len(set(origins.values())) > 1:
        mistakes.append(f"raw: some corpora are synthetic, others are not ({raw}); they never mix")
    return [f"params.yaml: {mistake}" for mistake in mistakes]


def _unread_by_dvc(folder: Path) -> list[str]:
    """What DVC would end at without a word of what to do: it reads every file of a corpus' folder, used or not."""
    inside = Path(os.path.abspath(folder)).is_relative_to(Path.cwd())  # where .dvcignore holds
    return [
        f"{line}; dvc reads every file of the folder, and would end there"
        for why, paths in what_ends_dvc(folder, ignoring=inside).items()
        for line in grouped(paths, "files", why)
    ]

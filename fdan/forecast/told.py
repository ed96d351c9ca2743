"""Hours, memory, disk and downloads of a run, from params and corpora and a probe made here and now."""

from fdan.numerics.pins import device

import math
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import torch

from fdan.backbones.pretrained import WEIGHTS
from fdan.backbones.vision import models
from fdan.corpora.registry import find_corpus
from fdan.data.manifest import Manifest, Utterance
from fdan.data.splits import Split, SplitParams, paper_split
from fdan.forecast.probe import Probe, probe
from fdan.forecast.work import WITHOUT_EPOCHS, Document, Work, work

KEPT = 3
"""How often an output lies on the disk: in data/, in DVC's cache, and entry by entry in .cache/."""


@dataclass(frozen=True)
class Forecast:
    """What a run takes.

    Attributes:
        pieces: all work.
        probe: what a piece takes.
        workers: processes side by side.
        cnns: processes of one CNN row side by side.
        disk: stage or method -> gigabytes.
        downloads: file of weights -> megabytes.
        inputs: method -> gigabytes of what it reads of the largest corpus, as numbers.
        took: seconds of the probe.
    """

    pieces: tuple[Work, ...]
    probe: Probe
    workers: int
    cnns: int
    disk: Mapping[str, float]
    downloads: Mapping[str, float]
    inputs: Mapping[str, float]
    took: float

    def hours(self) -> dict[str, float]:
        """By stage kind, in the pipeline's order."""
        found: dict[str, float] = defaultdict(float)
        for one in self.pieces:
            found[one.stage] += one.hours(self.probe.seconds.get(one.unit, 0.0), self.workers)
        return dict(found)

    @property
    def unmeasured(self) -> list[str]:
        """Units that the probe has no time of."""
        return sorted({one.unit for one in self.pieces} - set(self.probe.seconds))


@dataclass(frozen=True)
class Corpora:
    """The corpora of a run as they lie there.

    Attributes:
        folders: of each.
        utterances: of each.
        splits: the paper's, as if every file were whole.
    """

    folders: Mapping[str, Path]
    utterances: Mapping[str, Sequence[Utterance]]
    splits: Mapping[str, Split]

    @staticmethod
    def of(document: Document) -> "Corpora":
        """Read the lists of the corpora that params name.

        Raises:
            CorpusError: one is not there, or is none.
        """
        folders = {corpus: Path(folder).absolute() for corpus, folder in document["raw"].items()}
        utterances, splits = {}, {}
        params = SplitParams(**document["splits"])
        for corpus, folder in folders.items():
            there = find_corpus(corpus, folder).read(folder).utterances
            heard, seen = ([u.id for u in there if getattr(u, kind)] for kind in ("audio", "video"))
            utterances[corpus], splits[corpus] = there, paper_split(Manifest(there, False), heard, seen, params)
        return Corpora(folders, utterances, splits)

    def work(self, document: Document) -> tuple[Work, ...]:
        """What there is to do on them."""
        texts = {corpus: any(u.text for u in there) for corpus, there in self.utterances.items()}
        return tuple(work(document, self.splits, texts))

    def most_faces(self, document: Document) -> int:
        """The largest number of visual samples that one network meets."""
        sets = [*([source] for source in document["sources"].values()), *document["multi"].values()]
        clips = max(sum(len(self.splits[corpus].visual()) for corpus in some) for some in sets)
        return int(document["faces"]["frames"]) * clips


def forecast(document: Document, corpora: Corpora) -> Forecast:
    """Probe and multiply up.

    Args:
        document: the params of the run.
        corpora: what it runs on.
    """
    began = time.perf_counter()
    measured = probe(document, corpora.folders, corpora.utterances, corpora.most_faces(document))
    took = time.perf_counter() - began
    pieces = corpora.work(document)
    workers = document["parallel"]["workers"] or psutil.cpu_count() or 1
    disk: dict[str, float] = defaultdict(float)
    inputs: dict[str, float] = defaultdict(float)
    for one in pieces:
        if size := measured.sizes.get(one.unit, 0.0):
            disk[one.stage] += KEPT * size * one.count / 1e9
            if one.stage == "inputs":
                method = one.unit.removeprefix("inputs ")
                inputs[method] = max(inputs[method], size * one.count / 1e9)
        if one.unit == "image":
            disk[one.stage] += KEPT * 4 * 512 * one.count / 1e9
    cnns = min(len(document["cnn"]["seeds"]), workers)
    return Forecast(pieces, measured, workers, cnns, disk, downloads(document), inputs, took)


def downloads(document: Document) -> dict[str, float]:
    """Files of ImageNet weights that are neither in weights/ nor where torch keeps its own, and their megabytes."""
    names = [document["features"]["network"]] if document["features"]["weights"] == "imagenet" else []
    names += document["cnn"]["networks"] if document["cnn"]["weights"] == "imagenet" else []
    found = {}
    for name in names:
        published = models.get_model_weights(name).__members__.get("IMAGENET1K_V1")
        if published is not None:
            file = published.url.rpartition("/")[2]
            places = (WEIGHTS, Path(torch.hub.get_dir()) / "checkpoints")
            if not any((place / file).is_file() for place in places):
                found[file] = float(published.meta["_file_size"])
    return found


def told(found: Forecast) -> str:
    """A forecast for people."""
    hours = found.hours()
    total = sum(hours.values())
    spread = max(found.probe.spread.values(), default=0.0)
    width = max(map(len, hours), default=0)
    lines = [
        f"Forecast, from {found.took:.0f} seconds of probing on this machine ({found.workers} processes side by side):",
        *(f"  {stage:<{width}}  {_time(value):>12}" for stage, value in hours.items()),
        f"  {'in all':<{width}}  {_time(total):>12}",
        "Each kind of work was timed on a few pieces and multiplied up, as if nothing else ran here: take it as right "
        "within a factor of two. The clips that were timed differ among each other by up to "
        f"{100 * spread:.0f} % (standard error of a mean). Splits, sheets, figures, tables, audit, report and DVC's "
        f"own bookkeeping are not in it: minutes. What is fitted at once ({', '.join(WITHOUT_EPOCHS)}) takes longer "
        "on many utterances than in proportion.",
    ]
    if found.unmeasured:
        lines.append(f"Not measured, and not in it: {', '.join(found.unmeasured)}.")
        lines += [f"  {what}: {reason}" for what, reason in found.probe.failed.items()]
    disk = sum(found.disk.values())
    parts = ", ".join(f"{stage} {size:.1f}" for stage, size in found.disk.items() if size >= 0.05)
    lines.append(f"Disk: {disk:.1f} GB here ({parts or 'little of anything'}); {_free()}.")
    lines.append(_memory(found, psutil.virtual_memory().total / 1e9))
    size = sum(found.downloads.values())
    lines.append(f"Downloads: {', '.join(found.downloads)}, {size:.0f} MB." if found.downloads else "Downloads: none.")
    lines.append(_gpu(hours))
    return "\n".join(lines)


def _memory(found: Forecast, there: float) -> str:
    """What holds most, on a machine of so many gigabytes: networks with their faces, a CNN row, a method's inputs."""
    held, parts, most = dict(found.probe.memory), [], 0.0
    if networks := held.pop("networks", 0.0):
        most = networks * found.workers
        parts.append(
            f"a process that trains or looks holds {networks:.1f} GB (measured), {found.workers} of them side by side"
        )
    if held:
        name, size = max(held.items(), key=lambda item: item[1])
        most = max(most, size * found.cnns)
        parts.append(
            f"the largest CNN row, {name.removeprefix('CNN ')}, {size:.1f} GB (estimated from the shapes of a step), "
            f"{found.cnns} of them side by side"
        )
    name, size = max(found.inputs.items(), key=lambda item: item[1], default=("", 0.0))
    if size >= 0.05:
        parts.append(
            f"the largest method, {name}, looks at {size:.1f} GB of numbers, which stay in their file: the system "
            "takes such pages back"
        )
    more = " That is not enough: give parallel.workers a lower number." * (most > there)
    return f"Memory: {'; '.join(parts) or 'not measured'}. This machine has {there:.0f} GB.{more}"


def _gpu(hours: Mapping[str, float]) -> str:
    there = sum(hours.get(stage, 0.0) for stage in ("features", "baselines"))
    if device() == "cuda":
        return f"GPU: in use for features and CNN rows ({_time(there)} of it); all else computes on processors."
    has = "there is one here" if torch.cuda.is_available() else "none found here"
    return (
        f"GPU: not in use ({has}). With FDAN_DEVICE=cuda features and CNN rows would compute on it, now "
        f"{_time(there)} of all; nothing else does."
    )


def _free() -> str:
    return f"{psutil.disk_usage('.').free / 1e9:.0f} GB are free"


def _time(hours: float) -> str:
    if hours >= 48:
        return f"{hours / 24:.1f} days"
    return f"{hours:.1f} hours" if hours >= 1 else f"{max(1, math.ceil(60 * hours))} minutes"

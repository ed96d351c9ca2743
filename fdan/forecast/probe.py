"""What one piece of each kind of work takes here and now, on one core: measured on a few clips of the given corpora."""

from fdan.numerics.pins import device

import math
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter

from fdan.baselines.cnn.params import CNNParams
from fdan.baselines.cnn.training import fine_tune
from fdan.data.emotions import Emotion
from fdan.data.manifest import Utterance
from fdan.dialogues.reading import texts_of
from fdan.extraction.cache import Entry, digest
from fdan.faces import crops
from fdan.faces.detectors import FaceParams
from fdan.features.extractor import Extractor, FeatureParams
from fdan.forecast.work import OF_SOUNDS, WITHOUT_EPOCHS, Document
from fdan.learning.bank import predict_alone
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import STACK
from fdan.learning.training import Domain, build_model, train
from fdan.mels import image as mels
from fdan.mels.sound import MelParams
from fdan.networks.pretrained import build_network
from fdan.sequences.extract import Reading, collect
from fdan.sequences.inputs import Inputs
from fdan.sequences.methods import Labelled
from fdan.sounds import clip as sounds
from fdan.sounds.clip import SoundParams
from fdan.sounds.wav import decode_wav
from fdan.variants import released

CLIPS = 4
"""Of each corpus, evenly over the order of its utterances."""

UTTERANCES = 32
"""That a method is asked to learn from: a batch or two."""

CLASSES = tuple(Emotion)


@dataclass
class Probe:
    """What was measured.

    Attributes:
        seconds: unit -> what one takes on one core.
        spread: unit -> the standard error of that, relative to it; only of what was measured on several clips.
        bytes: what one leaves on the disk, by stage and by method.
        failed: unit -> why it could not be measured.
        memory: gigabytes that this process held at most after clips, features, and networks on the true number of
            faces; the CNN rows, whose images are few here, come later.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    spread: dict[str, float] = field(default_factory=dict)
    bytes: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    memory: float = 0.0

    @contextmanager
    def of(self, unit: str, count: int = 1) -> Iterator[None]:
        """Time a block in which `count` of a unit are done."""
        began = time.perf_counter()
        yield
        self.seconds[unit] = (time.perf_counter() - began) / count

    def several(self, unit: str, times: Sequence[float]) -> None:
        """Take the times of several pieces."""
        self.seconds[unit] = fmean(times)
        if len(times) > 1 and self.seconds[unit] > 0:
            self.spread[unit] = stdev(times) / len(times) ** 0.5 / self.seconds[unit]


def peak_gigabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # Linux counts in KiB


def probe(
    document: Document, folders: Mapping[str, Path], utterances: Mapping[str, Sequence[Utterance]], most_faces: int
) -> Probe:
    """All measurements; a minute or two.

    Args:
        document: the params.
        folders: of each corpus.
        utterances: of each corpus.
        most_faces: the largest number of visual samples that a network of the run meets.
    """
    found = Probe()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        wavs: list[bytes] = []
        said: Sequence[Utterance] = ()
        for corpus, folder in folders.items():
            there = utterances[corpus]
            chosen = there[:: max(1, len(there) // CLIPS)][:CLIPS]
            wavs += _clips(found, document, corpus, folder, chosen)
            said = max(said, there[:UTTERANCES], key=lambda some: sum(bool(u.text) for u in some))
        _features(found, document)
        _networks(found, document, most_faces)
        found.memory = peak_gigabytes()
        _cnns(found, document)
        _methods(found, document, wavs, said)
    return found


def _clips(found: Probe, document: Document, corpus: str, folder: Path, chosen: Sequence[Utterance]) -> list[bytes]:
    faces, sounds_ = _typed(FaceParams, document["faces"]), _typed(SoundParams, document["sounds"])
    mels_ = _typed(MelParams, document["mels"])
    crops.prepare(faces)
    mels.prepare(mels_)
    sounds.prepare()
    videos, audios = [u.video for u in chosen if u.video], [u.audio for u in chosen if u.audio]
    files = dict.fromkeys([*videos, *audios])
    work: dict[str, tuple[Sequence[str], Callable[[str], Any]]] = {
        "manifests": ([*files], lambda name: digest(folder / name)),
        "faces": (videos, lambda name: crops.crops_of(name, folder, faces)),
        "mels": (audios, lambda name: mels.image_of(name, folder, mels_)),
        "sounds": (audios, lambda name: sounds.wav_of(name, folder, sounds_)),
    }
    made: dict[str, list[bytes]] = {}
    for stage, (names, compute) in work.items():
        times = []
        for name in names:
            began = time.perf_counter()
            entry = compute(name)
            times.append(time.perf_counter() - began)
            made.setdefault(stage, []).extend(entry.blobs if isinstance(entry, Entry) else ())
        if times:
            found.several(f"{stage} {corpus}", times)
            found.bytes[f"{stage} {corpus}"] = sum(map(len, made[stage])) / len(times)
        else:
            found.failed[f"{stage} {corpus}"] = "no clip of this kind"
    return made.get("sounds", [])


def _features(found: Probe, document: Document) -> None:
    params = _typed(FeatureParams, document["features"])
    network = build_network(params.network, "random", 0)  # as slow as with any weights
    extractor = Extractor(network, 4, params.precision)
    images = [np.zeros((224, 224, 3), np.uint8)] * 4
    extractor(images)
    with found.of("image", len(images)):
        extractor(images)


def _networks(found: Probe, document: Document, faces: int) -> None:
    model, settings = _typed(ModelParams, document["model"]), _typed(TrainParams, document["train"])
    width, batches = 512, 8
    visual = _random(max(faces, settings.batch_size), width)
    acoustic = _random(batches * settings.batch_size, width)
    for attention, unit in ((True, "iteration"), (False, "iteration of FDAN1")):
        runs = [Run(seed, 1e-3, replace(settings, epochs=1)) for seed in range(STACK)]
        train(visual, acoustic, len(CLASSES), runs, attention, model)
        with found.of(unit, batches * STACK):
            train(visual, acoustic, len(CLASSES), runs, attention, model)
    network = build_model(visual, acoustic, len(CLASSES), model, True, 0).eval()
    tested = torch.randn(256, width)
    with found.of("bank cell", len(visual.y) * len(tested)):
        predict_alone(network, visual.x, acoustic.x, tested)
    theirs = _typed(released.ReleasedParams, document["released"])
    theirs = replace(theirs, epochs=1, iterations=batches)
    with found.of("released iteration", batches):
        released.train(visual, acoustic, len(CLASSES), theirs, 0, model.standardise)


def _random(n: int, width: int) -> Domain:
    return Domain(torch.randn(n, width), torch.arange(n) % len(CLASSES))


def _cnns(found: Probe, document: Document) -> None:
    """The second of two steps of a few images: the first loads and allocates."""
    params = _typed(CNNParams, document["cnn"])
    few = 32 if device() == "cuda" else 4
    images = np.zeros((2 * few, params.size, params.size), np.uint8)
    labels = np.arange(2 * few) % len(CLASSES)
    for name in params.networks:
        ends: list[float] = []
        settings = replace(params, weights="random", epochs=1, batch_size=few)

        def progress(ends: list[float] = ends) -> None:
            ends.append(time.perf_counter())

        fine_tune(name, images, labels, len(CLASSES), images[:1], settings, 0, progress, every=math.inf)
        found.seconds[f"CNN {name}"] = (ends[-1] - ends[0]) / few


def _methods(found: Probe, document: Document, wavs: Sequence[bytes], said: Sequence[Utterance]) -> None:
    there = said[:UTTERANCES]
    names = tuple(u.id for u in there)
    texts = texts_of(there)
    faces, sound = (np.random.default_rng(0).normal(size=(len(there), 1, 512)).astype(np.float32) for _ in range(2))
    about = {"visual": tuple(faces), "acoustic": tuple(sound)}
    labels = np.arange(len(there), dtype=np.int64) % len(CLASSES)
    heard = [decode_wav(wav, "probe") for wav in wavs]
    for name, section in document["baselines"].items():
        method = import_module(f"fdan.baselines.{name}.predict")
        params = _typed(method.Params, section)
        read = Inputs(names)
        if name in OF_SOUNDS:
            reader = import_module(f"fdan.baselines.{name}.inputs").read
            readings: list[Reading] = [reader(*heard[0], params.inputs)]  # the first loads what librosa compiles
            times = []
            for one in heard:
                began = time.perf_counter()
                readings.append(reader(*one, params.inputs))
                times.append(time.perf_counter() - began)
            found.several(f"inputs {name}", times)
            found.bytes[f"inputs {name}"] = fmean(
                sum(value.nbytes for part in reading for value in part.values()) for reading in readings
            )
            read = collect(list(names), [readings[i % len(readings)] for i in range(len(names))])
        inputs = Inputs(names, {**read.arrays, **about}, read.augmented, texts)
        try:
            _learn(found, name, method.predict, params, Labelled(inputs, labels), inputs.at([0]).blind())
        except Exception as error:  # a probe of a few utterances may be none that a method can learn from
            found.failed[name] = str(error)


def _learn(found: Probe, name: str, predict: Any, params: Any, train_: Labelled, test: Inputs) -> None:
    """Time what more epochs take, in all networks that a method trains; of one that is fitted at once all of it."""

    def took(settings: Any) -> float:
        began = time.perf_counter()
        predict(train_, test, CLASSES, settings, 0, iter)
        return time.perf_counter() - began

    if name in WITHOUT_EPOCHS:
        found.seconds[name] = took(params) / len(train_.labels)
    else:
        one = took(replace(params, epochs=1))
        found.seconds[name] = max(0.0, took(replace(params, epochs=3)) - one) / 2 / len(train_.labels)


def _typed(type_: Any, section: Any) -> Any:
    """A section as its stage reads it; it was read so before."""
    return TypeAdapter(type_).validate_python(section)

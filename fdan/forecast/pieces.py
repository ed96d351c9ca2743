"""The pieces of a probe: a few clips, images, steps of a network, utterances of a method; each on one core."""

from fdan.numerics.pins import device

import ctypes
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import psutil
import torch
from pydantic import TypeAdapter

from fdan.backbones.extractor import Extractor, FeatureParams
from fdan.backbones.pretrained import THREADS, build_network
from fdan.backbones.vision import models
from fdan.baselines.cnn.params import CNNParams
from fdan.baselines.cnn.training import train_cnn, with_head
from fdan.baselines.map.prompts import prompts
from fdan.data.emotions import Emotion
from fdan.data.manifest import Utterance
from fdan.dialogues.reading import texts_of
from fdan.dialogues.threads import threads
from fdan.forecast.probe import Probe
from fdan.forecast.work import OF_SOUNDS, WITHOUT_EPOCHS, Document
from fdan.learning.bank import BLOCK, predict_alone
from fdan.learning.params import ModelParams, Run, TrainParams
from fdan.learning.runs import STACK
from fdan.learning.training import Domain, build_model, train
from fdan.media.sound import MelParams
from fdan.media.wav import decode_wav
from fdan.runtime.cache import CacheEntry, digest
from fdan.samples import crops, mels, sounds
from fdan.samples.detectors import FaceParams
from fdan.samples.sounds import SoundParams
from fdan.sequences.extract import Reading, collect
from fdan.sequences.inputs import Inputs
from fdan.sequences.methods import Labelled
from fdan.variants import released

CLASSES = tuple(Emotion)

HEARD = 4
"""Sounds that a method reads: the slowest takes seconds of each."""

KIN = {"vgg19": "vgg16", "resnet34": "resnet18"}
"""Networks that are another with more of the same layers: they take as much more as they have multiplications."""


def clips(document: Document, corpus: str, folder: Path, chosen: Sequence[Utterance]) -> Probe:
    """What is read of some clips of a corpus."""
    faces, sounds_ = _typed(FaceParams, document["faces"]), _typed(SoundParams, document["sounds"])
    mels_ = _typed(MelParams, document["mels"])
    crops.prepare(faces)
    mels.prepare(mels_)
    sounds.prepare()
    videos, audios = [u.video for u in chosen if u.video], [u.audio for u in chosen if u.audio]
    work: dict[str, tuple[Sequence[str], Callable[[str], Any]]] = {
        "manifests": ([*dict.fromkeys([*videos, *audios])], lambda name: digest(folder / name)),
        "faces": (videos, lambda name: crops.crops_of(name, folder, faces)),
        "mels": (audios, lambda name: mels.image_of(name, folder, mels_)),
        "sounds": (audios, lambda name: sounds.wav_of(name, folder, sounds_)),
    }
    found = Probe()
    for stage, (names, compute) in work.items():
        times: list[float] = []
        made: list[bytes] = []
        for name in names:
            began = _clock()
            entry = compute(name)
            times.append(_clock() - began)
            blobs = entry.blobs if isinstance(entry, CacheEntry) else ()
            made += blobs
            if stage == "sounds":
                found.sounds |= {f"{corpus}/{name}": blob for blob in blobs}
        if times:
            found.several(f"{stage} {corpus}", times)
            found.sizes[f"{stage} {corpus}"] = sum(map(len, made)) / len(times)
        else:
            found.failed[f"{stage} {corpus}"] = "no clip of this kind"
    return found


def features(document: Document) -> Probe:
    """An image through the frozen network, which is as slow with any weights."""
    params = _typed(FeatureParams, document["features"])
    extractor = Extractor(build_network(params.network, "random", 0), 4, params.precision)
    images = [np.zeros((224, 224, 3), np.uint8)] * 4
    extractor(images)
    began = _clock()
    extractor(images)
    return Probe({"image": (_clock() - began) / len(images)})


def networks(document: Document, faces: int) -> Probe:
    """An iteration with and without attention, one of the released code, a look into the bank."""
    model, settings = _typed(ModelParams, document["model"]), _typed(TrainParams, document["train"])
    theirs = _typed(released.ReleasedParams, document["released"])
    width, batches = 512, 4
    found, seconds = Probe(), dict[str, float]()
    with torch.random.fork_rng(devices=[]), _peak(found, "networks"):
        torch.manual_seed(0)
        visual = _random(max(faces, settings.batch_size), width)
        acoustic = _random(batches * settings.batch_size, width)

        def ours(attention: bool, epochs: int) -> None:
            runs = [Run(seed, 1e-3, replace(settings, epochs=epochs)) for seed in range(STACK)]
            train(visual, acoustic, len(CLASSES), runs, attention, model)

        def released_code(epochs: int) -> None:
            cut = replace(theirs, epochs=epochs, iterations=batches)
            released.train(visual, acoustic, len(CLASSES), cut, 0, model.standardise)

        seconds["iteration"] = _epoch(partial(ours, True)) / (batches * STACK)
        seconds["iteration of FDAN1"] = _epoch(partial(ours, False)) / (batches * STACK)
        seconds["released iteration"] = _epoch(released_code) / batches
        network = build_model(visual, acoustic, len(CLASSES), model, True, 0).eval()
        began = _clock()
        predict_alone(network, visual.x, acoustic.x, torch.randn(BLOCK, width))
        seconds["bank cell"] = (_clock() - began) / (len(visual.y) * BLOCK)
    found.seconds = seconds
    return found


def _epoch(work: Callable[[int], object]) -> float:
    """What an epoch takes of work on a number of epochs, without what comes before the first."""
    took = []
    for epochs in (1, 1, 3):  # the first time libraries load and memory is fetched
        began = _clock()
        work(epochs)
        took.append(_clock() - began)
    _, one, three = took
    return (three - one) / 2 if three > one else three / 3


def _random(n: int, width: int) -> Domain:
    return Domain(torch.randn(n, width), torch.arange(n) % len(CLASSES))


def measured(document: Document) -> list[str]:
    """The CNN rows that are measured; of the others one of these says what they take."""
    return list(dict.fromkeys(KIN.get(name, name) for name in document["cnn"]["networks"]))


def cnn(document: Document, name: str) -> Probe:
    """The second of two steps of a few images, and what a step of a whole batch holds."""
    params = _typed(CNNParams, document["cnn"])
    few = 32 if device() == "cuda" else 2
    images = np.zeros((2 * few, params.size, params.size), np.uint8)
    labels = np.arange(2 * few) % len(CLASSES)
    settings = replace(params, weights="random", epochs=1, batch_size=few)
    kin = [name, *(other for other, like in KIN.items() if like == name and other in params.networks)]
    # On a GPU its own memory counts, which no estimate of ours knows.
    found = Probe(memory={f"CNN {one}": held(one, params) for one in kin} if device() == "cpu" else {})
    ends: list[float] = []

    def progress() -> None:
        ends.append(_clock())

    train_cnn(name, images, labels, len(CLASSES), images[:1], settings, 0, progress, math.inf)
    seconds = (ends[1] - ends[0]) / few / (1 if device() == "cuda" else THREADS)
    for one in kin:
        found.seconds[f"CNN {one}"] = seconds * _operations(one) / _operations(name)
    return found


def held(name: str, params: CNNParams) -> float:
    """Gigabytes of a process in a step of a CNN row, from shapes alone: nothing is computed.

    What this process has already, weights and momenta, what the way forth keeps for the way back, and three times the
    largest of that, for gradients and copies in another order. Against what ResNet-18 and VGG-16 were measured to
    hold at 32 images it is a tenth too much.
    """
    with torch.device("meta"):
        network = with_head(models.get_model(name, weights=None), len(CLASSES)).train()
        images = torch.empty(params.batch_size, 3, params.size, params.size)
    weights = {_storage(weight): weight.nbytes for weight in network.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        if (place := _storage(tensor)) not in weights:
            kept[place] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        graph = network(images)  # it holds what it keeps, so that no place is taken twice
    both = 2 * sum(weights.values()) + sum(kept.values()) + 3 * max(kept.values())
    del graph
    return (float(psutil.Process().memory_info().rss) + both) / 1e9


def _storage(tensor: torch.Tensor) -> int:
    """What tells a tensor's memory from others': views share it."""
    return int(tensor.untyped_storage()._cdata)


def _operations(name: str) -> float:
    """Multiplications of an image's way through a network of torchvision, in thousands of millions."""
    return float(models.get_model_weights(name).__members__["IMAGENET1K_V1"].meta["_ops"])


def method(document: Document, name: str, wavs: Mapping[str, bytes], said: Sequence[Utterance]) -> Probe:
    """What a method of another publication reads of some sounds, and an epoch of some utterances."""
    found, module = Probe(), import_module(f"fdan.baselines.{name}.predict")
    params = _typed(module.Params, document["baselines"][name])
    names = tuple(u.id for u in said)
    read = Inputs(names)
    if name in OF_SOUNDS and wavs:
        reader = import_module(f"fdan.baselines.{name}.inputs").read
        places = sorted(wavs)[:: max(1, len(wavs) // HEARD)][:HEARD]
        heard = [decode_wav(wavs[place], place) for place in places]
        readings: list[Reading] = [reader(*heard[0], params.inputs)]  # the first loads what librosa compiles
        times = []
        for one in heard:
            began = _clock()
            readings.append(reader(*one, params.inputs))
            times.append(_clock() - began)
        found.several(f"inputs {name}", times)
        numbers = (sum(value.nbytes for part in reading for value in part.values()) for reading in readings[1:])
        found.sizes[f"inputs {name}"] = fmean(numbers)
        read = collect(list(names), [readings[i % len(readings)] for i in range(len(names))])
    rng = np.random.default_rng(0)
    vectors = {kind: tuple(rng.normal(size=(len(said), 1, 512)).astype("f4")) for kind in ("visual", "acoustic")}
    texts = Inputs(names, texts=texts_of(said))
    made = prompts(texts, threads(texts))  # MAP reads them, nothing else looks at them
    inputs = Inputs(names, {**read.arrays, **vectors}, read.augmented, {**texts.texts, **made})
    labelled = Labelled(inputs, np.arange(len(said), dtype=np.int64) % len(CLASSES))
    try:
        found.seconds[name] = _learnt(name, module.predict, params, labelled, inputs.at([0]).blind())
    except Exception as error:  # a few utterances may be none that a method can learn from
        found.failed[name] = str(error)
    return found


def _learnt(name: str, predict: Any, params: Any, train_: Labelled, test: Inputs) -> float:
    """What an utterance and epoch takes, in all networks that a method trains; of one that is fitted at once, all."""

    def learn(settings: Any) -> None:
        predict(train_, test, CLASSES, settings, 0, iter)

    if name in WITHOUT_EPOCHS:
        began = _clock()
        learn(params)
        return (_clock() - began) / len(train_.labels)
    return _epoch(lambda epochs: learn(replace(params, epochs=epochs))) / len(train_.labels)


def _clock() -> float:
    """Seconds of this process' cores, which what else runs here does not lengthen; of a GPU, those of the wall."""
    return time.perf_counter() if device() == "cuda" else time.process_time()


@contextmanager
def _peak(found: Probe, what: str) -> Iterator[None]:
    """Note the most memory that this process holds in a block, in gigabytes; it is looked at as often as is cheap."""
    process, done, sizes = psutil.Process(), threading.Event(), list[int]()
    with suppress(AttributeError, OSError):  # of glibc: what was held before and is free again would be counted
        ctypes.CDLL(None).malloc_trim(0)

    def look() -> None:
        while not done.wait(0.01):
            sizes.append(process.memory_info().rss)

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
        found.memory[what] = max([*sizes, process.memory_info().rss]) / 1e9


def _typed(type_: Any, section: Any) -> Any:
    """A section as its stage reads it; it was read so before."""
    return TypeAdapter(type_).validate_python(section)

"""A small run of everything the pipeline computes, step by step, and a hash of each step's numbers.

``python tests/golden.py`` compares the hashes of this machine with the recorded ones; ``--write`` records them anew,
after a change of the code that is meant to change numbers. Both are pinned, but with ``FDAN_PINS=off``.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))  # run as a script, from anywhere

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import cv2
import numpy as np
import torch

from fdan.backbones.extractor import Extractor
from fdan.backbones.pretrained import build_network
from fdan.data.emotions import Emotion
from fdan.demo import expression as expressions
from fdan.demo import voice as voices
from fdan.demo.cast import SAVEE_CAST
from fdan.demo.clip import SITCOM, STUDIO, film, write_clip, write_wav
from fdan.figures.tsne import embed
from fdan.learning import released
from fdan.learning.bank import predict_alone
from fdan.learning.losses import lmmd
from fdan.learning.params import (
    ModelParams,
    Run,
    TrainParams,
)
from fdan.learning.released import ReleasedParams
from fdan.learning.training import Domain, train
from fdan.media.frames import sample_frames
from fdan.media.sound import MelParams, read_sound
from fdan.methods.cnn import train_cnn
from fdan.methods.inputs import Inputs
from fdan.methods.map import prompts
from fdan.methods.params import CNNParams
from fdan.methods.registry import load
from fdan.methods.running import Labelled
from fdan.methods.samples import threads
from fdan.runtime.params import load_params
from fdan.samples.crops import choose_face, crop_face, encode_jpeg, prepare
from fdan.samples.detectors import FaceParams, detector_of
from fdan.samples.mels import (
    encode_png,
    mel_image,
)

RECORDED = Path(__file__).with_suffix(".json")
MELS = MelParams(16000, 1024, 256, 128, -80.0, 20.0, 224)
FACES = FaceParams(3, "haar", None, 0.2, 224, 95)


def numbers(*shape, seed=0):
    """Random multiples of 1/64 in [-2, 2): exact, so that a step's input is the same everywhere."""
    return np.random.default_rng(seed).integers(-128, 128, shape).astype(np.float32) / 64


def pictures(*shape):
    """Smooth grey-level images: blocks of 8 x 8 random pixels, enlarged."""
    return np.stack(
        [
            cv2.resize(i, shape[1:3][::-1], interpolation=cv2.INTER_NEAREST)
            for i in np.random.default_rng(0).integers(0, 256, (shape[0], 8, 8, *shape[3:]), dtype=np.uint8)
        ]
    )


def voice():
    rng = np.random.default_rng(1)
    actor, emotion = SAVEE_CAST[0], Emotion.ANGER
    said, opening = voices.speak(actor.voice, voices.act(emotion, 1.0, 0.1, rng), 48_000, rng)
    return voices.add_room(said, 48_000, 0.1, -55.0, rng), opening


def filmed(style):
    _, opening = voice()
    rng = np.random.default_rng(2)
    return film(
        SAVEE_CAST[0].face, expressions.act(Emotion.ANGER, 1.0, 0.1, rng), opening[: len(opening) // 3], style, 0.5, rng
    )


def clip(folder, style, name):
    write_wav(folder / "sound.wav", voice()[0], 48_000)
    write_clip(folder / name, filmed(style), folder / "sound.wav", style)
    return (folder / name).read_bytes()


def random_numbers():
    g = torch.Generator().manual_seed(0)
    return torch.randn(1001, generator=g), torch.rand(1001, generator=g), torch.randperm(1001, generator=g)


def weights():
    return tuple(build_network("resnet34", "random", 0).state_dict().values())


def features():
    return Extractor(build_network("resnet34", "random", 0), 2)(list(pictures(2, 64, 64, 3)))


def cnn():
    params = CNNParams(("resnet18",), "random", 64, 1, 2, (0.001,), 1, 3e-4, 0.75, 0.99, 1e-3, (0,))
    images = pictures(4, 64, 64)
    return train_cnn("resnet18", images, np.arange(4), 4, images, params, 0, lambda: None).probabilities


def domains():
    x, y = torch.from_numpy(numbers(96, 512)), torch.arange(96) % 7
    return Domain(x[:64], y[:64]), Domain(x[64:], y[64:])


def trained():
    model = ModelParams(width=256, layers=1, ffn_factor=4, standardise=True)
    params = TrainParams(2, 32, 0.001, 3e-4, 0.75, 0.99, 1e-3)
    visual, acoustic = domains()
    return train(visual, acoustic, 7, [Run(0, 1e-3, params), Run(1, 1e-3, params)], True, model)[0]


def bank():
    network, _ = trained()
    visual, acoustic = domains()
    return predict_alone(network, visual.x, acoustic.x, acoustic.x[:5])


def released_code():
    params = ReleasedParams(2, 32, 0.001, 3e-4, 0.75, 0.9, 5e-4, "lmmd", 10.0, 2, 256, 2, 32, (0,))
    return tuple(released.train(*domains(), 7, params, 0, False)[0].state_dict().values())


METHODS = {
    "gm_tcnet": {"filters": 4, "blocks": 2, "epochs": 2},
    "tf_mix": {"width": 8, "heads": 2, "epochs": 2},
    "inca": {"iterations": 3, "fewest": 4, "most": 12, "step": 8, "folds": 2},
    "sdt": {"width": 8, "heads": 2, "text_width": 4, "epochs": 2},
    "smin": {"width": 8, "text_width": 4, "epochs": 2},
    "cadf": {"width": 8, "heads": 2, "text_width": 4, "epochs": 2},
    "trin": {"width": 8, "epochs": 2},
    "map": {"width": 8, "heads": 2, "text_width": 4, "epochs": 2},
    "ngrams": {},
}
"""Each with sizes that take no time."""

READERS = ("gm_tcnet", "tf_mix", "inca", "cadf", "trin")
"""Those that read sounds."""

SAID = ("Stop it now!", "The bus is here.", "I am so sorry.", "The bus is late!", "Stop, I am here.")


def read_by(name):
    """What a method reads of a sound."""
    reader = load(name)
    params = load_params(f"methods.{name}", reader.Params, ROOT / "params.yaml").inputs
    arrays, altered = reader.read(numbers(30_000) / 4, 22_050, params)
    return (*arrays.values(), *altered.values())


def heard_and_said():
    """What all methods read of twelve utterances in three dialogues, each what it knows by name."""
    columns = {"mfcc": (12, 5), "bands": (1, 28), "residues": (3, 4), "acoustic": (1, 5), "visual": (1, 6)}
    arrays = {name: tuple(numbers(12, *shape, seed=i)) for i, (name, shape) in enumerate(columns.items())}
    arrays["frames"] = tuple(numbers(12, 16, 6, seed=7))
    arrays["mel"] = tuple(x[: 12 + i] for i, x in enumerate(numbers(12, 24, 6, seed=8)))
    texts = {
        "text": tuple(SAID[i % 5] for i in range(12)),
        "speaker": tuple(f"S{i % 2}" for i in range(12)),
        "dialogue": tuple(f"d{i // 4}" for i in range(12)),
        "place": tuple(str(i % 4) for i in range(12)),
    }
    inputs = Inputs(tuple(f"{i:02}" for i in range(12)), arrays, {"noise": arrays["frames"][::-1]}, texts)
    return replace(inputs, texts=texts | prompts(inputs, threads(inputs)))


def recognised_by(name):
    module = load(name)
    params = replace(load_params(f"methods.{name}", module.Params, ROOT / "params.yaml"), **METHODS[name])
    inputs, labels = heard_and_said(), np.arange(12, dtype=np.int64) % 3
    return module.predict(Labelled(inputs, labels), inputs.blind(), tuple(Emotion)[:3], params, 0, iter).probabilities


def distance():
    z, y = torch.from_numpy(numbers(64, 256)).requires_grad_(), torch.arange(64) % 7
    value = lmmd(z[:32], z[32:], y[:32], y[32:], 7)
    value.backward()
    return value.detach(), z.grad


def found():
    prepare(FACES)
    image = cv2.cvtColor(filmed(STUDIO)[0], cv2.COLOR_YUV2RGB_I420)
    crop = crop_face(image, choose_face(detector_of(FACES)(image), *image.shape[:2]), FACES)
    return crop, np.frombuffer(encode_jpeg(crop, 95), np.uint8)


def steps(folder):
    """Name and function of each step."""
    return {
        "random numbers": random_numbers,
        "demo voice": lambda: voice()[0],
        "demo frames": lambda: filmed(SITCOM),
        "demo mpeg4 clip": lambda: np.frombuffer(clip(folder, STUDIO, "a.avi"), np.uint8),
        "demo h264 clip": lambda: np.frombuffer(clip(folder, SITCOM, "a.mp4"), np.uint8),
        "mpeg4 frames": lambda: sample_frames(folder / "a.avi", 3).images,
        "h264 frames": lambda: sample_frames(folder / "a.mp4", 3).images,
        "pcm sound": lambda: read_sound(folder / "a.avi", 16_000).samples,
        "aac sound": lambda: read_sound(folder / "a.mp4", 16_000).samples,
        "face crop": found,
        "Mel image": lambda: mel_image(numbers(20_000), MELS),
        "png": lambda: np.frombuffer(encode_png(mel_image(numbers(20_000), MELS)), np.uint8),
        "ResNet-34's random weights": weights,
        "ResNet-34's features": features,
        "CNN row": cnn,
        **{f"what {name} reads": partial(read_by, name) for name in READERS},
        **{f"what {name} recognises": partial(recognised_by, name) for name in METHODS},
        "LMMD and its gradient": distance,
        "FDAN after 4 iterations": lambda: tuple(trained()[0].state_dict().values()),
        "prediction through the bank": bank,
        "released code after 4 iterations": released_code,
        "t-SNE": lambda: embed(numbers(60, 32), 0),
    }


def hashes(only=None):
    """The first 16 digits of the SHA-256 of each step's bytes."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, step in steps(Path(folder)).items():
            if only and name not in only:
                continue
            values = step()
            arrays = values if isinstance(values, tuple) else (values,)
            digest = hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays))
            found[name] = digest.hexdigest()[:16]
            print(f"  {found[name]}  {name}", file=sys.stderr, flush=True)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="record the hashes of this machine")
    parser.add_argument("--json", action="store_true", help="print the hashes, compare nothing")
    parser.add_argument("--only", nargs="+", help="these steps alone")
    args = parser.parse_args()
    found = hashes(args.only)
    if args.json:
        json.dump(found, sys.stdout)
    elif args.write:
        old = json.loads(RECORDED.read_text()) if RECORDED.is_file() else {}
        RECORDED.write_text(json.dumps(old | found if args.only else found, indent=2) + "\n")
    else:
        differ = different(found)
        sys.exit("\n".join(differ) if differ else 0)


def different(found):
    """One line for each step whose hash is not the recorded one."""
    recorded = json.loads(RECORDED.read_text())
    return [
        f"{name}: {found[name]} here, {recorded.get(name)} recorded"
        for name in found
        if found[name] != recorded.get(name)
    ]


if __name__ == "__main__":
    main()

"""Get a corpus or the weights.

Examples:
  fdan download ravdess          RAVDESS' speech and its clips, about 13 GB, to data/raw/ravdess
  fdan download ravdess-speech   its sounds alone, 0.2 GB
  fdan download cremad DIR       CREMA-D, to a folder of yours
  fdan download meld             MELD, about 11 GB
  fdan download weights          ImageNet and face detector weights, 1.6 GB, to weights/
  fdan download weights --speech the speech encoder of features.acoustic whisper, 0.15 GB, to encoders/whisper-base
  fdan download savee            says where to register

A download that was broken off goes on where it was when the command is given again.
"""

import argparse
from pathlib import Path

from fdan.download import sources
from fdan.errors import UnusableError
from fdan.runtime.renamed import DOWNLOADS, PAGE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What, and where to."""
    parser.add_argument("name", choices=[*sources.SOURCES, "savee"], type=_today)
    parser.add_argument("--speech", action="store_true", help="of weights: the speech encoder's alone")
    where = "default: data/raw/<name>; weights: weights or encoders/whisper-base"
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help=where)


def _today(name: str) -> str:
    """Refuse a name of a former version in one line."""
    if name in DOWNLOADS:
        raise argparse.ArgumentTypeError(f"{name}: {DOWNLOADS[name]} ({PAGE})")
    return name


def run(options: argparse.Namespace) -> int:
    """Download it and say what comes next.

    Raises:
        UnusableError: `--speech` of what has no speech encoder.
        DownloadError: it cannot be had, or not as published.
    """
    if options.speech and options.name != "weights":
        raise UnusableError(f"--speech belongs to weights, not to {options.name}")
    if options.name == "savee":
        print(
            f"SAVEE is given to registered users only: register at {sources.URLS['savee']}, unpack what you get into a "
            "folder, and name it under raw.savee in params.yaml. Check it with: fdan check savee DIR"
        )
        return 0
    folder = options.folder or sources.default_folder(options.name, options.speech)
    (sources.get_speech if options.speech else sources.SOURCES[options.name])(folder)
    corpus = options.name.partition("-")[0]
    licence = sources.SPEECH_LICENCE if options.speech else sources.LICENCES[options.name]
    print(f"{options.name}: {folder} (licence: {licence})")
    if options.speech:
        print(f"Next: dvc exp run -S features.acoustic=whisper -S features.acoustic_weights={folder}")
    elif corpus != "weights":
        print(f"Next: fdan check {corpus} {folder}, then raw.{corpus}: {folder} in params.yaml")
    return 0

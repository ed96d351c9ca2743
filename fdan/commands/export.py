"""A trained network as a folder that needs nothing of this project's data, with a card that says what it is for.

Examples:
  fdan export model/
  fdan export model/ --model meld/fdan/seed-1
  fdan predict clip.mp4 --model model/

Writes model.safetensors (network, training faces' features, feature network, settings), README.md (the card), mels.py
(a recording's Mel image with numpy alone), where onnx is installed (pip install -e '.[onnx]') model.onnx, and
fdan-export.json, which lists these files with their SHA-256. A second export into the folder replaces what is in that
list and has not been changed since; all other files stay, .git among them. A card or mels.py that you have edited stays
as well, and the new one lies beside it as README.new.md or mels.new.py.
"""

import argparse
import shutil
from importlib.util import find_spec
from pathlib import Path

from fdan.errors import UnusableError
from fdan.runtime.params import load_params
from fdan.runtime.process import report
from fdan.runtime.project import Project

NEEDED = ("onnx", "onnxscript")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder, and which network."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or an empty folder, or an earlier export's")
    parser.add_argument("--model", type=Path, metavar="RUN", help="below runs/; by default as fdan predict")


def run(options: argparse.Namespace) -> int:
    """Write the folder, and say what lies in it; return 0.

    Raises:
        UnusableError: something else lies there, or the network hears through a speech encoder.
    """
    from fdan.prediction.delivery import Delivery

    folder: Path = options.folder
    delivery = Delivery(folder)  # before anything that takes seconds

    from fdan.learning.params import ModelParams  # with what follows torch: seconds
    from fdan.prediction import recipe
    from fdan.prediction.card import card
    from fdan.prediction.folder import MODEL, write_model
    from fdan.prediction.onnx import ONNX, write_onnx
    from fdan.prediction.recogniser import load_run, trained_run

    project = Project()
    checkpoint = trained_run(project, options.model)
    recogniser = load_run(project, checkpoint)
    if recogniser.voice.encoder:
        raise UnusableError("features.acoustic whisper: only what hears through Mel images is exported; expected mel")
    missing = [name for name in NEEDED if not find_spec(name)]
    with delivery.files() as out:
        write_model(recogniser, load_params("model", ModelParams, project.params), out / MODEL)
        shutil.copy(Path(recipe.__file__), out / "mels.py")
        if missing:
            report([f"no {ONNX}: {', '.join(missing)} not installed; pip install -e '.[onnx]'"])
        else:
            write_onnx(recogniser, out / ONNX)
        (out / "README.md").write_text(card(project, recogniser, checkpoint, has_onnx=not missing), encoding="utf-8")
        size = sum(file.stat().st_size for file in out.iterdir()) / 1e6
    report(delivery.notes)
    print(f"export {folder}: {checkpoint}, {len(recogniser.faces)} training faces, {size:.0f} MB")
    return 0

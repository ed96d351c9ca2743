"""The project made small, and DVC started in it."""

import os
import subprocess
import sys
from pathlib import Path

from ruamel.yaml import YAML

SMALL = {
    "seeds": [0, 1],
    "demo.savee_per_emotion": 2,
    "demo.meld_utterances": 28,
    "train.epochs": 2,
    "protocols.rotations": 2,
    "tuning.alphas": [0.001],
    "tuning.learning_rates": [0.001],
    "released.released_mmd.epochs": 2,
    "released.released_mmd.iterations": 2,
    "released.released_mmd.seeds": [0],
    "released.released_lmmd.epochs": 2,
    "released.released_lmmd.iterations": 2,
    "released.released_lmmd.seeds": [0],
    "cnn.networks": ["resnet18"],
    "finetune.epochs": 1,
    "finetune.size": 32,
    "methods.gm_tcnet.epochs": 1,
    "methods.tf_mix.epochs": 1,
    "methods.inca.iterations": 2,
    "methods.inca.most": 120,
}


def set_params(folder, values):
    yaml, path = YAML(), folder / "params.yaml"
    document = yaml.load(path)
    for key, value in values.items():
        *parents, last = key.split(".")
        place = document
        for parent in parents:
            place = place[parent]
        assert last in place, key
        place[last] = value
    yaml.dump(document, path)


def dvc(folder, *arguments, **env):
    return subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"} | env,
        capture_output=True,
        text=True,
        check=False,
    )

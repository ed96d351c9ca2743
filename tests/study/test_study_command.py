"""`fdan real` itself: recordings and photographs in, a page out, the project untouched."""

import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from ruamel.yaml import YAML

from fdan.commands.cli import main
from fdan.study.params import PARAMS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, stub_encoder, monkeypatch):
    """The project's code in a folder of its own, with a study of one seed and one epoch on random weights."""
    for name in ("fdan", "stages"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "weights").mkdir()
    yaml = YAML(typ="safe", pure=True)
    document = yaml.load(ROOT / PARAMS)
    random = {"network": "squeezenet1_1", "weights": "random"}
    hears = random | {"acoustic": "whisper", "acoustic_weights": "encoder"}
    arms = {"fdan": {}, "no_faces": {"system": "no_faces"}, "encoder": {"backbone": "ear"}}
    document["study"] |= {"seeds": [0], "backbones": {"small": random, "ear": hears}, "main": "small"}
    document["study"]["arms"] = {name: {"title": name, "minutes": 0.1} | arm for name, arm in arms.items()}
    pairs = (("fdan", "no_faces"), ("encoder", "fdan"))
    document["study"]["contrasts"] = [{"claim": f"{a} beats {b}", "first": a, "second": b} for a, b in pairs]
    document["train"]["epochs"] = 1
    document["parallel"]["workers"] = 1
    for section in ("faces", "mels"):
        document[section]["size"] = 64
    yaml.dump(document, tmp_path / PARAMS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_no_such_folder_is_one_line(project, capsys):
    assert main(["real", "--ravdess", "nowhere", "--faces", "."]) == 2
    assert capsys.readouterr().err == f"fdan real: error: ravdess: {project}/nowhere: no such folder\n"


@pytest.mark.slow
def test_from_recordings_and_photographs_to_the_page(project):
    noise = np.random.default_rng(0)
    for actor in ("01", "02"):
        (project / f"speech/Actor_{actor}").mkdir(parents=True)
        for code in ("05", "06"):
            for take in ("01", "02"):
                name = project / f"speech/Actor_{actor}/03-01-{code}-01-01-{take}-{actor}.wav"
                with wave.open(str(name), "wb") as file:
                    file.setparams((1, 2, 16_000, 0, "NONE", ""))
                    file.writeframes(noise.integers(-9000, 9000, 8000, dtype=np.int16).tobytes())
    for emotion in ("anger", "fear"):
        (project / "photos" / emotion).mkdir(parents=True)
        for i in range(2):
            picture = noise.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            Image.fromarray(picture).save(project / f"photos/{emotion}/{i}.png")
    arguments = ["real", "--ravdess", "speech", "--faces", "photos"]
    before = {path for path in project.iterdir() if path.name != "build"}
    assert main(arguments) == 0
    assert {path for path in project.iterdir() if path.name != "build"} - before == {project / "docs"}
    page = (project / "docs/real_people.md").read_bytes()
    assert b"8 files at 16 kHz (anger 4, fear 4)" in page
    assert b"a speech encoder by " in page
    assert b"4 files (anger 2, fear 2)" in page
    assert b"muxspace" not in page  # these are other photographs
    assert (project / "docs/real_people_photographs.txt").read_text() == "".join(
        f"{emotion}/{i}.png\n" for emotion in ("anger", "fear") for i in range(2)
    )

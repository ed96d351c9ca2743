"""Stage faces: frames of every utterance's clip, and the face cropped out of each."""

from fdan.numerics.pins import note_unpinned

import argparse
from pathlib import Path

from fdan.data.manifest import read_manifest
from fdan.extraction.pool import ParallelParams
from fdan.faces.crops import summarise, write_faces
from fdan.faces.detectors import FaceParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.unchanged import note_input


def main() -> None:
    """Write ``data/faces/<corpus>/{crops.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("faces", FaceParams)
    parallel = load_params("parallel", ParallelParams)
    folder = Path(load_params(f"raw.{corpus}", str)).absolute()
    note_input(folder)
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    with output(Path(f"data/faces/{corpus}")) as out:
        index = write_faces(out, corpus, utterances, folder, params, parallel)
        note_unpinned(out)
    summarise(corpus, index, utterances)


if __name__ == "__main__":
    run()

"""Stage faces: frames of every utterance's clip, and the face cropped out of each."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project
from fdan.samples.clips import Clips
from fdan.samples.crops import summarise, write_faces
from fdan.samples.detectors import FaceParams


def main() -> None:
    """Write ``data/faces/<corpus>/{crops.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    params, clips = load_params("faces", FaceParams), Clips.of(project, corpus)
    with output(project.faces(corpus)) as out:
        index = write_faces(out, clips, params)
        note_unpinned(out)
    summarise(clips, index, project.faces(corpus) / "index.csv")


if __name__ == "__main__":
    run()

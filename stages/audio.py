"""Stage audio: of every utterance's sound the log-Mel image (Sec. 3.2), and a wav file for the quoted methods."""

from fdan.numerics.pins import note_unpinned

import argparse

from fdan.media.sound import MelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project
from fdan.samples.clips import Clips
from fdan.samples.mels import summarise, write_mels
from fdan.samples.sounds import SoundParams, write_sounds


def main() -> None:
    """Write ``data/mels/<corpus>/{mels.zip,index.csv}`` and ``data/sounds/<corpus>.zip``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    mels, sounds = load_params("mels", MelParams), load_params("sounds", SoundParams)
    clips = Clips.of(project, corpus)
    listed = project.mels(corpus) / "index.csv"
    with output(project.mels(corpus)) as out:
        index = write_mels(out, clips, mels)
        note_unpinned(out)
    summarise(clips, index, listed)
    with output(project.sounds(corpus)) as path:
        write_sounds(path, clips, sounds, listed)


if __name__ == "__main__":
    run()

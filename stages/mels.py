"""Stage mels: the log-Mel image of every utterance's sound."""

from fdan.numerics.pins import note_unpinned

import argparse
from pathlib import Path

from fdan.media.sound import MelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.samples.clips import Clips
from fdan.samples.mels import summarise, write_mels


def main() -> None:
    """Write ``data/mels/<corpus>/{mels.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params, clips = load_params("mels", MelParams), Clips.of(corpus)
    with output(Path(f"data/mels/{corpus}")) as out:
        index = write_mels(out, clips, params)
        note_unpinned(out)
    summarise(corpus, index, clips.utterances)


if __name__ == "__main__":
    run()

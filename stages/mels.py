"""Stage mels: the log-Mel image of every utterance's sound."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from fdan.data.archive import write_images
from fdan.data.index import MelRow
from fdan.data.manifest import read_manifest
from fdan.data.records import write_records
from fdan.extraction.cache import Cache, Entry
from fdan.extraction.pool import ParallelParams, extract
from fdan.extraction.worker import Failure
from fdan.media.clip import clip_key
from fdan.mels.image import CODE, LIBRARIES, image_of, mel_image, row_of, summarise
from fdan.mels.sound import MelParams
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``data/mels/<corpus>/{mels.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("mels", MelParams)
    folder = Path(load_params(f"raw.{corpus}", str)).absolute()
    known = Cache("mels", params, CODE, LIBRARIES)
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    entries = extract(
        partial(image_of, folder=folder, params=params),
        [u.audio for u in utterances if u.audio],
        f"mels {corpus}",
        load_params("parallel", ParallelParams),
        # The first image of a process takes seconds, minutes in a fresh environment: librosa compiles.
        prepare=partial(mel_image, np.zeros(params.n_fft, np.float32), params),
        cache=known,
        key=partial(clip_key, folder=folder, cache=known),
    )
    index: list[MelRow] = []

    def images() -> Iterator[tuple[str, bytes]]:
        for utterance in utterances:
            entry = next(entries) if utterance.audio else Failure("no sound file")
            mel = row_of(utterance, entry)
            index.append(mel)
            if isinstance(entry, Entry) and mel.image:
                yield mel.image, entry.blobs[0]

    with output(Path(f"data/mels/{corpus}")) as out:
        out.mkdir()
        write_images(out / "mels.zip", images())
        write_records(out / "index.csv", MelRow, index)
    summarise(corpus, index, sounds=any(u.audio for u in utterances))


if __name__ == "__main__":
    run()

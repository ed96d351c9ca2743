"""Stage faces: frames of every utterance's clip, and the face cropped out of each."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fdan.data.archive import write_images
from fdan.data.index import FaceRow
from fdan.data.manifest import read_manifest
from fdan.data.records import write_records
from fdan.extraction.cache import Cache, Entry, digest
from fdan.extraction.pool import ParallelParams, extract
from fdan.extraction.worker import Failure
from fdan.faces.crops import CODE, LIBRARIES, _detector, crops_of, rows_of, summarise
from fdan.faces.detectors import FaceParams
from fdan.media.clip import clip_key
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run


def main() -> None:
    """Write ``data/faces/<corpus>/{crops.zip,index.csv}``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("faces", FaceParams)
    folder = Path(load_params(f"raw.{corpus}", str)).absolute()
    weights = digest(Path(params.weights)) if params.weights else ""
    known = Cache("faces", (params, weights), CODE, LIBRARIES)
    utterances = read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances
    entries = extract(
        partial(crops_of, folder=folder, params=params),
        [u.video for u in utterances if u.video],
        f"faces {corpus}",
        load_params("parallel", ParallelParams),
        prepare=partial(_detector, params),
        cache=known,
        key=partial(clip_key, folder=folder, cache=known),
    )
    index: list[FaceRow] = []

    def crops() -> Iterator[tuple[str, bytes]]:
        for utterance in utterances:
            entry = next(entries) if utterance.video else Failure("no clip")
            faces = rows_of(utterance, entry, params.detector)
            index.extend(faces)
            if isinstance(entry, Entry):
                yield from ((face.crop, crop) for face, crop in zip(faces, entry.blobs, strict=False))

    with output(Path(f"data/faces/{corpus}")) as out:
        out.mkdir()
        write_images(out / "crops.zip", crops())
        write_records(out / "index.csv", FaceRow, index)
    summarise(corpus, index, clips=any(u.video for u in utterances))


if __name__ == "__main__":
    run()

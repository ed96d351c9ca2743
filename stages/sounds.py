"""Stage sounds: every utterance's sound as a wav file, for the methods of other publications."""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from fdan.data.archive import write_images
from fdan.data.manifest import read_manifest
from fdan.extraction.cache import Cache, Entry
from fdan.extraction.pool import ParallelParams, extract
from fdan.media.clip import clip_key
from fdan.runtime.params import load_params
from fdan.runtime.process import output, report, run
from fdan.sounds.clip import CODE, LIBRARIES, SoundParams, wav_of
from fdan.sounds.wav import encode_wav


def main() -> None:
    """Write ``data/sounds/<corpus>.zip``, one ``<utterance>.wav`` each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params = load_params("sounds", SoundParams)
    folder = Path(load_params(f"raw.{corpus}", str)).absolute()
    known = Cache("sounds", params, CODE, LIBRARIES)
    utterances = [u for u in read_manifest(Path(f"data/manifests/{corpus}.csv")).utterances if u.audio]
    entries = extract(
        partial(wav_of, folder=folder, params=params),
        [u.audio for u in utterances],
        f"sounds {corpus}",
        load_params("parallel", ParallelParams),
        prepare=partial(encode_wav, np.zeros(1, np.float32), params.sample_rate),
        cache=known,
        key=partial(clip_key, folder=folder, cache=known),
    )
    results = list(zip(utterances, entries, strict=True))
    there = [(f"{u.id}.wav", e.blobs[0]) for u, e in results if isinstance(e, Entry) and e.blobs]
    lost = [(u, e.about if isinstance(e, Entry) else e.reason) for u, e in results if not getattr(e, "blobs", ())]
    report([f"{utterance.id}: {reason}" for utterance, reason in lost])
    with output(Path(f"data/sounds/{corpus}.zip")) as path:
        write_images(path, there)
    print(f"sounds {corpus}: {len(there)} of {len(results)} sounds")


if __name__ == "__main__":
    run()

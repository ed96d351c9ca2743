"""Stage sounds: every utterance's sound as a wav file, for the methods of other publications."""

from fdan.numerics.pins import unpinned

import argparse
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fdan.data.archive import write_images
from fdan.runtime.cache import Cache, CacheEntry
from fdan.runtime.params import load_params
from fdan.runtime.process import output, report, run
from fdan.runtime.worker import Failure
from fdan.samples.clips import Clips, extract_files
from fdan.samples.sounds import CODE, LIBRARIES, SoundParams, prepare, wav_of


def main() -> None:
    """Write ``data/sounds/<corpus>.zip``, one ``<utterance>.wav`` each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus = parser.parse_args().corpus
    params, clips = load_params("sounds", SoundParams), Clips.of(corpus)
    utterances = [u for u in clips.utterances if u.audio]
    entries = extract_files(
        partial(wav_of, folder=clips.folder, params=params),
        [u.audio for u in utterances],
        clips,
        "sounds",
        prepare=prepare,
        cache=Cache("sounds", params, CODE, LIBRARIES),
    )
    lost: list[str] = []

    def sounds() -> Iterator[tuple[str, bytes]]:
        for utterance, entry in zip(utterances, entries, strict=True):
            if isinstance(entry, CacheEntry) and entry.blobs:
                yield f"{utterance.id}.wav", entry.blobs[0]
            else:
                lost.append(f"{utterance.id}: {entry.reason if isinstance(entry, Failure) else entry and entry.about}")

    with output(Path(f"data/sounds/{corpus}.zip")) as path:
        write_images(path, sounds())
        for note in unpinned().values():
            with zipfile.ZipFile(path, "a") as archive:
                archive.comment = note.encode()
    report(lost, f"data/mels/{corpus}/index.csv")
    print(f"sounds {corpus}: {len(utterances) - len(lost)} of {len(utterances)} sounds")


if __name__ == "__main__":
    run()

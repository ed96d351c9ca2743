"""Stage splits: what can be used of one corpus, and its part."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from collections import Counter

from fdan.data.emotions import Emotion
from fdan.data.index import FaceRow, MelRow
from fdan.data.manifest import read_manifest
from fdan.data.records import read_records
from fdan.data.splits import TEST, TRAIN, ProtocolError, SplitParams, paper_split, write_split
from fdan.runtime.params import load_params
from fdan.runtime.process import output, run
from fdan.runtime.project import Project


def main() -> None:
    """Write ``data/splits/<corpus>.csv``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    corpus, project = parser.parse_args().corpus, Project()
    params = load_params("splits", SplitParams)
    manifest = read_manifest(project.manifest(corpus))
    heard = {mel.utterance for mel in read_records(project.mels(corpus) / "index.csv", MelRow) if mel.image}
    seen = {face.utterance for face in read_records(project.faces(corpus) / "index.csv", FaceRow) if face.crop}
    split = paper_split(manifest, heard, seen, params)
    if split.acoustic(TRAIN) and not split.acoustic(TEST):
        spoken = len(split.acoustic(TRAIN))
        raise ProtocolError(f"{corpus}: all {spoken} utterances train, none is tested: an emotion needs 2 for that")
    with output(project.split(corpus)) as path:
        write_split(split, path)

    counts = Counter((part.emotion, part.acoustic) for part in split.parts)
    per_emotion = ", ".join(f"{e} {counts[e, TRAIN]} + {counts[e, TEST]}" for e in Emotion)
    print(
        f"splits {corpus}: {len(split.parts)} utterances: speech {len(split.acoustic(TRAIN))} train "
        f"+ {len(split.acoustic(TEST))} test ({per_emotion}), faces of {len(split.visual())} train; "
        f"{len(split.parts) - len(heard)} without usable sound, {len(split.parts) - len(seen)} without frames"
    )


if __name__ == "__main__":
    run()

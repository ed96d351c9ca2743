"""Stage manifests: the utterances of one corpus, counted next to the published ones, and the files that they use."""

import fdan.numerics.pins  # noqa: F401 (before any library that computes)

import argparse
from collections import Counter
from pathlib import Path

from fdan.corpora.registry import find_corpus
from fdan.data.emotions import Emotion
from fdan.data.manifest import Manifest, is_synthetic, write_manifest
from fdan.runtime.input_guard import note_input
from fdan.runtime.params import load_params
from fdan.runtime.process import output, report, run
from fdan.runtime.project import Project
from fdan.samples.recordings import write_recordings


def main() -> None:
    """Write ``data/manifests/<corpus>.csv`` and ``data/recordings/<corpus>.csv``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    name, project = parser.parse_args().corpus, Project()
    folder = Path(load_params(f"raw.{name}", str))
    corpus = find_corpus(name, folder)
    listing = corpus.read(folder)  # which remembers the tables that it reads
    for used in sorted({used for u in listing.utterances for used in (u.audio, u.video) if used}):
        note_input(folder / used)  # what file managers leave beside them may change meanwhile
    manifest = Manifest(listing.utterances, is_synthetic(folder))
    with output(project.manifest(name)) as path, output(project.recordings(name)) as files:
        write_manifest(manifest, path)
        write_recordings(manifest.utterances, folder, name, files)

    found = Counter(u.emotion for u in listing.utterances)
    report([*listing.findings, *listing.notes])
    origin = "synthetic; " if manifest.synthetic else ""
    total, per_emotion = f"{len(listing.utterances)} utterances", [f"{e} {found[e]}" for e in Emotion if found[e]]
    if corpus.counts:
        total = f"{len(listing.utterances)} of {sum(corpus.counts.values())} published utterances"
        per_emotion = [f"{e} {found[e]} of {n}" for e, n in corpus.counts.items()]
    said = f"{len(listing.findings)} findings, {len(listing.notes)} notes"
    print(f"manifests {name}: {origin}{total}; {', '.join(per_emotion)}; {said}")


if __name__ == "__main__":
    run()

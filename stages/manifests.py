"""Stage manifests: the utterances of one corpus, counted next to the published ones."""

import argparse
from collections import Counter
from pathlib import Path

from fdan.data.corpora import CORPORA
from fdan.data.utterance import Emotion, Manifest, is_synthetic, write_manifest
from fdan.params import load_params
from stages.process import output, report, run


def main() -> None:
    """Write ``data/manifests/<corpus>.csv``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", choices=CORPORA)
    name = parser.parse_args().corpus
    folder = Path(load_params(f"raw.{name}", str))
    utterances, notes = CORPORA[name].read(folder)
    manifest = Manifest(tuple(utterances), is_synthetic(folder))
    with output(Path(f"data/manifests/{name}.csv")) as path:
        write_manifest(manifest, path)

    found, published = Counter(u.emotion for u in utterances), CORPORA[name].counts
    report(notes)
    per_emotion = ", ".join(f"{e} {found[e]} of {published.get(e, 0)}" for e in Emotion)
    origin = "synthetic; " if manifest.synthetic else ""
    total = f"{len(utterances)} of {sum(published.values())} published utterances"
    print(f"manifests {name}: {origin}{total}; {per_emotion}; {len(notes)} notes")


if __name__ == "__main__":
    run()

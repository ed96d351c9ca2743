"""How far MELD's words alone go: n-grams and logistic regression on its csv files, beside the largest class.

Examples:
  fdan yardstick /data/MELD
  fdan yardstick /data/MELD --seed 1

The folder has train_sent_emo.csv, dev_sent_emo.csv and test_sent_emo.csv; clips are not opened. Two splits: MELD's own,
whose train part trains and whose test part is tested, and the paper's, 8/10 of each emotion at random.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from fdan.corpora.meld import read_meld
from fdan.data.emotions import CorpusError
from fdan.data.manifest import Manifest, Utterance, is_synthetic
from fdan.data.splits import TEST, TRAIN, Split, SplitParams, paper_split, speaker_splits
from fdan.metrics.predictions import make_predictions
from fdan.metrics.scores import score
from fdan.text.yardstick import logistic_regression

OFFICIAL, PAPER = "MELD's own split", "the paper's split"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder of the csv files, and the seed of the random split."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="MELD's folder, or one that holds its csv files")
    parser.add_argument("--seed", type=int, default=0, help="of the paper's random split (default: 0)")


def run(options: argparse.Namespace) -> int:
    """Print a block of lines for each split; return 0.

    Raises:
        CorpusError: the folder has no csv file of MELD, or they hold no text, or too little.
    """
    utterances = {u.id: u for u in read_meld(options.folder).utterances}
    if not any(u.text for u in utterances.values()):
        raise CorpusError(f"{options.folder}: MELD's csv files without text; expected a column Utterance in them")
    if is_synthetic(options.folder):
        print("SYNTHETIC DEMO, not MELD: says nothing about it.")
    for name, split in splits(Manifest(tuple(utterances.values()), is_synthetic(options.folder)), options.seed).items():
        train, test = ([utterances[id_] for id_ in sorted(split.acoustic(part))] for part in (TRAIN, TEST))
        print("\n".join([f"{name}: {len(train)} train, {len(test)} tested", *shared(train, test)]), flush=True)
        print("\n".join(measured(train, test, split)), flush=True)
    return 0


def splits(manifest: Manifest, seed: int) -> dict[str, Split]:
    """MELD's own split, where both of its parts are there, and the paper's; raises `CorpusError` where nothing trains.

    Args:
        manifest: all three parts.
        seed: of the paper's.
    """
    everything = [u.id for u in manifest.utterances]
    random = paper_split(manifest, everything, (), SplitParams(seed, 0.8))
    official = speaker_splits(random)["official"]
    found = {name: s for name, s in ((OFFICIAL, official), (PAPER, random)) if len(s.classes) > 1 and s.acoustic(TEST)}
    if not found:
        raise CorpusError("MELD's csv files: too few utterances; expected two emotions that train, and one that tests")
    return found


def shared(train: Sequence[Utterance], test: Sequence[Utterance]) -> list[str]:
    """How many test utterances have their text, their speaker or their dialogue in the training part too."""
    counts = []
    for column in ("text", "speaker", "dialogue"):
        known = {getattr(u, column) for u in train}
        counts.append(f"{column} {sum(getattr(u, column) in known for u in test)}")
    return [f"  tested whose own is in training too: {', '.join(counts)}"]


def measured(train: Sequence[Utterance], test: Sequence[Utterance], split: Split) -> list[str]:
    """WAR, UAR and w-F1 of the largest training class, and of n-grams."""
    classes = split.classes
    labels = np.array([classes.index(u.emotion) for u in train], dtype=np.int64)
    known = [u for u in test if u.emotion in classes]
    truth = np.array([classes.index(u.emotion) for u in known], dtype=np.int64)
    largest = int(np.bincount(labels).argmax())
    found, _ = logistic_regression([u.text for u in train], labels, [u.text for u in known], len(classes))
    constant = np.tile(np.eye(len(classes))[largest], (len(known), 1))
    ids = tuple(u.id for u in known)

    def line(name: str, probabilities: Float64[np.ndarray, "n c"]) -> str:
        s = score(make_predictions(ids, classes, truth, probabilities))
        return f"  {name:<34}  WAR {s.war:5.2f}  UAR {s.uar:5.2f}  w-F1 {s.wf1:5.2f}"

    return [line(f"always {classes[largest]}", constant), line("n-grams, logistic regression", found)]

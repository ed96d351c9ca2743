"""Print how far MELD's words alone go: n-grams and logistic regression on its csv files, beside the largest class.

Examples:
  fdan yardstick /data/MELD
  fdan yardstick /data/MELD --seed 1

The folder has train_sent_emo.csv, dev_sent_emo.csv and test_sent_emo.csv; clips are not opened. Two splits: MELD's own,
whose train part trains and whose test part is tested, and the paper's, 8/10 of each emotion at random.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from fdan.corpora.meld import read_meld
from fdan.data.emotions import CorpusError
from fdan.data.manifest import Manifest, is_synthetic
from fdan.data.splits import TEST, TRAIN, Split, SplitParams, paper_split, speaker_splits
from fdan.methods import ngrams
from fdan.methods.corpus import texts_of
from fdan.methods.inputs import Inputs
from fdan.methods.params import ContextParams
from fdan.methods.running import Answer, Classes, Labelled, recognise
from fdan.metrics.scores import score

OFFICIAL, PAPER, NGRAMS = "MELD's own split", "the paper's split", "n-grams, logistic regression"

PARAMS = ngrams.Params(ContextParams(("text",)), (0,))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The folder of the csv files, and the seed of the random split."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="MELD's folder, or one that holds its csv files")
    parser.add_argument("--seed", type=int, default=0, help="of the paper's random split (default: 0)")


def run(options: argparse.Namespace) -> int:
    """Print a block of lines for each split; return 0.

    Raises:
        CorpusError: the folder has no csv file of MELD, or they hold no text, or too little.
    """
    utterances = read_meld(options.folder).utterances
    inputs = Inputs(tuple(u.id for u in utterances), texts=texts_of(utterances))
    if not any(inputs.texts["text"]):
        raise CorpusError(f"{options.folder}: MELD's csv files without text; expected a column Utterance in them")
    if is_synthetic(options.folder):
        print("SYNTHETIC DEMO, not MELD: says nothing about it.")
    for name, split in splits(Manifest(utterances, is_synthetic(options.folder)), options.seed).items():
        train, test = inputs.of(split.acoustic(TRAIN)), inputs.of(split.acoustic(TEST))
        print(f"{name}: {len(train)} train, {len(test)} tested\n{shared(train, test)}", flush=True)
        known = replace(split, parts=tuple(part for part in split.parts if part.emotion in split.classes))
        for method in (largest_class, ngrams.predict):
            found, *_ = recognise(method, inputs, known, PARAMS, 0, iter)
            title = f"always {found.classes[found.predicted[0]]}" if method is largest_class else NGRAMS
            s = score(found)
            print(f"  {title:<34}  WAR {s.war:5.2f}  UAR {s.uar:5.2f}  w-F1 {s.wf1:5.2f}", flush=True)
    return 0


def splits(manifest: Manifest, seed: int) -> dict[str, Split]:
    """Return MELD's own split, where both of its parts are there, and the paper's, drawn with a seed.

    Raises:
        CorpusError: nothing trains, or nothing is tested.
    """
    random = paper_split(manifest, [u.id for u in manifest.utterances], (), SplitParams(seed, 0.8))
    official = speaker_splits(random)["official"]
    found = {name: s for name, s in ((OFFICIAL, official), (PAPER, random)) if len(s.classes) > 1 and s.acoustic(TEST)}
    if not found:
        raise CorpusError("MELD's csv files: too few utterances; expected two emotions that train, and one that tests")
    return found


def shared(train: Inputs, test: Inputs) -> str:
    """Return how many test utterances have their text, their speaker or their dialogue in the training part too."""
    counts = []
    for column in ("text", "speaker", "dialogue"):
        known = {*train.texts[column]}
        counts.append(f"{column} {sum(value in known for value in test.texts[column])}")
    return f"  tested whose own is in training too: {', '.join(counts)}"


def largest_class(train: Labelled, test: Inputs, classes: Classes, *_: object) -> Answer:
    """Say the largest training class of every test utterance."""
    return Answer(np.tile(np.eye(len(classes))[np.bincount(train.labels).argmax()], (len(test), 1)), 0)

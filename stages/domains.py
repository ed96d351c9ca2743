"""What the stages train, evaluate and figures share: the samples of a run."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from fdan.data.splits import TEST, TRAIN, read_split, refuse_mix
from fdan.data.utterance import CorpusError, Emotion, Modality
from fdan.features import FeatureSet, concatenate, read_features
from fdan.training import Domain
from stages.process import report


@dataclass(frozen=True)
class Domains:
    """The samples of one run: both domains to train on, and the target's test utterances."""

    visual: Domain
    acoustic: Domain
    test: FeatureSet
    classes: tuple[Emotion, ...]
    synthetic: bool


def parse_run(description: str | None) -> tuple[str, list[str]]:
    """The command line of a run: its target corpus and its source corpora."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("corpus", help="the target domain's corpus: whose speech is learnt and tested")
    parser.add_argument("--sources", nargs="+", help="the source domain's corpora, by default the same (Table 3: both)")
    args = parser.parse_args()
    return args.corpus, args.sources or [args.corpus]


def load_domains(target: str, sources: list[str]) -> Domains:
    """Read splits and features of a run.

    Args:
        target: the corpus whose speech is learnt and tested.
        sources: the corpora whose faces train.

    Raises:
        CorpusError: a file is missing or broken, or synthetic and real corpora would meet.
    """
    splits = {corpus: read_split(Path(f"data/splits/{corpus}.csv")) for corpus in [target, *sources]}
    refuse_mix(splits.items())
    classes = splits[target].classes
    faces = []
    for corpus in sources:
        split = splits[corpus]
        there = read_features(Path(f"data/features/{Modality.VISUAL}/{corpus}.safetensors"))
        there = there.of(split.visual(), tuple(Emotion))
        faces.append(there.of(split.visual(), classes))
        left = len(there.values) - len(faces[-1].values)
        if left:
            report([f"{corpus}: {left} visual samples have an emotion that {target}'s speech lacks: left out"])
        missing = split.visual() - set(there.utterances)
        if missing:
            raise CorpusError(
                f"{corpus}: {len(missing)} utterances of the split have no visual features: {min(missing)}"
            )
    speech = read_features(Path(f"data/features/{Modality.ACOUSTIC}/{target}.safetensors"))
    train = speech.of(splits[target].acoustic(TRAIN), classes)
    test = speech.of(splits[target].acoustic(TEST), classes)
    missing = (splits[target].acoustic(TRAIN) | splits[target].acoustic(TEST)) - set(speech.utterances)
    if missing:
        raise CorpusError(f"{target}: {len(missing)} utterances of the split have no acoustic features: {min(missing)}")
    return Domains(
        Domain.of(concatenate(faces), classes), Domain.of(train, classes), test, classes, splits[target].synthetic
    )


def run_folder(target: str, sources: list[str]) -> str:
    """Where a run and its predictions lie, below ``runs`` and ``reports/predictions``."""
    return target if sources == [target] else f"multi/{target}"

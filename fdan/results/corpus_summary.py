"""What is known of each corpus, and what a caption says of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fdan.corpora.registry import title_of
from fdan.data.splits import TEST, TRAIN, Split
from fdan.data.trials import Trial
from fdan.results.printing import number


@dataclass(frozen=True)
class CorpusFacts:
    """What a caption says of the corpus that a table was measured on; counts are of utterances.

    Attributes:
        name: of the corpus in print.
        synthetic: whether its clips are drawn and synthesised.
        utterances: those that the split uses and those that cannot be used; 0 where there is no split.
        train: in the training part.
        test: in the test part.
        speakers: of the test part; 0 where one is not named.
        largest: share of the largest class of the training speech, in percent; 0 where there is none.
    """

    name: str
    synthetic: bool = False
    utterances: int = 0
    train: int = 0
    test: int = 0
    speakers: int = 0
    largest: float = 0.0

    @staticmethod
    def of(corpus: str, split: Split | None = None) -> "CorpusFacts":
        """The facts that a split holds; without one the name alone."""
        if split is None:
            return CorpusFacts(title_of(corpus))
        train, test = split.acoustic(TRAIN), split.acoustic(TEST)
        speakers = {part.speaker for part in split.parts if part.acoustic == TEST}
        known = 0 if "" in speakers else len(speakers)
        emotions = Counter(part.emotion for part in split.parts if part.acoustic == TRAIN)
        largest = 100 * max(emotions.values()) / len(train) if train else 0.0
        return CorpusFacts(title_of(corpus), split.synthetic, len(split.parts), len(train), len(test), known, largest)

    @property
    def origin(self) -> str:
        """Whether the corpus is synthetic, as a csv cell."""
        return "yes" if self.synthetic else "no"


Facts = Mapping[str, CorpusFacts]
"""Corpus -> its facts; every corpus of the paper and every target has some."""


def synthetic_first(facts: Facts, corpora: Sequence[str]) -> str:
    """Return how a caption must start: that the numbers were measured on synthetic clips; empty where they were not."""
    names = [facts[corpus].name for corpus in corpora if facts[corpus].synthetic]
    if not names:
        return ""
    return f"SYNTHETIC DEMO, not {' or '.join(names)}: measured on synthetic clips; says nothing about the paper. "


def features_note(network: str, weights: str, encoder: str | None, sources: Mapping[str, str]) -> str:
    """Return a note on what FDAN reads: the features' network and its weights, and the source faces of each target.

    Args:
        network: torchvision's name.
        weights: ``random``, ``imagenet`` or a path, of which the last part is printed.
        encoder: the folder of the speech encoder that reads the speech; None: the network reads Mel images.
        sources: target -> the corpus whose faces are its source domain.
    """
    reads = f"{network}, {Path(weights).name} weights"
    if encoder:
        reads = f"{reads}, for faces; {Path(encoder).name} for speech"
    others = [f"of {title_of(source)} for {title_of(target)}" for target, source in sources.items() if target != source]
    own = "each corpus's own" if not others else "the corpus's own else"
    faces = ", ".join([*others, *([own] if len(others) < len(sources) else [])])
    return f"Features: {reads}. Source faces: {faces}."


Chosen = Mapping[str, Trial]
"""Corpus -> the settings of its tuned runs."""


def tuned_notes(chosen: Chosen, facts: Facts) -> list[str]:
    """A line on the settings of each corpus' tuned runs."""
    return [
        f"{facts[corpus].name}, tuned: alpha {trial.alpha:g}, weight decay {trial.weight_decay:g}, learning rate "
        f"{trial.learning_rate:g}, chosen on a part of the training speech (validation WAR {number(trial.war)}), then "
        "trained on all of it."
        for corpus, trial in chosen.items()
    ]

"""What is known of each corpus, and what a caption says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fdan.corpora.registry import title_of
from fdan.data.splits import TEST, TRAIN, Split
from fdan.data.trials import Trial, read_trials
from fdan.results.printing import number


@dataclass(frozen=True)
class CorpusFacts:
    """What a caption says of the corpus that a table was measured on; counts are of utterances.

    `utterances` are those that the split uses and those that cannot be used.
    """

    name: str
    synthetic: bool
    utterances: int
    train: int
    test: int
    speakers: int = 0


def synthetic_first(facts: Mapping[str, CorpusFacts], corpora: Sequence[str]) -> str:
    """What every caption starts with if it must: that the numbers were measured on made-up clips."""
    names = [facts[c].name for c in corpora if c in facts and facts[c].synthetic]
    if not names:
        return ""
    return f"SYNTHETIC DEMO, not {' or '.join(names)}: measured on made-up clips; says nothing about the paper. "


Chosen = Mapping[str, Trial]
"""Corpus -> the settings of its tuned runs."""


def tuned_notes(chosen: Chosen, facts: Mapping[str, CorpusFacts]) -> list[str]:
    """A line on the settings of each corpus' tuned runs."""
    return [
        f"{name_of(corpus, facts)}, tuned: alpha {trial.alpha:g}, weight decay {trial.weight_decay:g}, learning rate "
        f"{trial.learning_rate:g}, chosen on a part of the training speech (validation WAR {number(trial.war)}), then "
        "trained on all of it."
        for corpus, trial in chosen.items()
    ]


def name_of(corpus: str, facts: Mapping[str, CorpusFacts]) -> str:
    """A corpus in print."""
    return facts[corpus].name if corpus in facts else title_of(corpus)


def origin_of(corpus: str, facts: Mapping[str, CorpusFacts]) -> str:
    """Whether a corpus is synthetic, as a csv cell."""
    return "yes" if corpus in facts and facts[corpus].synthetic else "no"


PREDICTIONS = Path("reports/predictions")


def read_tuning(corpora: Sequence[str]) -> dict[str, tuple[list[Trial], Trial]]:
    """The grid that was tried on each corpus and its chosen point, where it was."""
    paths = {corpus: Path(f"reports/tuning/{corpus}.csv") for corpus in corpora}
    return {corpus: read_trials(path) for corpus, path in paths.items() if path.is_file()}


def facts(corpus: str, split: Split) -> CorpusFacts:
    """What a caption says of a corpus."""
    train, test = split.acoustic(TRAIN), split.acoustic(TEST)
    speakers = {part.speaker for part in split.parts if part.acoustic == TEST}
    known = 0 if "" in speakers else len(speakers)
    return CorpusFacts(title_of(corpus), split.synthetic, len(split.parts), len(train), len(test), known)

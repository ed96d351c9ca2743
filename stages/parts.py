"""What the stages tables and audit share: where runs lie, and what is known of each corpus."""

from collections.abc import Sequence
from pathlib import Path

from fdan.data.splits import TEST, TRAIN, Split, read_split, refuse_mix
from fdan.tables import CorpusFacts
from fdan.tuning import Trial, read_trials

PREDICTIONS = Path("reports/predictions")


def read_splits(targets: Sequence[str]) -> dict[str, Split]:
    """The splits of the target corpora that have one; raises `CorpusError` where synthetic and real would meet."""
    paths = {corpus: Path(f"data/splits/{corpus}.csv") for corpus in targets}
    splits = {corpus: read_split(path) for corpus, path in paths.items() if path.is_file()}
    refuse_mix(splits.items())
    return splits


def read_tuning(corpora: Sequence[str]) -> dict[str, tuple[list[Trial], Trial]]:
    """The grid that was tried on each corpus and its chosen point, where it was."""
    paths = {corpus: Path(f"reports/tuning/{corpus}.csv") for corpus in corpora}
    return {corpus: read_trials(path) for corpus, path in paths.items() if path.is_file()}


def facts(corpus: str, split: Split) -> CorpusFacts:
    """What a caption says of a corpus."""
    train, test = split.acoustic(TRAIN), split.acoustic(TEST)
    speakers = {part.speaker for part in split.parts if part.acoustic == TEST}
    known = 0 if "" in speakers else len(speakers)
    return CorpusFacts(corpus.upper(), split.synthetic, len(split.parts), len(train), len(test), known)

"""Everything measured that tables and audit read, from the files of the pipeline."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fdan.corpora.registry import title_of
from fdan.data.emotions import CorpusError
from fdan.data.splits import NOT_RUN, read_splits
from fdan.data.trials import Trial, read_trials
from fdan.results.comparisons import Compared, compare_with_fdan
from fdan.results.facts import Chosen, CorpusFacts
from fdan.results.published import CORPORA
from fdan.results.runs import WORDS, Measured, RunName, find_missing, find_runs, measure, read_trained

PREDICTIONS = Path("reports/predictions")


@dataclass(frozen=True)
class Evidence:
    """What was measured.

    Attributes:
        corpora: the targets that have a split.
        facts: of every target and of the paper's corpora.
        speakers: corpus -> utterance -> speaker.
        measured: all runs.
        trained: of some runs, how many parameters each seed trained.
        missing: methods that a corpus gave nothing to read, and why.
        trials: corpus -> the grid that was tried and its chosen point, where it was.
        compared: corpus -> FDAN, then all that is compared with it.
    """

    corpora: tuple[str, ...]
    facts: Mapping[str, CorpusFacts]
    speakers: Mapping[str, Mapping[str, str]]
    measured: Mapping[RunName, Measured]
    trained: Mapping[RunName, tuple[int, ...]]
    missing: Mapping[RunName, str]
    trials: Mapping[str, tuple[list[Trial], Trial]]
    compared: Mapping[str, Sequence[Compared]]

    def words(self, corpus: str) -> float | None:
        """The mean WAR of n-grams, the yardstick of rows that read text; None where it was not run."""
        found = self.measured.get(RunName("methods", corpus, WORDS))
        return found.mean_sd("war")[0] if found else None

    @property
    def chosen(self) -> Chosen:
        """The settings of each corpus' tuned runs."""
        return {corpus: best for corpus, (_, best) in self.trials.items()}


def read_evidence(targets: Sequence[str]) -> Evidence:
    """Read all predictions and splits of the target corpora.

    Raises:
        CorpusError: a broken file, predictions on a corpus without a split, or synthetic and real corpora together.
    """
    splits = read_splits(targets, missing_ok=True)
    runs = find_runs(PREDICTIONS, targets)
    measured = measure(runs)
    if strangers := sorted({run.corpus for run in measured} - set(splits)):
        raise CorpusError(f"{PREDICTIONS}: predictions on {', '.join(strangers)}, of which data/splits has nothing")
    speakers = {corpus: {part.utterance: part.speaker for part in split.parts} for corpus, split in splits.items()}
    grids = {corpus: Path(f"reports/tuning/{corpus}.csv") for corpus in targets}
    return Evidence(
        corpora=tuple(splits),
        facts={corpus: CorpusFacts.of(corpus, splits.get(corpus)) for corpus in dict.fromkeys((*targets, *CORPORA))},
        speakers=speakers,
        measured=measured,
        trained=read_trained(runs),
        missing=find_missing(PREDICTIONS, targets),
        trials={corpus: read_trials(path) for corpus, path in grids.items() if path.is_file()},
        compared=compare_with_fdan(measured, speakers),
    )


def not_run(corpora: Sequence[str], protocols: Collection[str]) -> tuple[str, ...]:
    """A line on each protocol that a corpus cannot have, and why."""
    files = {(p, c): PREDICTIONS / p / c / NOT_RUN for c in corpora for p in protocols}
    return tuple(
        f"{title_of(corpus)}, {protocol}: not run: {file.read_text(encoding='utf-8').strip()}."
        for (protocol, corpus), file in files.items()
        if file.is_file()
    )
